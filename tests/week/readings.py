"""What each citizen is to hear of each dossier, by the province's own timeline and by which readings could see it.

A reading that counts as whole must have seen whatever stood while it ran; one that broke off may have. Our changes are
asked only in which reading they were made: what that reading showed, and what it means, the timeline says.
"""

import bisect
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from adapter.core import mapping
from adapter.model import DossierId, EntryId, Interval, Record, RunState
from adapter.simulators.onestop.records import vietnam_text
from adapter.wiring.house import House
from tests import truths
from tests.week.life import Truth, Version
from tests.week.meaning import Values, events, phone
from tests.week.witness import Witness, within

Key = tuple[str, str]
"""Code and office of a dossier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of ours, as the ledger tells it."""

    dossier: DossierId
    version: int
    run: str
    to: str
    events: tuple[str, ...]
    obligations: Sequence[Mapping[str, str]]


class Readings:
    """All readings of the source, by the true time they began at."""

    def __init__(self, house: House, truth: Truth, witness: Witness) -> None:
        runs = house.store.read(lambda tx: tx.runs.recent(truths.EVERY))
        self._began = {run.id: truth.true_time(run.started_at) for run in runs}
        whole = [
            (self._began[run.id], run.window)
            for run in runs
            if run.state in {RunState.DONE, RunState.HELD} and not within(self._began[run.id], witness.blind)
        ]
        self._whole: list[tuple[datetime, Interval]] = sorted(whole, key=lambda pair: pair[0])

    def began(self, run: str) -> datetime:
        """When it truly began."""
        return self._began[run]

    def first_saw(self, version: Version) -> datetime | None:
        """When the first whole reading began that must have seen this version: it stood, and its stamp was asked for.

        What moved while a reading ran bears the time at which that began: then neither side of the move is sure.
        """
        stamp = version.moment.record.updated_at
        for began, window in self._whole[bisect.bisect_right(self._whole, version.at, key=lambda pair: pair[0]) :]:
            if version.until is not None and began >= version.until:
                return None
            if window.start <= stamp <= window.end:
                return began
        return None


@dataclass(slots=True)
class Timeline:
    """One dossier as the province has it, and what whole readings must have seen of it."""

    key: Key
    versions: Sequence[Version]
    seen: list[tuple[datetime, int]] = field(default_factory=list)  #: when first seen for sure, and which version

    def values(self, place: int) -> Values:
        """A version's texts, with its stamp."""
        version = self.versions[place]
        if version.values is None:
            record = version.moment.record
            version.values = {**record.values(), "NgayCapNhat": vietnam_text(record.updated_at)}
        return version.values

    def standing(self, at: datetime) -> list[int]:
        """The versions that may have been shown at a moment: several when it moved just then."""
        there = range(self.last(at) + 1)
        return [n for n in there if (until := self.versions[n].until) is None or until >= at]

    def last(self, at: datetime) -> int:
        """The newest version that there was by then; -1: none."""
        return bisect.bisect_right(self.versions, at, key=lambda version: version.at) - 1

    def known(self, at: datetime) -> int:
        """The newest version that readings before that moment must have seen; -1: none."""
        return max((place for seen_at, place in self.seen if seen_at < at), default=-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What one change of a dossier owes its citizen: word of an event (empty: of none) as of a version."""

    timeline: Timeline
    nth: int  #: which change of the dossier
    event: str
    at: datetime  #: when it was read
    place: int  #: the version that was read; the earliest it can have been
    first: bool  #: whether the dossier was never seen before
    follows: str = ""  #: the message this reminds of


@dataclass(frozen=True, slots=True)
class Followed:
    """One change of ours beside the timeline: what it owes, or what is wrong with it."""

    change: Change
    owed: tuple[Owed, ...] = ()
    wrong: str = ""


class Sharing:
    """On how many dossiers a number stands."""

    def __init__(self, timelines: Iterable[Timeline]) -> None:
        self._holders: defaultdict[str, list[Timeline]] = defaultdict(list)
        for timeline in timelines:
            for number in {_number(timeline, place) for place in range(len(timeline.versions))}:
                self._holders[number].append(timeline)

    def count(self, number: str, at: datetime, *, surely: bool = False) -> int:
        """At most, by what there was until then; surely: at least, by what readings before it must have seen."""
        return sum(self._holds(timeline, number, at, surely=surely) for timeline in self._holders.get(number, ()))

    def _holds(self, timeline: Timeline, number: str, at: datetime, *, surely: bool) -> bool:
        last, known = timeline.last(at), timeline.known(at)
        if surely:
            return known >= 0 and all(_number(timeline, place) == number for place in range(known, last + 1))
        return any(_number(timeline, place) == number for place in range(max(known, 0), last + 1))


def _number(timeline: Timeline, place: int) -> str:
    return phone(timeline.values(place)["SoDienThoai"])[0]


def timelines(truth: Truth, readings: Readings) -> dict[Key, Timeline]:
    """Every dossier's."""
    made = {key: Timeline(key, versions) for key, versions in truth.versions.items()}
    for timeline in made.values():
        for place, version in enumerate(timeline.versions):
            if (seen_at := readings.first_saw(version)) is not None:
                timeline.seen.append((seen_at, place))
    return made


def follow(timeline: Timeline, changes: Sequence[Change], readings: Readings) -> Iterator[Followed | str]:
    """Go along a dossier's life: what each change of ours owes; a sentence for each state that none of them shows."""
    before, must = -1, list(timeline.seen)
    for change in changes:
        at = readings.began(change.run)
        while must and must[0][0] < at:
            before, lost = _unshown(timeline, before, must.pop(0)[1])
            yield from lost
        match = _matching(timeline, before, change, at)
        if match is None:
            yield Followed(change, wrong=_strange(timeline, before, change, at))
            return
        told = events(timeline.values(match[0]) if match[0] >= 0 else None, timeline.values(match[1]))
        first = before < 0
        yield Followed(
            change,
            tuple(
                Owed(timeline=timeline, nth=change.version, event=event, at=at, place=match[1], first=first)
                for event in told or ("",)
            ),
        )
        before = match[1]
        must = [(seen_at, place) for seen_at, place in must if place > before]
    for _, place in must:
        before, lost = _unshown(timeline, before, place)
        yield from lost


def _unshown(timeline: Timeline, before: int, place: int) -> tuple[int, tuple[str, ...]]:
    """A version that was read as whole before our next change: since the last one nothing may have happened."""
    if place <= before:
        return before, ()
    old, new = timeline.values(before) if before >= 0 else None, timeline.values(place)
    missed = events(old, new)
    if not missed and (old is None or old["TrangThaiHoSo"] == new["TrangThaiHoSo"]):
        return place, ()
    at = timeline.versions[place].at
    sentence = (
        f"a dossier came to {new['TrangThaiHoSo']} {missed} at {at:%d %H:%M}, read as whole, and no change shows it"
    )
    return place, (sentence,)


def _matching(timeline: Timeline, before: int, change: Change, at: datetime) -> tuple[int, int] | None:
    """From which version to which the change went, if it shows what that move means; the last ones known best."""
    for place in timeline.standing(at):
        new = timeline.values(place)
        if new["TrangThaiHoSo"] != change.to or place < before:
            continue
        for old in range(before, place + 1):  # a reading that broke off may have seen a later one that meant nothing
            if events(timeline.values(old) if old >= 0 else None, new) == change.events and (old < place or old < 0):
                return old, place
            if old < 0:
                break
    return None


def _strange(timeline: Timeline, before: int, change: Change, at: datetime) -> str:
    stood = [timeline.values(place)["TrangThaiHoSo"] for place in timeline.standing(at)]
    if change.to not in stood:
        return f"a change says {change.to} at {at:%d %H:%M}, but the dossier stood at {stood}"
    old = timeline.values(before) if before >= 0 else None
    due = [events(old, timeline.values(place)) for place in timeline.standing(at)]
    return f"a dossier came to {change.to} at {at:%d %H:%M}, which means {due}, and our change says {change.events}"


def changes_of(house: House) -> dict[DossierId, list[Change]]:
    """Our changes by dossier, in order, as the ledger tells them."""
    found: defaultdict[DossierId, list[Change]] = defaultdict(list)
    entries = house.store.read(lambda tx: tx.ledger.entries(("change",), EntryId(""), truths.EVERY))
    for body in (json.loads(entry.body) for entry in entries):
        dossier, _, version = body["change"].rpartition(".")
        found[DossierId(dossier)].append(
            Change(
                dossier=DossierId(dossier),
                version=int(version),
                run=body["run"],
                to=body["to"],
                events=tuple(body["events"]),
                obligations=body["obligations"],
            )
        )
    return {dossier: sorted(changed, key=lambda one: one.version) for dossier, changed in found.items()}


def ids_of(house: House, truth: Truth) -> dict[Key, DossierId]:
    """Our pseudonym of every dossier."""
    rulebook = house.rulebook
    identities = {
        key: mapping.identity(Record(inputs={"MaHoSo": key[0], "MaDonVi": key[1]}), rulebook) for key in truth.versions
    }
    wanted = [identity for identity in identities.values() if identity is not None]
    found = house.store.read(lambda tx: tx.dossiers.identify(rulebook.source.name, wanted))
    return {key: found[str(identity)] for key, identity in identities.items()}
