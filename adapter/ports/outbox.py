"""Gateways of what is to be said, to whom, and what sending may use."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from adapter.model import (
    Address,
    Channel,
    ClaimOrder,
    Delivery,
    DeliveryState,
    DossierId,
    Epoch,
    EpochKind,
    Filter,
    Lease,
    Limit,
    Link,
    Message,
    MessageId,
    Move,
    Pause,
    PauseScope,
    Phone,
    Priority,
    Settled,
    Skipped,
    SourceName,
    Uid,
)


class Outbox(Protocol):
    """Messages and their deliveries. Every state change is a guarded update that also counts ``moves`` up."""

    def file(self, run: str, source: SourceName, messages: Sequence[Message], skipped: Sequence[Skipped]) -> None:
        """Write obligations down, messages as PENDING and unreleased (no due time). One that stands already stays.

        A skip that carries ``would_be`` keeps that message readable, without a delivery.
        """

    def file_due(self, messages: Sequence[Message], due_at: datetime) -> None:
        """Write messages down as PENDING and due, outside any run (reminders)."""

    def rebuild(self, delivery: Delivery, message: Message, due_at: datetime | None) -> bool:
        """Put a new revision in the place of an unsent delivery's message (PENDING, due then); False if it moved."""

    def unreleased(self, source: SourceName) -> int:
        """How many messages of a source wait for a run to end."""

    def left_over(self, source: SourceName, run: str) -> list[tuple[str | None, str, int]]:
        """The changes whose messages other runs left waiting: status before, status after, how many."""

    def release(self, source: SourceName, due_at: Mapping[Priority, datetime]) -> int:
        """Let every unreleased message of a source go, due by its priority; gives how many."""

    def hold_unreleased(self, source: SourceName, run: str, code: str) -> list[Delivery]:
        """Turn every unreleased message of a source to HELD, with a reason code; gives them as they stand now.

        Those of earlier runs that were cut become this run's, so that a person finds all of them by the run that rang.
        """

    def unsent(self, dossiers: Iterable[DossierId]) -> list[Delivery]:
        """PENDING and HELD deliveries of these dossiers, locked until the end of the transaction."""

    def waits(self) -> bool:
        """Whether a claim might find something. Cheap, and no promise."""

    def overdue(self) -> bool:
        """Whether something is on the wire past its lease. Cheap."""

    def oldest_due(self, kinds: Iterable[tuple[Channel, Priority]], paused: Sequence[Pause]) -> datetime | None:
        """Since when the oldest message of these kinds has been due that could go: not paused, its lane free."""

    def claim(self, order: ClaimOrder) -> list[Delivery]:
        """Take due deliveries: PENDING to SENDING under a lease, one per lane, most urgent first.

        A lane is free when nothing earlier in it is PENDING or SENDING, nor UNKNOWN still waiting for proof.
        """

    def get(self, ids: Sequence[MessageId]) -> list[Delivery]:
        """Deliveries by id, locked until the end of the transaction, in id order."""

    def move(
        self, moves: Sequence[tuple[Delivery, Move]], unknown_until: datetime | None = None
    ) -> frozenset[MessageId]:
        """Apply decisions, each only if the delivery still stands as given (state and ``moves``).

        ``unknown_until`` is kept with those that become UNKNOWN: their lane stays shut until then.
        Gives the ids that moved.
        """

    def attempted(self, settled: Sequence[Settled]) -> None:
        """Write attempts down with their answers."""

    def lease_over(self, limit: int) -> list[Delivery]:
        """SENDING deliveries whose lease ran out by the database clock."""

    def wait_over(self, limit: int) -> list[Delivery]:
        """UNKNOWN deliveries whose wait is over and that have not been dealt with."""

    def dealt_with(self, ids: Sequence[MessageId]) -> None:
        """Note that an UNKNOWN delivery's wait has been dealt with (left, or reminded)."""

    def undelivered(self, sent_before: datetime, limit: int) -> list[Delivery]:
        """SENT deliveries of the phone channel, sent before a time, whose fate was not asked yet, oldest first."""

    def too_late(self, limit: int) -> list[Delivery]:
        """PENDING and HELD deliveries past ``expires_at``."""

    def find(self, wanted: Filter) -> list[Delivery]:
        """Deliveries for a person to look at, newest first."""

    def find_skipped(self, wanted: Filter) -> list[Skipped]:
        """Skips for a person to look at, newest first (``states`` is not asked)."""

    def states(self, after: str, limit: int) -> list[tuple[str, DeliveryState | None]]:
        """(obligation id, state; None for a skip) in order of id, for the balance: every obligation row there is."""


class Recipients(Protocol):
    """Zalo users of our OA, their links with proof, and who refused what."""

    def link(self, links: Sequence[Link]) -> int:
        """Add links (and their recipients); one that stands already is left; gives how many are new."""

    def revoke(self, link_id: str) -> bool:
        """End a link; False when there is none standing with this id."""

    def links(self, *, revoked: bool = False) -> list[Link]:
        """Links that stand, or with ``revoked`` all that ever were."""

    def linked(self, phones: Iterable[Phone], codes: Iterable[str]) -> dict[str, tuple[Uid, ...]]:
        """Users linked to these phones (key: ``84…``) or dossier codes (key: the code) by a link that stands."""

    def refuse(self, refusals: Sequence[tuple[Address, Channel, datetime, str]]) -> None:
        """Remember that an address refuses a channel until a time, with the code that said so."""

    def refusing(self, addresses: Iterable[Address]) -> set[tuple[Address, Channel]]:
        """Which of these refuse which channel now."""


class Leases(Protocol):
    """Who may be the only one."""

    def take(self, name: str, owner: str, seconds: float) -> Lease | None:
        """Take a free or run-out lease, or renew one's own; None when another holds it."""

    def check(self, lease: Lease) -> None:
        """Raise LeaseLostError when the lease is no longer ours by its fencing number."""

    def drop(self, lease: Lease) -> None:
        """Give it back before its time."""

    def held(self) -> list[Lease]:
        """Every lease that somebody holds now, by name."""

    def last_end(self, prefix: str) -> datetime | None:
        """The latest end, past or to come, of any lease whose name begins so; None when there never was one."""


class Allowances(Protocol):
    """How much sending is left, counted by the database clock."""

    def reserve(self, limit: Limit, wanted: int, *, urgent: bool) -> int:
        """Take up to ``wanted`` from the bucket's present minute or Vietnam day; ``urgent`` may use the reserve."""

    def give_back(self, limit: Limit, unused: int) -> None:
        """Return what was reserved in this transaction and not used."""

    def left(self, limit: Limit, *, urgent: bool) -> bool:
        """Whether the bucket had something left, in this minute and the last, or on this Vietnam day. Takes nothing."""

    def exhaust(self, limit: Limit) -> None:
        """Note that Zalo itself says this bucket is empty for now."""


class Pauses(Protocol):
    """Where sending stands still."""

    def standing(self) -> list[Pause]:
        """All pauses, oldest first."""

    def add(self, pause: Pause) -> bool:
        """Pause a scope by an answer; False when it stood still already (whose pause that is, it is kept)."""

    def order(self, pause: Pause) -> Pause | None:
        """Pause a scope by a person's order, in the place of any pause that stands there; gives that one."""

    def remove(self, scope: PauseScope, name: str) -> bool:
        """Resume a scope; False when it did not stand still."""

    def probed(self, scope: PauseScope, name: str) -> bool:
        """Resume a scope because its probe went through; False for a person's pause, which has none, and for none."""

    def probing(self, scope: PauseScope, name: str, next_probe: datetime) -> None:
        """Note when the next probe of a pause may run; a person's pause, which has none, is left alone."""


class Epochs(Protocol):
    """An epoch begins when a database does not know what was sent before: put back from a backup, or begun empty."""

    def begin(self, kind: EpochKind) -> int:
        """Begin the next epoch now; gives its number, from 1 on."""

    def present(self) -> Epoch | None:
        """The present epoch; None in a database that has known all from the beginning."""

    def hold(self, code: str, limit: int) -> list[Delivery]:
        """Turn what is unsent (PENDING, SENDING, HELD for another reason) to HELD with a code, ``limit`` at a time.

        Gives them as they stand now; none when nothing is left. Only while no sender is at work.
        """

    def leave_unknown(self) -> int:
        """Let every UNKNOWN delivery lie without a reminder, for a person to look at; gives how many."""
