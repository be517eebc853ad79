"""What happens in the province in the simulated days: the simulators' own stories, told in office hours with rushes,
and what offices do besides: corrections, back-dated rows, rows struck out, work at night.

Everything is drawn from the seed before the first day begins, as acts with their times.
"""

import itertools
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial

from adapter.simulators.onestop.happenings import Happening
from adapter.simulators.onestop.people import mobile
from adapter.simulators.onestop.province import Moment
from adapter.simulators.onestop.records import VIETNAM
from adapter.simulators.onestop.story import SPAN_SECONDS, story
from tests.towns import Town
from tests.week.hands import Hands

OPENS = time(7, 30)
SATURDAY = 0.15
"""How much of a working day's dossiers a Saturday brings; on Sundays nobody files."""

CHANGES_A_DOSSIER = 4.3
RUSH = ((0.0, 0.0), (0.10, 0.05), (0.25, 0.40), (0.55, 0.55), (0.70, 0.85), (1.0, 1.0))
"""Of a working day's time (first) so much of its filing is done (second): a rush in the morning, one after lunch."""

Act = tuple[datetime, Callable[[], object]]


@dataclass(slots=True)
class Version:
    """One state of one dossier as the one-stop showed it, by true time."""

    at: datetime
    moment: Moment
    until: datetime | None = None  #: when the next one took its place; None: it stands
    values: Mapping[str, str] | None = field(default=None, repr=False)  #: its texts, once somebody has asked


@dataclass(slots=True)
class Truth:
    """Every state of every dossier (code, office), written down as it happens."""

    hands: Hands
    versions: dict[tuple[str, str], list[Version]] = field(default_factory=lambda: defaultdict(list))
    removed: set[tuple[str, str]] = field(default_factory=set)
    changes: int = 0
    at_night: int = 0
    _true: dict[datetime, datetime] = field(default_factory=dict)

    def tick(self) -> None:
        """Remember which true time the machine's time stands for now; it may be off."""
        self._true[self.hands.machine()] = self._true[self.hands.now()] = self.hands.now()

    def true_time(self, ours: datetime) -> datetime:
        """When it truly was what the adapter wrote down."""
        return self._true[ours]

    def note(self, moment: Moment) -> None:
        """Called by the province for each moment."""
        now, key = self.hands.now(), (moment.record.code, moment.record.office)
        standing = self.versions[key]
        if standing:
            standing[-1].until = now
        if moment.kind == "remove":
            self.removed.add(key)
            return
        standing.append(Version(now, moment))
        if moment.kind != "touch":
            self.changes += 1
            self.at_night += not 7 <= now.astimezone(VIETNAM).hour < 21


class Life:
    """The acts of all days, in order. ``truth`` listens to the province from the beginning."""

    def __init__(self, town: Town, hands: Hands, *, first: date, days: int, changes: int, seed: int) -> None:
        self._town, self._hands = town, hands
        self._chance = random.Random(f"life{seed}")
        self.truth = Truth(hands)
        town.province.province.listen(self.truth.note)
        told = self._stories(first, days, changes, seed)
        self._corrected: list[str] = []
        self.acts: list[Act] = sorted([*self._applied(told), *self._oddities(told)], key=lambda act: act[0])
        filed = {str(one.changes["SoDienThoai"]) for _, one in told if one.changes.get("SoDienThoai")}
        self.numbers = sorted(filed.union(self._corrected))  #: whose owners Zalo knows, or not

    def _stories(self, first: date, days: int, changes: int, seed: int) -> list[tuple[datetime, Happening]]:
        """Stories of every day, as many dossiers as it takes to come to so many changes."""
        dates = [first + timedelta(days=n) for n in range(days)]
        shares = {day: (1.0, SATURDAY, 0.0)[max(0, day.weekday() - 4)] for day in dates}
        dossiers = changes / CHANGES_A_DOSSIER / sum(shares.values())
        told: list[tuple[datetime, Happening]] = []
        while len(told) < changes:
            told = [one for day in dates for one in _day(day, round(dossiers * shares[day]), seed)]
            dossiers *= 1.02
        return told

    def _applied(self, told: list[tuple[datetime, Happening]]) -> Iterator[Act]:
        for at, happening in told:
            yield at, partial(self._apply, happening)

    def _apply(self, happening: Happening) -> None:
        province = self._town.province.province
        key = (happening.code, happening.office)
        if key not in self.truth.removed:  # what was struck out does not go on
            province.apply(happening)

    def _oddities(self, told: list[tuple[datetime, Happening]]) -> Iterator[Act]:
        """About one dossier in ten meets one of the things that offices do besides."""
        ends = {(one.code, one.office): at for at, one in told}
        for code, office in self._chance.sample(sorted(ends), len(ends) // 10):
            kinds = (self._renumbered(), self._renamed, self._back_date, self._strike)
            act = self._chance.choices(kinds, (4, 2, 3, 1))[0]
            late = self._chance.uniform(-3 * 3600, 5400)  # in the middle of its life, or after it
            yield ends[code, office] + timedelta(seconds=late), partial(act, code, office)

    def _renumbered(self) -> Callable[[str, str], object]:
        """The desk corrects the phone number, to one whose owner is a citizen like any other."""
        self._corrected.append(number := mobile(self._chance))
        return partial(self._correct, changes={"SoDienThoai": number})

    def _renamed(self, code: str, office: str) -> None:
        """The desk corrects the name."""
        self._correct(code, office, {"ChuHoSo": "NGUYỄN THỊ SỬA TÊN"})

    def _correct(self, code: str, office: str, changes: dict[str, str]) -> None:
        if self._known(code, office):
            self._apply(Happening(after_seconds=0, code=code, office=office, changes=changes))

    def _back_date(self, code: str, office: str) -> None:
        """A row arrives late: stamped up to six hours ago, though not before its own last stamp."""
        if not self._known(code, office):
            return
        province = self._town.province.province
        record = next(one for one in province.lookup(code) if one.office == office)
        stamp = max(record.updated_at, province.clock() - timedelta(seconds=self._chance.uniform(60, 6 * 3600)))
        step = {"NoiDungXuLy": "Cập nhật muộn từ đơn vị", "TrangThaiHoSo": "4"}
        if record.status in {"2", "4"}:
            province.load([record.changed(step, stamp)])

    def _strike(self, code: str, office: str) -> None:
        """A dossier entered by mistake is struck out."""
        self._town.province.province.remove(code, office)

    def _known(self, code: str, office: str) -> bool:
        key = (code, office)
        return bool(self.truth.versions.get(key)) and key not in self.truth.removed


def _day(day: date, dossiers: int, seed: int) -> Iterator[tuple[datetime, Happening]]:
    """One day's story; some of its dossiers live at night, in whatever batch their office runs then."""
    opening = datetime.combine(day, OPENS, VIETNAM)
    if not dossiers:
        return
    chance = random.Random(f"night{seed}{day}")
    tale = story(seed * 1000 + day.toordinal() % 1000, dossiers, day=day, migrated=dossiers // 20)
    late = {one.code for one in tale if chance.random() < 0.02}
    for one in tale:
        hours = timedelta(hours=13) if one.code in late else timedelta(0)
        yield opening + hours + timedelta(seconds=_rushed(one.after_seconds)), one


def _rushed(seconds: float) -> float:
    """Story time bent so that filing comes in rushes; what runs past closing keeps its distance from it."""
    done = seconds / SPAN_SECONDS
    for (from_time, from_done), (to_time, to_done) in itertools.pairwise(RUSH):
        if from_done <= done <= to_done:
            return SPAN_SECONDS * (from_time + (done - from_done) / (to_done - from_done) * (to_time - from_time))
    return seconds
