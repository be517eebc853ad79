"""The outbox (``ports.Outbox``) on SQL: one gateway over the modules that do each part."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from adapter.model import (
    ClaimOrder,
    Delivery,
    DeliveryState,
    DossierId,
    Filter,
    Message,
    MessageId,
    Move,
    Pause,
    Priority,
    Settled,
    Skipped,
    SourceName,
)
from adapter.store import attempts, claims, deliveries, filing, finding, moving, oldest
from adapter.store.among import among
from adapter.store.cipher import Cipher
from adapter.store.deliveries import lock, lock_unsent
from adapter.store.schema import deliveries as table
from adapter.store.schema.columns import EPOCH, MILLISECOND

IN_A_MILLISECOND = 1_000_000
"""More messages than one transaction ever files: what a later one files stands behind it."""


class SqlOutbox:
    """Messages and their deliveries in one transaction.

    ``now`` is the transaction's time by the database's clock. ``on_due`` is called when something became due at once,
    so that the commit can wake the senders.
    """

    def __init__(self, connection: Connection, cipher: Cipher, now: datetime, on_due: Callable[[], None]) -> None:
        self._connection = connection
        self._cipher = cipher
        self._now = now
        self._on_due = on_due
        self._places = count((now - EPOCH) // MILLISECOND * IN_A_MILLISECOND)
        self._due: frozenset[claims.Kind] | None = None  #: of which kinds something is due, once asked

    def file(self, run: str, source: SourceName, messages: Sequence[Message], skipped: Sequence[Skipped]) -> None:
        """Write a run's obligations down, unreleased."""
        filing.file_messages(
            self._connection,
            self._cipher,
            messages,
            run=run,
            source=source,
            due_at=None,
            released_at=None,
            places=self._places,
        )
        filing.file_skips(self._connection, self._cipher, skipped, run=run, now=self._now)

    def file_due(self, messages: Sequence[Message], due_at: datetime) -> None:
        """Write messages down outside any run (their run and source are empty), due then."""
        filing.file_messages(
            self._connection,
            self._cipher,
            messages,
            run="",
            source="",
            due_at=due_at,
            released_at=self._now,
            places=self._places,
        )
        self._wake([due_at] if messages else [])

    def rebuild(self, delivery: Delivery, message: Message, due_at: datetime | None) -> bool:
        """Put a new revision in the place of an unsent delivery's message. Raises ValueError for an old revision."""
        rebuilt = filing.rebuild(self._connection, self._cipher, delivery, message, due_at=due_at, now=self._now)
        self._wake([due_at] if rebuilt else [])
        return rebuilt

    def unreleased(self, source: SourceName) -> int:
        """How many messages of a source wait for a run to end."""
        count = select(func.count()).select_from(table).where(filing.unreleased(source))
        return self._connection.execute(count).scalar_one()

    def left_over(self, source: SourceName, run: str) -> list[tuple[str | None, str, int]]:
        """What other runs than this left waiting: status before, status after, how many changes."""
        return filing.left_over(self._connection, source, run)

    def release(self, source: SourceName, due_at: Mapping[Priority, datetime]) -> int:
        """Let every unreleased message go whose priority is named."""
        released = filing.release(self._connection, source, due_at, self._now)
        self._wake(due_at.values() if released else [])
        return released

    def hold_unreleased(self, source: SourceName, run: str, code: str) -> list[Delivery]:
        """Turn every unreleased message of a source to HELD, as this run's."""
        return self._load(filing.hold(self._connection, source, run, code))

    def unsent(self, dossiers: Iterable[DossierId]) -> list[Delivery]:
        """PENDING and HELD deliveries of these dossiers, locked, in id order."""
        return self._load(lock_unsent(self._connection, list(dossiers)))

    def waits(self) -> bool:
        """Whether something is due."""
        return bool(self._due_kinds())

    def overdue(self) -> bool:
        """Whether something is on the wire past its lease."""
        return claims.overdue(self._connection, self._now)

    def oldest_due(self, kinds: Iterable[claims.Kind], paused: Sequence[Pause]) -> datetime | None:
        """Since when what could go of these kinds, outside these pauses, has been due; None: nothing could go."""
        return oldest.oldest_due(self._connection, self._due_kinds() & {*kinds}, paused, self._now)

    def claim(self, order: ClaimOrder) -> list[Delivery]:
        """Take due deliveries under a lease, most urgent first, then longest due."""
        if not any(kind[0] is order.channel and kind[1] <= order.lowest for kind in self._due_kinds()):
            return []  # a sender asks for each channel and urgency, and seldom is there something of each
        taken = claims.take(self._connection, order, self._now)
        claimed = {delivery.id: delivery for delivery in self._load(taken)}
        return [claimed[MessageId(id_)] for id_ in taken]

    def get(self, ids: Sequence[MessageId]) -> list[Delivery]:
        """Deliveries by id, locked, in id order; ids never filed are absent."""
        return self._load(lock(self._connection, ids))

    def move(
        self, moves: Sequence[tuple[Delivery, Move]], unknown_until: datetime | None = None
    ) -> frozenset[MessageId]:
        """Apply decisions to the deliveries that still stand as given; ``unknown_until`` None waits for nothing."""
        moved = moving.apply(self._connection, moves, unknown_until, self._now)
        self._wake(move.due_at for delivery, move in moves if delivery.id in moved and move.to is DeliveryState.PENDING)
        return moved

    def attempted(self, settled: Sequence[Settled]) -> None:
        """Write attempts down; the first answer to an attempt stays."""
        attempts.write(self._connection, self._cipher, settled)

    def lease_over(self, limit: int) -> list[Delivery]:
        """SENDING deliveries whose lease ran out, longest first."""
        return self._first(deliveries.LEASE_OVER, self._now, limit)

    def wait_over(self, limit: int) -> list[Delivery]:
        """UNKNOWN deliveries whose wait is over, longest first."""
        return self._first(deliveries.WAIT_OVER, self._now, limit)

    def dealt_with(self, ids: Sequence[MessageId]) -> None:
        """Take deliveries off ``wait_over``, and off ``undelivered``, until they move again."""
        if ids:
            self._connection.execute(update(table).where(among(table.c.id, ids)).values(asked=True))

    def undelivered(self, sent_before: datetime, limit: int) -> list[Delivery]:
        """SENT deliveries of the phone channel, sent before a time and not dealt with, oldest first."""
        return self._first(deliveries.UNDELIVERED, sent_before, limit)

    def too_late(self, limit: int) -> list[Delivery]:
        """PENDING and HELD deliveries past their use, longest first."""
        return self._first(deliveries.TOO_LATE, self._now, limit)

    def find(self, wanted: Filter) -> list[Delivery]:
        """Deliveries for a person to look at, newest first."""
        return finding.find(self._connection, self._cipher, wanted)

    def find_skipped(self, wanted: Filter) -> list[Skipped]:
        """Skips for a person to look at, newest first."""
        return finding.find_skipped(self._connection, self._cipher, wanted)

    def states(self, after: str, limit: int) -> list[tuple[str, DeliveryState | None]]:
        """Every obligation after an id, in id order; the state of a skip is None."""
        return finding.states(self._connection, after, limit)

    def _load(self, ids: Iterable[str]) -> list[Delivery]:
        return deliveries.load(self._connection, self._cipher, ids)

    def _first(self, listed: Select[Any], by_then: datetime, limit: int) -> list[Delivery]:
        return deliveries.first(self._connection, self._cipher, listed, by_then, limit)

    def _wake(self, due_times: Iterable[datetime | None]) -> None:
        if any(due_at is not None and due_at <= self._now for due_at in due_times):
            self._due = None
            self._on_due()

    def _due_kinds(self) -> frozenset[claims.Kind]:
        if self._due is None:
            self._due = claims.due(self._connection, self._now)
        return self._due
