"""One page of records becomes dossiers, changes, messages (unreleased), skips and ledger entries, in one write."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from adapter.core import changes, outcome, overtaking, routing, windows
from adapter.core.obligations import Contact, skipped_from
from adapter.errors import SourceError, SourceFault
from adapter.model import (
    Act,
    Cause,
    Delivery,
    DeliveryState,
    Dossier,
    DossierId,
    Event,
    Move,
    Plan,
    Record,
    SkipReason,
)
from adapter.ports import Tx
from adapter.steps import accounts, contacts, remake
from adapter.steps.differing import Reading, Seen, differing


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCount:
    """What came of a page."""

    records: int = 0
    changes: int = 0
    backwards: int = 0
    rejected: int = 0
    held: int = 0  #: messages that may have been told before a restore (``steps.epoch``)
    found: tuple[tuple[str, datetime], ...] = ()  #: code and time of what changed: a sweep looks for gaps in it


def write(
    tx: Tx, read: Sequence[tuple[Record, Dossier]], rejected: Sequence[tuple[Record, str]], reading: Reading
) -> PageCount:
    """Write one page down. Safe to run twice: what is remembered already is no change any more.

    Raises SourceError (FORMAT), and nothing is written, when the page's records have lost their phones or owners.
    """
    source = reading.rulebook.source.name
    tx.dossiers.reject(source, reading.run, rejected)
    seen = differing(tx, read, reading)
    if field := changes.vanished((one.old, one.dossier) for one in seen):
        raise SourceError(SourceFault.FORMAT, f"most records that changed have lost {field}")
    lost = tx.dossiers.save([one.noted for one in seen])
    kept = [one for one in seen if one.id not in lost]
    told = [one for one in kept if changes.worth_telling(one.change)]
    contacts_of = _contacts(tx, kept)
    for one in told:
        one.plan = _routed(one, contacts_of[one.id], reading, tx.now)
    unsent = _unsent(tx, [one for one in kept if one.old is not None])
    acts = _overtake(tx, told, unsent, reading)
    acts += _readdress(tx, kept, unsent, contacts_of, reading)
    _file(tx, told, reading)
    version = reading.rulebook.version
    tx.ledger.write([accounts.change_act(one.plan, one.dossier.code, reading.run, version, tx.now) for one in told])
    tx.ledger.write(acts)
    return PageCount(
        records=len(read),
        changes=len(told),
        backwards=sum(changes.backward(one.old, one.dossier) for one in told),
        rejected=len(rejected),
        found=tuple((one.dossier.code, one.dossier.as_of) for one in told),
    )


def add(one: PageCount, other: PageCount) -> PageCount:
    """The counts of two pages together; ``found`` is of the page at hand only and is not kept."""
    return PageCount(
        records=one.records + other.records,
        changes=one.changes + other.changes,
        backwards=one.backwards + other.backwards,
        rejected=one.rejected + other.rejected,
        held=one.held + other.held,
    )


def _contacts(tx: Tx, kept: Sequence[Seen]) -> dict[DossierId, Contact]:
    gathered = contacts.gather(tx, [one.dossier for one in kept])
    return {one.id: contact for one, contact in zip(kept, gathered, strict=True)}


def _routed(one: Seen, contact: Contact, reading: Reading, now: datetime) -> Plan:
    return routing.plan(one.change, one.dossier, reading.rulebook, contact, policy=reading.policy, now=now)


def _unsent(tx: Tx, known: Sequence[Seen]) -> dict[DossierId, list[Delivery]]:
    by_dossier: dict[DossierId, list[Delivery]] = {}
    for delivery in tx.outbox.unsent([one.id for one in known]) if known else ():
        by_dossier.setdefault(delivery.message.dossier_id, []).append(delivery)
    return by_dossier


def _overtake(tx: Tx, told: Sequence[Seen], unsent: dict[DossierId, list[Delivery]], reading: Reading) -> list[Act]:
    """Supersede what the new changes overtake, and drop what thereby need not be said at all."""
    moment = windows.moment(tx.now, reading.rulebook.calendar)
    moves: list[tuple[Delivery, Move]] = []
    for one in told:
        waiting = unsent.get(one.id, [])
        over = [d for d in waiting if any(overtaking.yields(d.message.event, event) for event in one.change.events)]
        one.plan = _without_moot(one.plan, {delivery.message.event for delivery in waiting})
        moves += [(d, move) for d in over if (move := outcome.decide(d.standing, Cause.OVERTAKEN, moment))]
        unsent[one.id] = [delivery for delivery in waiting if delivery not in over]
    return accounts.delivery_acts(moves, tx.outbox.move(moves)) if moves else []


def _without_moot(plan: Plan, unsent: set[Event]) -> Plan:
    moot = [message for message in plan.messages if overtaking.vanishes(message.event, unsent)]
    if not moot:
        return plan
    skips = tuple(skipped_from(message, SkipReason.MOOT) for message in moot)
    left = tuple(message for message in plan.messages if message not in moot)
    return replace(plan, messages=left, skipped=plan.skipped + skips)


def _readdress(
    tx: Tx,
    kept: Sequence[Seen],
    unsent: dict[DossierId, list[Delivery]],
    contacts_of: dict[DossierId, Contact],
    reading: Reading,
) -> list[Act]:
    """Owner or phone moved: what is still unsent is made anew for the right person, or cancelled.

    HELD ones stay as they are: releasing them decides afresh anyhow, and a hold is not to be lifted by a phone number.
    """
    acts: list[Act] = []
    for one in kept:
        if not changes.readdressed(one.old, one.dossier):
            continue
        waiting = (d for d in unsent.get(one.id, []) if d.standing.state is DeliveryState.PENDING)
        for delivery in waiting:
            acts += remake.remake(
                tx,
                delivery,
                one.dossier,
                reading.rulebook,
                contacts_of[one.id],
                policy=reading.policy,
                due_at=delivery.due_at,
            )
    return acts


def _file(tx: Tx, told: Sequence[Seen], reading: Reading) -> None:
    tx.dossiers.add_changes([one.change for one in told], reading.run, reading.rulebook.version)
    messages = [message for one in told for message in one.plan.messages]
    skipped = [skip for one in told for skip in one.plan.skipped]
    tx.outbox.file(reading.run, reading.rulebook.source.name, messages, skipped)
