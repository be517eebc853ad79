"""What goes wrong, when and for how long: drawn from the seed, spread over the working hours, in three lanes at once.

Each trouble counts by a truth of its own what it really did (calls it met, refusals it brought, orders used up; where
there is nothing to count, the ticks it lasted), and it lasts until it did something: else it proves nothing.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from adapter.simulators.onestop.records import VIETNAM

FROM, TO = time(8, 0), time(16, 0)
"""Working hours, in which trouble shows most."""

QUOTA_FROM, QUOTA_TO = time(16, 15), time(0, 1)

AT_LAST = timedelta(hours=10)
"""A trouble that has still done nothing so long after its end is given up; the report then says 0."""


def nothing() -> None:
    """What most troubles need at one of their ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One kind of trouble. ``count`` is a running number of the truth; ``longest`` where its real time is dear."""

    kind: str
    count: Callable[[], int]
    begin: Callable[[], object] = nothing
    each: Callable[[], object] = nothing  #: before each tick while it lasts
    end: Callable[[], object] = nothing
    longest: timedelta = timedelta(hours=2)


@dataclass(slots=True)
class _Planned:
    trouble: Trouble
    at: datetime
    until: datetime
    before: int = 0


class Chaos:
    """The plan, and how far it has come."""

    def __init__(
        self,
        lanes: Sequence[Sequence[Trouble]],
        nightly: Sequence[Trouble],
        *,
        first: date,
        days: int,
        rounds: int,
        longest: timedelta,
        seed: int,
    ) -> None:
        self.happened: Counter[str] = Counter({trouble.kind: 0 for lane in (*lanes, nightly) for trouble in lane})
        chance = random.Random(f"chaos{seed}")
        working = [day for n in range(days) if (day := first + timedelta(days=n)).weekday() < 5]
        waiting = [one for lane in lanes if lane for one in _lane(lane, working, rounds, longest, chance)]
        waiting += [_night(trouble, chance.choice(working)) for trouble in nightly]
        self._waiting = sorted(waiting, key=lambda one: one.at)
        self._under_way: list[_Planned] = []

    def step(self, now: datetime) -> None:
        """Begin and end what is due; what goes on does its part."""
        while self._waiting and self._waiting[0].at <= now:
            begun = self._waiting.pop(0)
            begun.before = begun.trouble.count()
            begun.trouble.begin()
            self._under_way.append(begun)
        for one in list(self._under_way):
            if one.until <= now and (one.trouble.count() > one.before or one.until + AT_LAST <= now):
                self._end(one)
            else:
                one.trouble.each()

    def over(self) -> None:
        """Let everything end now, and nothing more begin."""
        self._waiting.clear()
        for one in list(self._under_way):
            self._end(one)

    @property
    def under_way(self) -> list[str]:
        """The kinds of trouble that last now."""
        return [one.trouble.kind for one in self._under_way]

    def _end(self, one: _Planned) -> None:
        self._under_way.remove(one)
        one.trouble.end()
        self.happened[one.trouble.kind] += one.trouble.count() - one.before


def _lane(
    lane: Sequence[Trouble], working: Sequence[date], rounds: int, longest: timedelta, chance: random.Random
) -> Iterator[_Planned]:
    """Each trouble of a lane ``rounds`` times, one after the other in a drawn order, over all working hours."""
    order = [trouble for _ in range(rounds) for trouble in chance.sample(lane, len(lane))]
    day = (datetime.combine(working[0], TO) - datetime.combine(working[0], FROM)).total_seconds()
    slot = day * len(working) / len(order)
    for place, trouble in enumerate(order):
        nth, rest = divmod(place * slot + chance.uniform(0, slot * 0.2), day)
        at = datetime.combine(working[int(nth)], FROM, VIETNAM) + timedelta(seconds=rest)
        lasts = min(timedelta(seconds=slot * chance.uniform(0.4, 0.7)), trouble.longest, longest)
        yield _Planned(trouble, at, at + lasts)


def _night(trouble: Trouble, day: date) -> _Planned:
    """From the afternoon until the Vietnam day is over."""
    at = datetime.combine(day, QUOTA_FROM, VIETNAM)
    return _Planned(trouble, at, datetime.combine(day + timedelta(days=1), QUOTA_TO, VIETNAM))
