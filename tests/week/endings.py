"""Each obligation's end: whether the truth gives the reason that our books give."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapter.model import Delivery, DeliveryState, MessageId
from tests import truths
from tests.week.hearing import LATE, Rows, when
from tests.week.meaning import LASTS, OFF, OVERTAKEN_BY, PERSONS_OWN, REMINDED, TOO_OLD, began, phone
from tests.week.readings import Key, Owed, Sharing
from tests.week.witness import Witness, within

SLOTS = 16
"""So many sends are on the wire at most (``tests.week.plan``)."""

GIVEN_UP_AFTER = 3
"""So often Zalo must have sent a message back before a person may give it up."""

RESTARTED = timedelta(hours=2)
"""By then whoever comes after a killed one has found what it left."""

KEPT = timedelta(hours=2)
"""So long Zalo keeps a message for a phone that is off."""

OWN_CLOCK = timedelta(hours=2)
"""More than the adapter's machine is ever off."""


class Refusals:
    """What Zalo refused, by its own record."""

    def __init__(self, rows: Sequence[truths.Row]) -> None:
        self._by_message: defaultdict[str, list[truths.Row]] = defaultdict(list)
        self._by_person: defaultdict[tuple[str, str], list[truths.Row]] = defaultdict(list)
        for row in rows:
            self._by_message[(row["tracking_id"] or "").partition(".")[0]].append(row)
            self._by_person[_channel(row), row["recipient"]].append(row)

    def of(self, one: Delivery) -> Iterator[truths.Row]:
        """Those of this very message: by phone the tracking id names it, by user id the person and the template do."""
        yield from self._by_message.get(one.id, ())
        for route in one.message.routes:
            if route.channel == "uid":
                mine = self._by_person.get(("uid", route.address.value), ())
                yield from (row for row in mine if row["template_id"] == route.template_id)

    def by_person(self, channel: str, address: str, before: datetime) -> bool:
        """Whether this person could not or would not be reached this way, by Zalo's word, before a moment."""
        theirs = self._by_person.get((channel, address), ())
        return any(
            row["code"] in PERSONS_OWN[channel] and datetime.fromisoformat(row["at"]) <= before for row in theirs
        )


def _channel(row: truths.Row) -> str:
    return "phone" if row["path"].startswith("/business") else "uid"


@dataclass(slots=True, kw_only=True)
class Endings:
    """Why messages ended as they did. ``moved``: when each came to a state, by true time, as the ledger has it."""

    owed: Mapping[str, Owed]
    rows: Rows
    refusals: Refusals
    witness: Witness
    moved: Mapping[tuple[str, str], Sequence[datetime]]
    uid_of: Mapping[str, str]
    sharing: Sharing
    shared_above: int
    _lanes: defaultdict[Key, list[tuple[str, Owed]]] = field(default_factory=lambda: defaultdict(list))
    _killed: list[str] = field(default_factory=list)  #: in doubt for no reason but a kill

    def __post_init__(self) -> None:
        for id_, owed in self.owed.items():
            self._lanes[owed.timeline.key].append((id_, owed))

    def wrong(self, one: Delivery) -> Iterator[str]:
        """What speaks against the end that a message came to."""
        owed, state = self.owed.get(one.id), one.standing.state
        if owed is None:
            return  # its change was found wrong itself
        match state:
            case DeliveryState.UNKNOWN:
                yield from self._undoubted(one)
            case DeliveryState.SENT | DeliveryState.DELIVERED:
                yield from self._untold(one)
            case DeliveryState.REFUSED | DeliveryState.LAPSED:
                yield from self._reachable(one)
            case DeliveryState.SUPERSEDED:
                if not any(self._newer(owed, other) for _, other in self._lane(owed)):
                    yield f"{one.id}: {owed.event} superseded, but nothing newer makes it needless"
            case DeliveryState.EXPIRED:
                if self._when(one) + OWN_CLOCK < owed.at + LASTS[self._rule_event(owed)]:
                    yield f"{one.id}: {owed.event} expired before its time"
            case DeliveryState.CANCELLED:
                yield from self._uncalled_for(one, owed)
            case _:
                yield f"{one.id}: still {state} ({one.code}) when everything should be over"

    def uncalled_reminders(self) -> Iterator[str]:
        """Nobody is reminded but of a message that was in doubt, and that is worth it."""
        for id_, owed in self.owed.items():
            doubt = (owed.follows, DeliveryState.UNKNOWN) in self.moved
            if owed.follows and not (doubt and self._rule_event(owed) in REMINDED):
                yield f"{id_}: reminds of what was never in doubt, or of what nobody is reminded of"

    def too_many_killed(self) -> Iterator[str]:
        """A kill leaves at most what was on the wire in doubt."""
        if len(self._killed) > SLOTS * len(self.witness.kills):
            yield f"{len(self._killed)} messages are in doubt by {len(self.witness.kills)} kills"

    def _when(self, one: Delivery) -> datetime:
        return self.moved[one.id, one.standing.state][-1]

    def _lane(self, owed: Owed) -> Sequence[tuple[str, Owed]]:
        return self._lanes[owed.timeline.key]

    def _rule_event(self, owed: Owed) -> str:
        return self.owed[owed.follows].event if owed.follows else owed.event

    def _newer(self, owed: Owed, other: Owed) -> bool:
        return other.nth > owed.nth and other.event in OVERTAKEN_BY.get(owed.event, ())

    def _undoubted(self, one: Delivery) -> Iterator[str]:
        """Doubt needs an answer dropped, spoilt or late, or nobody to hear it: by the record of who made it so."""
        at, calls = self._when(one), [*self.rows.get(one.id, ()), *self.refusals.of(one)]
        # What came late bears the time of its late end.
        spoilt = any(row["took"] > LATE or (not row["answered"] and when(row) <= at) for row in calls)
        if spoilt or within(at, self.witness.away):
            return
        if one.code == "lease" and any(kill <= at <= kill + RESTARTED for kill in self.witness.kills):
            self._killed.append(one.id)
            return
        yield f"{one.id}: unknown ({one.code}) at {at:%d %H:%M}, but no answer was dropped, late or unheard"

    def _untold(self, one: Delivery) -> Iterator[str]:
        rows = self.rows.get(one.id, ())
        rang, state = any(map(truths.reached, rows)), one.standing.state
        if not rows:
            yield f"{one.id}: {state}, but Zalo accepted nothing"
        elif not rang and state is DeliveryState.DELIVERED:
            yield f"{one.id}: delivered, but no phone rang"
        elif not rang and one.route.channel == "phone":
            yield f"{one.id}: counts as told, but Zalo dropped it and nobody asked"

    def _reachable(self, one: Delivery) -> Iterator[str]:
        """The citizen was turned away on every channel: by a code that is about them, or by a phone that was off."""
        mine = [(_channel(row), row["recipient"], row["code"]) for row in self.refusals.of(one)]
        dropped = {row["channel"] for row in self.rows.get(one.id, ()) if not truths.reached(row)}
        for route in one.message.routes:
            channel, address = str(route.channel), route.address.value
            own = any(c == channel and a == address and code in PERSONS_OWN[channel] for c, a, code in mine)
            if not own and channel not in dropped:
                yield f"{one.id}: {one.standing.state} {one.code}, but Zalo never turned this person away by {channel}"

    def _uncalled_for(self, one: Delivery, owed: Owed) -> Iterator[str]:
        """Cancelled by the person at the desk, because Zalo kept sending it back; or it may not be said any more."""
        at = self._when(one)
        if one.id in self.witness.cancelled:
            back = sum(1 for _ in self.refusals.of(one))
            if back < GIVEN_UP_AFTER:
                yield f"{one.id}: given up at the desk, but Zalo sent it back {back} times"
            return
        timeline = owed.timeline
        there = range(max(owed.place, timeline.known(at)), timeline.last(at) + 1)
        if not any(self._true(one.code, owed, place, at) for place in there):
            yield f"{one.id}: {owed.event} cancelled as {one.code or 'nothing'}, which is not so"

    def unsaid(self, id_: str, reason: str, owed: Owed) -> Iterator[str]:
        """Whether the truth bears out why an obligation became no message."""
        there = range(owed.place, max(owed.timeline.standing(owed.at), default=owed.place) + 1)
        if not any(self._true(reason, owed, place, owed.at) for place in there):
            yield f"{id_}: {owed.event or 'nothing'} left unsaid as {reason}, which is not so"

    def wrongly_said(self, id_: str, owed: Owed) -> Iterator[str]:
        """A message was made: nothing in the truth may have forbidden it."""
        sure = ("too_old", "rule_off", "no_rule", "shared_phone")
        for reason in sure:
            margin = OWN_CLOCK if reason == "too_old" else timedelta(0)
            if not owed.follows and self._true(reason, owed, owed.place, owed.at - margin, surely=True):
                yield f"{id_}: {owed.event or 'nothing'} became a message, though {reason}"

    def _true(self, reason: str, owed: Owed, place: int, at: datetime, *, surely: bool = False) -> bool:
        """Whether a reason holds for a dossier as of a version. No other reason may silence anybody in these days."""
        values = owed.timeline.values(place)
        number, missing = phone(values["SoDienThoai"])
        if reason in {"no_phone", "bad_phone", "landline"}:
            return missing == reason
        holds: dict[str, Callable[[], bool]] = {
            "no_rule": lambda: not owed.event,
            "rule_off": lambda: owed.event in OFF,
            "too_old": lambda: owed.first and at - began(values) > TOO_OLD - (timedelta(0) if surely else OWN_CLOCK),
            "shared_phone": lambda: bool(number) and self._shared(number, at, surely=surely),
            "no_channel": lambda: self._turned_away(number, at),
            "moot": lambda: owed.event == "recalled" and self._never_heard_of(owed),
        }
        return reason in holds and holds[reason]()

    def _shared(self, number: str, at: datetime, *, surely: bool = False) -> bool:
        return self.sharing.count(number, at, surely=surely) > self.shared_above

    def _turned_away(self, number: str, at: datetime) -> bool:
        """Whether nothing is left: by phone Zalo said no or the number is nobody's own, and by user id it said no."""
        uid = self.uid_of.get(number, "")
        by_phone = self.refusals.by_person("phone", number, at) or self._shared(number, at)
        return by_phone and (not uid or self.refusals.by_person("uid", uid, at))

    def _never_heard_of(self, owed: Owed) -> bool:
        """Whether the result that is recalled was never told of."""
        ready = [(other.nth, id_) for id_, other in self._lane(owed) if other.event == "ready"]
        before = [pair for pair in ready if pair[0] < owed.nth]
        rows = self.rows.get(MessageId(max(before)[1]), ()) if before else ()
        return bool(before) and not any(map(truths.reached, rows))
