"""The week's books held against the two truths: the province's timeline, which says what each citizen should hear
(``readings``, by the plain tables of ``meaning`` and ``wording``), and Zalo's journal, which says what they heard
(``hearing``). Every other end needs a reason that is true (``endings``). Sentences name an id, never a person.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from adapter.core.outcome import BUCKETS
from adapter.model import Bucket, Delivery, DossierId, EntryId
from adapter.wiring.house import House
from tests import truths
from tests.towns import Town
from tests.week import readings
from tests.week.endings import Endings, Refusals
from tests.week.hearing import Hearing, Rows
from tests.week.life import Truth
from tests.week.meaning import RULES
from tests.week.readings import Followed, Key, Owed, Readings, Sharing, Timeline
from tests.week.witness import Witness
from tests.week.wording import offices_of


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
    held_to: int = 0  #: accepted messages whose event, words and phone the timeline was asked about
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    mistaken: list[str] = field(default_factory=list)  #: our books contradict the truth otherwise
    unknown: list[str] = field(default_factory=list)  #: each with its evidence
    remainder: int = -1
    ledger_whole: bool = False
    unsealed: int = -1


@dataclass(slots=True, kw_only=True)
class _Case:
    """The trial, and what is known of all obligations while they are judged."""

    town: Town
    house: House
    truth: Truth
    witness: Witness
    owed: dict[str, Owed] = field(default_factory=dict)
    unsaid: dict[str, str] = field(default_factory=dict)  #: obligation -> the reason why it became no message
    promised: set[str] = field(default_factory=set)  #: obligations that must stand in the outbox


def judge(town: Town, house: House, truth: Truth, witness: Witness) -> Findings:
    """Compare everything."""
    found, case = Findings(), _Case(town=town, house=house, truth=truth, witness=witness)
    seen = Readings(house, truth, witness)
    lives = readings.timelines(truth, seen)
    ids, changes = readings.ids_of(house, truth), readings.changes_of(house)
    for key, timeline in lives.items():
        _states(found, timeline)
        for one in readings.follow(timeline, changes.get(ids[key], ()), seen):
            _obligations(found, case, one)
    _reminders(found, case)
    _unremembered(found, case, lives, ids)
    _ends(found, case, lives)
    books = truths.books(house.store)
    found.remainder, found.ledger_whole, found.unsealed = books.remainder, books.ledger_whole, books.unsealed
    return found


def _states(found: Findings, timeline: Timeline) -> None:
    sure = {place for _, place in timeline.seen}
    before = ""
    for place in range(len(timeline.versions)):
        status = timeline.versions[place].moment.record.status
        if status != before:
            found.proven, found.unseen = found.proven + (place in sure), found.unseen + (place not in sure)
        before = status


def _obligations(found: Findings, case: _Case, one: Followed | str) -> None:
    """What a change of ours brought: for each event it must tell of, one message or one reason."""
    if isinstance(one, str):
        found.lost.append(one)
        return
    if one.wrong:
        found.mistaken.append(one.wrong)
    brought = one.change.obligations
    found.obligations += len(brought)
    said = sorted(RULES.get(each["rule"], "") for each in brought)
    if not one.wrong and said != sorted(owed.event for owed in one.owed):
        found.lost.append(f"a change owes word of {[owed.event for owed in one.owed]}, our ledger has {said}")
    for each in brought:
        _noted(found, case, each)
        event = RULES.get(each["rule"], "")
        case.owed.update([(each["id"], owed) for owed in one.owed if owed.event == event])


def _noted(found: Findings, case: _Case, obligation: Mapping[str, str]) -> None:
    if "reason" in obligation:
        found.skipped[obligation["reason"]] += 1
        case.unsaid[obligation["id"]] = obligation["reason"]
    else:
        case.promised.add(obligation["id"])


def _reminders(found: Findings, case: _Case) -> None:
    """Obligations that no change brought, but a message of which nobody knows whether it arrived."""
    for entry in case.house.store.read(lambda tx: tx.ledger.entries(("reminder",), EntryId(""), truths.EVERY)):
        body = json.loads(entry.body)
        for each in body["obligations"]:
            _noted(found, case, each)
            parent = case.owed.get(body["follows_up"])
            if parent is not None:
                at, follows = case.truth.true_time(entry.at), body["follows_up"]
                case.owed[each["id"]] = replace(parent, event="reminder", at=at, first=False, follows=follows)


def _unremembered(found: Findings, case: _Case, lives: Mapping[Key, Timeline], ids: Mapping[Key, DossierId]) -> None:
    """The last state of a dossier that stands was read as whole, and is what we remember of it."""
    kept = case.house.store.read(lambda tx: tx.dossiers.remembered(ids.values()))
    for key, timeline in lives.items():
        if key in case.truth.removed or not timeline.versions:
            continue
        last, known = len(timeline.versions) - 1, kept.get(ids[key])
        if timeline.known(case.house.clock()) != last:
            found.lost.append(
                f"the last state of a dossier ({timeline.versions[last].at:%d %H:%M}) was read as whole never"
            )
            continue
        inputs = known.record.inputs if known else {}
        differing = [name for name, text in timeline.values(last).items() if inputs.get(name, "") != text]
        if differing:
            found.lost.append(f"a dossier as it stands is not as we remember it: {', '.join(sorted(differing))}")


def _ends(found: Findings, case: _Case, lives: Mapping[Key, Timeline]) -> None:
    """Each obligation by its end, each accepted message by what it should have said."""
    house, zalo = case.house, case.town.zalo
    known, journal = truths.deliveries(house.store), zalo.journal()
    rows, strays = truths.by_obligation(journal, known)
    found.accepted, found.held_to = len(journal), sum(len(rows[id_]) for id_ in rows if id_ in case.owed)
    found.doubled += [f"accepted for no obligation of ours: journal {row['n']}" for row in strays]
    missing = case.promised - {one.id for one in known}
    found.lost += [f"{id_}: promised by the ledger, nowhere in the outbox" for id_ in sorted(missing)]
    phone_of = {user.uid: user.phone for user in zalo.state.users if user.uid and user.phone}
    endings = Endings(
        owed=case.owed,
        rows=rows,
        refusals=Refusals(zalo.refusals()),
        witness=case.witness,
        moved=_moved(house, case.truth),
        uid_of={phone: uid for uid, phone in phone_of.items()},
        sharing=Sharing(lives.values()),
        shared_above=house.policy().shared_phone_above,
    )
    for one in known:
        _delivery(found, endings, one, rows, house.clock())
    found.mistaken += [*endings.too_many_killed(), *endings.uncalled_reminders()]
    _reasons(found, case, endings)
    offices = offices_of(case.town.folder / "mappings" / "vinhphuc")
    hearing = Hearing(
        rows=rows,
        owed=case.owed,
        phone_of=phone_of,
        offices=offices,
        witness=case.witness,
        refused=zalo.refusals(),
    )
    found.mistaken += hearing.mistakes()


def _reasons(found: Findings, case: _Case, endings: Endings) -> None:
    """What was left unsaid for a reason, and what was said against one."""
    for id_, owed in case.owed.items():
        if id_ in case.unsaid:
            found.lost += endings.unsaid(id_, case.unsaid[id_], owed)
        elif id_ in case.promised:
            found.mistaken += endings.wrongly_said(id_, owed)


def _delivery(found: Findings, endings: Endings, one: Delivery, rows: Rows, now: datetime) -> None:
    """One message: never rung twice, and its end a true one."""
    mine, bucket = rows.get(one.id, ()), BUCKETS[one.standing.state]
    rang = sum(map(truths.reached, mine))
    found.buckets[bucket] += 1
    found.retried += max(0, one.attempt - 1)
    if rang > 1:
        found.doubled.append(f"{one.id} rang {rang} times ({one.standing.state})")
    if bucket is Bucket.UNKNOWN:
        found.unknown.append(truths.evidence(one, mine, now))
    elif bucket is not Bucket.TOLD and rang:
        found.mistaken.append(f"{one.id}: {one.standing.state} {one.code}, but the phone rang")
    found.lost += endings.wrong(one)


def _moved(house: House, truth: Truth) -> dict[tuple[str, str], list[datetime]]:
    """When each message came to each state, in order, by true time."""
    entries = house.store.read(lambda tx: tx.ledger.entries(("delivery",), EntryId(""), truths.EVERY))
    bodies = ((json.loads(entry.body), entry.at) for entry in entries)
    moved: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
    for body, at in bodies:
        moved[body["id"], body["state"]].append(truth.true_time(at))
    return {key: sorted(times) for key, times in moved.items()}
