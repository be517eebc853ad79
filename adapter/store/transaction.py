"""Transactions: the gateways of one (``SqlTx``), and the database that opens them (``SqlStore``)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection, func, select
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_random_exponential

from adapter.model import Snapshot
from adapter.ports import (
    Alarms,
    Allowances,
    Clock,
    Dossiers,
    Epochs,
    Leases,
    Ledger,
    Mappings,
    Outbox,
    Pauses,
    Recipients,
    Runs,
    Tx,
    Vault,
)
from adapter.store import requests
from adapter.store.alarms import SqlAlarms
from adapter.store.allowances import SqlAllowances
from adapter.store.cipher import Cipher
from adapter.store.dossiers import SqlDossiers
from adapter.store.engine import Engines
from adapter.store.epochs import SqlEpochs
from adapter.store.faults import PassingError, told_as_commit_errors, told_as_store_errors
from adapter.store.leases import SqlLeases
from adapter.store.ledger import SqlLedger
from adapter.store.mappings import SqlMappings
from adapter.store.outbox import SqlOutbox
from adapter.store.pauses import SqlPauses
from adapter.store.recipients import SqlRecipients
from adapter.store.runs import SqlRuns
from adapter.store.snapshot import snapshot
from adapter.store.turns import Turns
from adapter.store.vault import SqlVault
from adapter.store.waking import FileWaker, ServerWaker, Waker

T = TypeVar("T")

TRIES = 6
"""How often a write is tried when the database itself asks for another try."""


class SqlTx:
    """One open transaction (``ports.Tx``). ``due`` turns true when messages became due in it."""

    def __init__(self, connection: Connection, cipher: Cipher, now: datetime) -> None:
        self._connection = connection
        self._cipher = cipher
        self._now = now
        self.due = False
        self.dossiers: Dossiers = SqlDossiers(connection, cipher, now)
        self.runs: Runs = SqlRuns(connection, cipher, now)
        self.outbox: Outbox = SqlOutbox(connection, cipher, now, self._became_due)
        self.recipients: Recipients = SqlRecipients(connection, cipher, now)
        self.ledger: Ledger = SqlLedger(connection, cipher, now)
        self.leases: Leases = SqlLeases(connection, cipher, now)
        self.allowances: Allowances = SqlAllowances(connection, cipher, now)
        self.pauses: Pauses = SqlPauses(connection, cipher, now)
        self.vault: Vault = SqlVault(connection, cipher, now)
        self.mappings: Mappings = SqlMappings(connection, cipher, now)
        self.alarms: Alarms = SqlAlarms(connection, cipher, now)
        self.epochs: Epochs = SqlEpochs(connection, cipher, now)

    @property
    def now(self) -> datetime:
        """When the transaction began, by the database's clock, in whole milliseconds as the tables keep them."""
        return self._now

    def snapshot(self) -> Snapshot:
        """The state of things."""
        return snapshot(self._connection, self._cipher, self._now)

    def bump(self, name: str) -> int:
        """Count a named request up."""
        return requests.bump(self._connection, name)

    def count(self, name: str) -> int:
        """How often a named request was made."""
        return requests.count(self._connection, name)

    def _became_due(self) -> None:
        self.due = True


def read_clock(connection: Connection, clock: Clock | None = None) -> datetime:
    """When a transaction begins: by ``clock`` where given, else by the database's, which on SQLite is the host's."""
    if clock is not None:
        now = clock()
    elif connection.dialect.name == "sqlite":
        now = datetime.now(UTC)
    else:
        now = connection.execute(select(func.now())).scalar_one()
    if now.tzinfo is None:
        raise ValueError("the clock gave a naive time")
    return now.astimezone(UTC).replace(microsecond=now.microsecond // 1000 * 1000)


class SqlStore:
    """A database of ours (``ports.Store``). Threads share it; SQLite's writers take turns.

    ``clock``, where given, stands for the database's clock everywhere (simulated time).
    """

    def __init__(self, engines: Engines, cipher: Cipher, clock: Clock | None = None) -> None:
        self._engines = engines
        self._cipher = cipher
        self._clock = clock
        self._turns = Turns(engines.patience)
        self._waker: Waker = FileWaker(engines.reader) if engines.on_sqlite else ServerWaker(engines.writer)

    def write(self, label: str, work: Callable[[Tx], T]) -> T:
        """Run ``work`` in one transaction and commit; again when the database asks for it. Raises StoreError."""
        result: T = self._again()(self._write_once, label, work)
        return result

    def read(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` where nothing can be written and one moment is seen. Raises StoreError."""
        result: T = self._again()(self._read_once, work)
        return result

    def clock_skew(self) -> float:
        """Seconds this machine's clock is ahead of the database's; half the round trip is taken off."""
        if self._engines.on_sqlite or self._clock is not None:
            return 0.0
        with told_as_store_errors("clock"), self._engines.connect_reader() as connection, connection.begin():
            before = datetime.now(UTC)
            theirs = connection.execute(select(func.clock_timestamp())).scalar_one()
            after = datetime.now(UTC)
        skew: timedelta = before + (after - before) / 2 - theirs
        return skew.total_seconds()

    def wait_for_work(self, seconds: float) -> bool:
        """Wait until somebody commits due messages, at most so long; True when woken. One thread waits at a time."""
        return self._waker.wait(seconds)

    def close(self) -> None:
        """Let the waiter go, give every connection back. Safe to call twice."""
        self._waker.close()
        self._engines.dispose()

    def _again(self) -> Retrying:
        return Retrying(
            retry=retry_if_exception_type(PassingError),
            stop=stop_after_attempt(TRIES) | stop_after_delay(self._engines.patience),
            wait=wait_random_exponential(multiplier=0.02, max=1.0),
            reraise=True,
        )

    def _write_once(self, label: str, work: Callable[[Tx], T]) -> T:
        with (
            self._turn(),
            told_as_store_errors(label),
            self._engines.writer.connect() as connection,
            self._given_back_clean(connection),
            connection.begin() as transaction,
        ):
            tx = SqlTx(connection, self._cipher, read_clock(connection, self._clock))
            result = work(tx)
            if tx.due:
                self._waker.note(connection)
            with told_as_commit_errors(label):
                transaction.commit()
        if tx.due:
            self._waker.committed()
        return result

    def _read_once(self, work: Callable[[Tx], T]) -> T:
        with (
            told_as_store_errors("read"),
            self._engines.connect_reader() as connection,
            self._given_back_clean(connection),
            connection.begin(),
        ):
            return work(SqlTx(connection, self._cipher, read_clock(connection, self._clock)))

    @contextmanager
    def _given_back_clean(self, connection: Connection) -> Iterator[None]:
        """Close an SQLite connection in whose transaction a fault came, instead of lending it again.

        A cursor that the fault left half-read outlives the roll-back and with it the connection's view of the file:
        its reads would stay old, and its writes be refused as locked once another process has committed.
        """
        try:
            yield
        except BaseException:
            if self._engines.on_sqlite:
                connection.invalidate()
            raise

    def _turn(self) -> AbstractContextManager[None]:
        return self._turns.turn() if self._engines.on_sqlite else nullcontext()
