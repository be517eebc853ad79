"""The app, the Official Account and the people: what Zalo knows before any message is sent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adapter.simulators.zalo.clock import epoch
from adapter.simulators.zalo.fields import with_fields


@dataclass(slots=True, kw_only=True)
class App:
    """The calling app as developers.zalo.me holds it."""

    app_id: str
    app_secret: str
    active: bool = True
    registered: bool = True
    proof_required: bool = False


@dataclass(slots=True, kw_only=True)
class OfficialAccount:
    """The OA and its ZBS account. ``balance`` is in dong; ``daily_quota`` None means unlimited.

    New OAs start at 20,000 a day (zalo.md 3.4). ``used_today`` counts accepted messages of the Vietnam day.
    """

    oa_id: str
    linked: bool = True
    granted: bool = True
    verified: bool = True
    paid_tier: bool = True
    blocked: bool = False
    zbs_linked: bool = True
    balance: int = 100_000_000
    daily_quota: int | None = 20_000
    used_today: int = 0


@dataclass(slots=True, kw_only=True)
class User:
    """A Zalo user as this OA meets them. ``refuses`` holds template tags; times are epoch seconds."""

    uid: str | None = None
    phone: str | None = None
    has_zalo: bool = True
    active: bool = True
    can_receive: bool = True
    follows: bool = False
    last_interaction: float | None = None
    blocked: bool = False
    refuses: tuple[int, ...] = ()
    offline: bool = False
    administrator: bool = False
    """May receive development messages."""

    def __post_init__(self) -> None:
        if not isinstance(self.uid, str | None) or not isinstance(self.phone, str | None):
            raise ValueError("uid and phone are text")  # noqa: TRY004 - one error for all bad JSON


class Directory:
    """Users by uid and by phone. A phone that is not listed belongs to nobody in particular."""

    def __init__(self) -> None:
        self.by_uid: dict[str, User] = {}
        self.by_phone: dict[str, User] = {}

    def put(self, changes: Mapping[str, object]) -> User:
        """Add a user or change the one with this phone or uid; return the new state.

        Raises:
            ValueError: neither phone nor uid, an unknown field, or a wrong type.
        """
        old = self.by_phone.get(str(changes.get("phone"))) or self.by_uid.get(str(changes.get("uid"))) or User()
        user = with_fields(old, _from_json(changes))
        if not user.phone and not user.uid:
            raise ValueError("a user needs a phone or a uid")
        self._forget(old)
        if user.phone:
            self.by_phone[user.phone] = user
        if user.uid:
            self.by_uid[user.uid] = user
        return user

    def __iter__(self) -> Iterator[User]:
        """Yield every user once."""
        return iter({id(user): user for user in (*self.by_phone.values(), *self.by_uid.values())}.values())

    def _forget(self, user: User) -> None:
        if user.phone:
            self.by_phone.pop(user.phone, None)
        if user.uid:
            self.by_uid.pop(user.uid, None)


def _from_json(changes: Mapping[str, object]) -> dict[str, object]:
    ready = dict(changes)
    if isinstance(moment := ready.get("last_interaction"), str):
        ready["last_interaction"] = epoch(moment)
    if isinstance(tags := ready.get("refuses"), list):
        ready["refuses"] = tuple(tags)
    return ready
