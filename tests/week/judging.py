"""The week's books held against the two truths (``tests.truths``). Every sentence found names an id, never a person."""

import bisect
import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapter.core import mapping
from adapter.core.outcome import BUCKETS
from adapter.model import Bucket, Delivery, DossierId, EntryId, Event, MessageId, Record, RunState
from adapter.simulators.onestop.records import vietnam_text
from adapter.wiring.house import House
from tests import truths
from tests.towns import Town
from tests.week.life import Truth, Version

UNSAID = frozenset(
    {"rule_off", "too_old", "no_phone", "bad_phone", "landline", "shared_phone", "no_channel", "moot", "no_rule"}
)
"""Why an obligation of these days may lawfully have become no message."""

PLAIN = {
    "3": Event.REFUSED,
    "5": Event.SUPPLEMENT,
    "6": Event.PAYMENT,
    "7": Event.WITHDRAWAL,
    "8": Event.STOPPED,
}
"""Statuses that mean their event wherever a dossier comes from."""


@dataclass(slots=True)
class Findings:
    """What the comparison found; all lists are empty and all but the counts are nothing in a good week."""

    accepted: int = 0
    obligations: int = 0
    buckets: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    retried: int = 0  #: attempts beyond each message's first
    proven: int = 0  #: states of dossiers that a whole reading must have seen
    unseen: int = 0  #: states that were gone before any whole reading
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    mistaken: list[str] = field(default_factory=list)  #: our books contradict the truth otherwise
    unknown: list[str] = field(default_factory=list)  #: each with its evidence
    remainder: int = -1
    ledger_whole: bool = False
    unsealed: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    version: int
    to: str
    events: tuple[str, ...]
    obligations: Sequence[Mapping[str, str]]


def judge(town: Town, house: House, truth: Truth) -> Findings:
    """Compare everything."""
    found, now = Findings(), house.clock()
    known = truths.deliveries(house.store)
    journal = town.zalo.journal()
    answered, strays = truths.by_obligation(journal, known)
    found.accepted = len(journal)
    found.doubled += [f"accepted for no obligation of ours: journal {row['n']}" for row in strays]
    _deliveries(found, town, known, answered, now)
    _truly_doubled(found, house, truth, journal)
    changes = _changes(house)
    for change in itertools.chain.from_iterable(changes.values()):
        _obligations(found, change, {one.id for one in known})
    _states(found, house, truth, changes)
    _books(found, house)
    return found


def _books(found: Findings, house: House) -> None:
    books = truths.books(house.store)
    found.remainder, found.ledger_whole, found.unsealed = books.remainder, books.ledger_whole, books.unsealed


def _deliveries(
    found: Findings,
    town: Town,
    known: Sequence[Delivery],
    answered: Mapping[MessageId, Sequence[truths.Row]],
    now: datetime,
) -> None:
    """Each message: never rung twice, its state true, its end a lawful one."""
    turned_away = {row["recipient"] for row in town.zalo.refusals()}
    turned_away |= {row.get("phone") or row.get("uid") for row in town.zalo.journal() if not truths.reached(row)}
    for one in known:
        rows, bucket = answered.get(one.id, ()), BUCKETS[one.standing.state]
        rang = sum(map(truths.reached, rows))
        found.buckets[bucket] += 1
        found.retried += max(0, one.attempt - 1)
        if rang > 1:
            found.doubled.append(f"{one.id} rang {rang} times ({one.standing.state})")
        if bucket is Bucket.UNKNOWN:
            found.unknown.append(truths.evidence(one, rows, now))
        elif bucket is Bucket.TOLD and not rows:
            found.lost.append(f"{one.id}: {one.standing.state}, but Zalo accepted nothing")
        elif bucket is not Bucket.TOLD and rang:
            found.mistaken.append(f"{one.id}: {one.standing.state} {one.code}, but the phone rang")
        found.lost += _unlawful(one, bucket, turned_away, now)


def _unlawful(one: Delivery, bucket: Bucket, turned_away: set[Any], now: datetime) -> Iterator[str]:
    """Why this end is none that anybody may rest with."""
    if bucket in {Bucket.WAITING, Bucket.HELD}:
        yield f"{one.id}: still {one.standing.state} ({one.code}) when everything should be over"
    if bucket is Bucket.NOT_REACHED:
        addresses = {route.address.value for route in one.message.routes}
        if not addresses & turned_away:
            yield f"{one.id}: {one.standing.state} {one.code}, but Zalo never turned this person away"
    if bucket is Bucket.EXPIRED and one.message.expires_at > now:
        yield f"{one.id}: expired before its time"


def _truly_doubled(found: Findings, house: House, truth: Truth, journal: Sequence[truths.Row]) -> None:
    """By the province's word alone: no citizen heard of a status more often than the dossier came to it."""
    came: Counter[tuple[str, str]] = Counter()
    for (code, _), versions in truth.versions.items():
        before = ""
        for version in versions:
            status = version.moment.record.status
            came[code, status] += version.moment.kind != "touch" and (status != before or status in {"4", "5", "6"})
            before = status
        came[code, "4"] += came[code, "9"] + came[code, "2"]  # a nine without a result, a four taken back to two
    rang = [row for row in journal if truths.reached(row)]
    for (code, status), times in truths.said(rang, house.rulebook).items():
        if times > came[code, status]:
            found.doubled.append(f"a dossier came to {status} {came[code, status]} times and rang {times} times")


def _obligations(found: Findings, change: _Change, messages: AbstractSet[str]) -> None:
    """What each change of ours brought: a message that is in the outbox, or a lawful reason."""
    if change.events and not change.obligations:
        found.lost.append(f"a change to {change.to} with {change.events} brought no obligation")
    found.obligations += len(change.obligations)
    for one in change.obligations:
        if "reason" in one:
            found.skipped[one["reason"]] += 1
            if one["reason"] not in UNSAID:
                found.lost.append(f"{one['id']}: left unsaid because {one['reason']}")
        elif one["id"] not in messages:
            found.lost.append(f"{one['id']}: promised by the ledger, nowhere in the outbox")


def _states(found: Findings, house: House, truth: Truth, changes: Mapping[DossierId, Sequence[_Change]]) -> None:
    """Each state that a whole reading must have seen is among our changes; the last one is what we remember."""
    readings = _Readings(house, truth)
    ids = _ids(house, truth)
    kept = house.store.read(lambda tx: tx.dossiers.remembered(ids.values()))
    for key, versions in truth.versions.items():
        told = [version for before, version in _pairs(versions) if before != version.moment.record.status]
        must = [version for version in told if readings.saw(version)]
        found.proven, found.unseen = found.proven + len(must), found.unseen + len(told) - len(must)
        found.lost += _missing(must, changes.get(ids[key], ()))
        if key not in truth.removed and versions:
            known = kept.get(ids[key])
            found.lost += _unremembered(versions[-1], known.record.inputs if known else {}, readings)


def _pairs(versions: Sequence[Version]) -> Iterator[tuple[str, Version]]:
    """Each version with the status before it."""
    return zip(["", *(version.moment.record.status for version in versions)], versions, strict=False)


def _unremembered(last: Version, kept: Mapping[str, str], readings: "_Readings") -> Iterator[str]:
    """The last state of a dossier that stands is what we remember of it."""
    record = last.moment.record
    if not readings.saw(last):
        yield f"the last state of a dossier ({record.status}, {last.at:%d %H:%M}) was in no whole reading"
    elif (kept.get("NgayCapNhat"), kept.get("TrangThaiHoSo")) != (vietnam_text(record.updated_at), record.status):
        yield f"a dossier stands at {record.status}, we remember {kept.get('TrangThaiHoSo', 'nothing')}"


def _missing(must: Sequence[Version], changed: Sequence[_Change]) -> Iterator[str]:
    """States that our changes do not show in their order, or show without the event they surely mean."""
    place, before = 0, ""
    for version in must:
        status = version.moment.record.status
        if status == before:
            continue  # what was between was seen by no whole reading, so to us nothing moved
        before = status
        place = next((n for n in range(place, len(changed)) if changed[n].to == status), len(changed))
        if place == len(changed):
            yield f"a dossier came to {status} at {version.at:%d %H:%M}, read as whole, and no change of ours shows it"
            return
        if status in PLAIN and PLAIN[status] not in changed[place].events:
            yield f"a dossier came to {status} and our change says {changed[place].events}"
        place += 1


class _Readings:
    """The readings that count as whole, by the true time they began at."""

    def __init__(self, house: House, truth: Truth) -> None:
        runs = house.store.read(lambda tx: tx.runs.recent(truths.EVERY))
        whole = [run for run in runs if run.state in {RunState.DONE, RunState.HELD}]
        self._runs = sorted(((truth.true_time(run.started_at), run.window) for run in whole), key=lambda pair: pair[0])

    def saw(self, version: Version) -> bool:
        """Whether one began while this version stood, and asked for the time on its stamp.

        Nothing moves while the adapter works, so a version that stood when a run began stood until it ended.
        """
        stamp = version.moment.record.updated_at
        for began, window in self._runs[bisect.bisect_left(self._runs, version.at, key=lambda pair: pair[0]) :]:
            if version.until is not None and began >= version.until:
                return False
            if window.start <= stamp <= window.end:
                return True
        return False


def _changes(house: House) -> dict[DossierId, list[_Change]]:
    """Our changes by dossier, in order, as the ledger tells them."""
    found: defaultdict[DossierId, list[_Change]] = defaultdict(list)
    entries = house.store.read(lambda tx: tx.ledger.entries(("change",), EntryId(""), truths.EVERY))
    for body in (json.loads(entry.body) for entry in entries):
        dossier, _, version = body["change"].rpartition(".")
        found[DossierId(dossier)].append(
            _Change(
                version=int(version),
                to=body["to"],
                events=tuple(body["events"]),
                obligations=body["obligations"],
            )
        )
    return {dossier: sorted(changed, key=lambda one: one.version) for dossier, changed in found.items()}


def _ids(house: House, truth: Truth) -> dict[tuple[str, str], DossierId]:
    """Our pseudonym of every dossier."""
    rulebook = house.rulebook
    identities = {
        key: mapping.identity(Record(inputs={"MaHoSo": key[0], "MaDonVi": key[1]}), rulebook) for key in truth.versions
    }
    wanted = [identity for identity in identities.values() if identity is not None]
    found = house.store.read(lambda tx: tx.dossiers.identify(rulebook.source.name, wanted))
    return {key: found[str(identity)] for key, identity in identities.items()}
