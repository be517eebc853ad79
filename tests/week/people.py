"""Who the citizens are to Zalo: most have it, some follow the Official Account, some cannot or will not be reached."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from adapter.model import Link, LinkKind, Proof, Uid
from adapter.ports import Store
from tests.towns import Town
from tests.week.life import Act
from tests.week.meaning import phone

FOLLOWERS = 0.25
CANNOT = {"has_zalo": 0.05, "blocked": 0.03, "can_receive": 0.02, "offline": 0.04}
"""Shares of the numbers: no Zalo, blocked the account, Zalo says they cannot receive, phone often switched off."""

CHANGES_MIND = 0.05
"""Of the followers so many unfollow, and as many others block the account, in the course of the days."""

OFF_FOR, ON_FOR = (0.5, 9.0), (1.0, 12.0)
"""Hours for which a phone is off and on again: shorter and longer than Zalo keeps a message for it."""


@dataclass(frozen=True, slots=True)
class Folk:
    """Those whose ways change in the course of the days."""

    followers: list[str]
    offline: list[str]


def settle_in(town: Town, store: Store, numbers: list[str], chance: random.Random, now: datetime) -> Folk:
    """Tell Zalo who everybody is, and the adapter (``motcua links import``) who follows."""
    readable = sorted({number for text in numbers if (number := phone(text)[0])})
    users = [_user(number, place, chance) for place, number in enumerate(readable)]
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
    offline = [str(user["phone"]) for user in users if user.get("offline")]
    return Folk([str(user["phone"]) for user in followers], offline)


def _user(number: str, place: int, chance: random.Random) -> dict[str, object]:
    user: dict[str, object] = {"phone": number}
    if chance.random() < FOLLOWERS:
        user |= {"uid": f"25125236{place:011d}", "follows": True}
    for trait, share in CANNOT.items():
        if chance.random() < share:
            user[trait] = trait not in {"has_zalo", "can_receive"}
    return user


def ways(town: Town, folk: Folk, chance: random.Random, start: datetime, days: int) -> Iterator[Act]:
    """Who unfollows or blocks, and when; and when phones that are off come back, and are off again."""
    for number in chance.sample(folk.followers, max(2, round(len(folk.followers) * CHANGES_MIND))):
        at = start + timedelta(seconds=chance.uniform(0, days * 86_400))
        change = chance.choice(({"follows": False}, {"blocked": True}))
        yield at, partial(_change, town, {"phone": number, **change})
    for number in folk.offline:
        at, off = start, True
        while at < start + timedelta(days=days):
            at += timedelta(hours=chance.uniform(*(OFF_FOR if off else ON_FOR)))
            off = not off
            yield at, partial(_change, town, {"phone": number, "offline": off})


def _change(town: Town, change: Mapping[str, object]) -> None:
    with town.zalo.state.lock:
        town.zalo.state.put_user(change)
