"""A database that does not know what was sent before: nobody may be told again what was told already.

A backup that was put back remembers neither what was sent after it nor which changes were read. So

1. all that is unsent in it is HELD ("may have been sent"), and what is UNKNOWN gets no reminder;
2. the first reading that catches up from the backup's time to the restore ends HELD, however many pieces it takes:
   the changes it finds may have been told already. So does a sweep that looks back behind the restore;
3. what was sent before and turns out to have been dropped is HELD instead of going another way (``steps.tend``).

A person looks at them and lets them go or cancels them.

A database that begins empty knows as little, when something was sent before it: its file was lost, its address was
mistyped, a live installation moved to PostgreSQL. It cannot tell such a case from an installation's very first day, so
``motcua db upgrade`` of an empty database begins an epoch always: 2 then holds what the first reading makes. On a first
day that costs nothing, because ``init`` writes ``mode = "off"``, under which no message is made. ``init`` itself needs
no epoch for its own database: it makes new keys in the same breath, and nothing was ever sent under them.
"""

from datetime import datetime

from adapter.model import Act, EpochKind, Run, RunKind
from adapter.ports import Alarm, Store, Tx
from adapter.steps import accounts, duty

RESTORED = EpochKind.RESTORED.value
"""The reason code of everything that may have been sent before the database was put back."""

BATCH = 500


def begin(store: Store, by: str, **facts: str) -> tuple[int, int]:
    """Begin a new epoch; gives its number and how many messages are HELD for it.

    Run it before any daemon works on the database that was put back. Running it twice begins two epochs and holds
    nothing twice. ``facts`` go into the ledger beside the person's name.
    """

    def work(tx: Tx) -> int:
        number = tx.epochs.begin(EpochKind.RESTORED)
        unknown = tx.epochs.leave_unknown()
        for lease in tx.leases.held():
            tx.leases.drop(lease)  # whoever holds it by the backup's word is not at work on this database
        tx.ledger.write([_epoch_act(number, EpochKind.RESTORED, unknown), accounts.person_act("restore", by, **facts)])
        return number

    number = store.write("epoch.begin", work)
    held = 0
    while done := store.write("epoch.hold", _hold):
        held += done
    return number, held


def begin_new(tx: Tx, by: str) -> int:
    """Begin the epoch of a database that is empty; gives its number. Nothing in it can wait to be held."""
    number = tx.epochs.begin(EpochKind.NEW)
    tx.ledger.write([_epoch_act(number, EpochKind.NEW), accounts.person_act("begin", by)])
    return number


def reason(tx: Tx) -> str:
    """The reason code of what is HELD for the present epoch; empty where there is none."""
    present = tx.epochs.present()
    return present.kind.value if present is not None else ""


def tell(store: Store, alarm: Alarm, number: int, held: int) -> None:
    """Tell the people on duty, once the database is in its place: the backup's alarms are over, and a new one rings.

    What still is wrong of what the backup rang for rings anew.
    """
    for raised in store.read(lambda tx: tx.alarms.standing()):
        alarm.clear(raised.key)
    duty.restored(alarm, number, held)


def _hold(tx: Tx) -> int:
    held = tx.epochs.hold(RESTORED, BATCH)
    tx.ledger.write([accounts.held_act(delivery, RESTORED) for delivery in held])
    return len(held)


def _epoch_act(number: int, kind: EpochKind, unknown: int = 0) -> Act:
    return Act(kind="epoch", facts={"epoch": number, "why": kind.value, "unknown": unknown})


def hold_back(tx: Tx, run: Run, partition: str) -> int:
    """Hold what a page of a run just made, when it may have been told before this epoch; gives how many.

    At once, not at the run's end: a run may break off, and a reading of another part of the source would let it go.
    """
    if not _in_doubt(tx, run, partition):
        return 0
    code = reason(tx)
    held = tx.outbox.hold_unreleased(run.source, run.id, code)
    tx.ledger.write([accounts.held_act(delivery, code) for delivery in held])
    return len(held)


def _in_doubt(tx: Tx, run: Run, partition: str) -> bool:
    """Whether the messages of a run may have been told before this epoch.

    A poll is in doubt until one has read the moment it began: it sees all that any earlier one can have seen. A
    sweep is whenever its window begins before that moment, because it finds what no poll sees, and an earlier sweep may
    have told it.
    """
    present = tx.epochs.present()
    if present is None or run.window.start >= present.began_at:
        return False
    return run.kind is RunKind.SWEEP or not tx.runs.read_since(run.source, partition, present.began_at)


def may_have_gone_on(tx: Tx, sent_at: datetime | None) -> bool:
    """Whether a message sent then may have been sent another way since, in what the backup does not know."""
    present = tx.epochs.present()
    return present is not None and sent_at is not None and sent_at <= present.began_at
