"""The store as the engine sees it: short transactions over gateways, one per subject."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from adapter.model import Snapshot
from adapter.ports.books import Alarms, Dossiers, Ledger, Mappings, Runs, Vault
from adapter.ports.outbox import Allowances, Epochs, Leases, Outbox, Pauses, Recipients

T = TypeVar("T")

Clock = Callable[[], datetime]
"""Gives the present moment, aware UTC."""


class Tx(Protocol):
    """One open transaction. Its gateways see one another's writes; nothing in it may wait for the network."""

    dossiers: Dossiers
    runs: Runs
    outbox: Outbox
    recipients: Recipients
    ledger: Ledger
    leases: Leases
    allowances: Allowances
    pauses: Pauses
    vault: Vault
    mappings: Mappings
    alarms: Alarms
    epochs: Epochs

    @property
    def now(self) -> datetime:
        """The database's clock when the transaction began (PostgreSQL's own, the host's for SQLite), aware UTC."""

    def snapshot(self) -> Snapshot:
        """The state of things, for status, health and metrics."""

    def bump(self, name: str) -> int:
        """Count a named request up by one (``reload``) and give the new count; daemons compare it."""

    def count(self, name: str) -> int:
        """How often a named request was made; 0 when never."""


class Store(Protocol):
    """A database of ours."""

    def write(self, label: str, work: Callable[[Tx], T]) -> T:
        """Run ``work`` in one transaction and commit.

        ``work`` may run twice (deadlock, serialisation failure, a locked file), so it must change nothing but what
        the transaction holds. ``label`` names the write in errors and in crash tests (``poll.page``).
        Raises StoreError; whatever ``work`` raises rolls back and passes through.
        """

    def read(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` in a read-only transaction. Raises StoreError."""

    def clock_skew(self) -> float:
        """Seconds this machine's clock is ahead of the database's; 0.0 for SQLite."""

    def wait_for_work(self, seconds: float) -> bool:
        """Wait until somebody commits messages to send, at most so long; True when woken before."""

    def close(self) -> None:
        """Give every connection back. Safe to call twice."""
