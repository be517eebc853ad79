"""Who the citizens are to Zalo: most have it, some follow the Official Account, some cannot or will not be reached."""

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial

from adapter.core import phones
from adapter.model import Link, LinkKind, Phone, Proof, Uid
from adapter.ports import Store
from tests.towns import Town
from tests.week.life import Act

FOLLOWERS = 0.25
CANNOT = {"has_zalo": 0.05, "blocked": 0.03, "can_receive": 0.02, "offline": 0.02}
"""Shares of the numbers: no Zalo, blocked the account, Zalo says they cannot receive, phone switched off for days."""

CHANGES_MIND = 0.05
"""Of the followers so many unfollow, and as many others block the account, in the course of the days."""


def settle_in(town: Town, store: Store, numbers: list[str], chance: random.Random, now: datetime) -> list[str]:
    """Tell Zalo who everybody is, and the adapter (``motcua links import``) who follows; gives the followers."""
    readable = sorted({number.value for text in numbers if isinstance(number := phones.parse(text), Phone)})
    users = [_user(phone, place, chance) for place, phone in enumerate(readable)]
    for user in users:
        town.zalo.state.put_user(user)
    followers = [user for user in users if user.get("follows")]
    links = [
        Link(
            id=f"link{place}",
            uid=Uid(str(user["uid"])),
            kind=LinkKind.PHONE,
            value=str(user["phone"]),
            proof=Proof.IMPORT,
            proved_at=now,
        )
        for place, user in enumerate(followers)
    ]
    store.write("links", lambda tx: tx.recipients.link(links))
    return [str(user["phone"]) for user in followers]


def _user(phone: str, place: int, chance: random.Random) -> dict[str, object]:
    user: dict[str, object] = {"phone": phone}
    if chance.random() < FOLLOWERS:
        user |= {"uid": f"25125236{place:011d}", "follows": True}
    for trait, share in CANNOT.items():
        if chance.random() < share:
            user[trait] = trait not in {"has_zalo", "can_receive"}
    return user


def minds(town: Town, followers: list[str], chance: random.Random, start: datetime, days: int) -> Iterator[Act]:
    """Who unfollows or blocks, and when."""
    for phone in chance.sample(followers, max(2, round(len(followers) * CHANGES_MIND))):
        at = start + timedelta(seconds=chance.uniform(0, days * 86_400))
        change = chance.choice(({"follows": False}, {"blocked": True}))
        yield at, partial(_change, town, {"phone": phone, **change})


def _change(town: Town, change: Mapping[str, object]) -> None:
    with town.zalo.state.lock:
        town.zalo.state.put_user(change)
