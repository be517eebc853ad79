"""Words of the engine room: leases, tokens, allowance, alarms, the ledger's entries, the state of things."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from adapter.model.delivery import DeliveryState, Pause
from adapter.model.dossier import SourceName

EntryId = NewType("EntryId", str)
"""Time-ordered id of a ledger entry."""


class SendingMode(StrEnum):
    """Whether citizens are told at all. ``init`` writes ``off``: a shadow week shows what would be said."""

    OFF = "off"
    ALLOW_LIST = "allow-list"
    ON = "on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to be the only one doing something, until it runs out. ``fence`` grows with every new holder."""

    name: str
    owner: str
    fence: int
    expires_at: datetime


class EpochKind(StrEnum):
    """Why an epoch began; also the reason code of what is HELD for it."""

    RESTORED = "restored"  #: the database was put back from a backup
    NEW = "new-database"  #: the database began empty, under keys that stood before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """From here on the database knows what was told; what was told before nobody knows here."""

    number: int  #: from 1 on
    began_at: datetime
    kind: EpochKind


class TokenState(StrEnum):
    """How the token pair stands."""

    FRESH = "fresh"
    REFRESHING = "refreshing"  #: the refresh token may be spent; its answer is awaited or lost
    LOST = "lost"  #: only a person can help: a new consent or a pair from the API Explorer


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """Zalo's OAuth pair. The refresh token is single use; a new pair kills the old access token (zalo.md 1.3)."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    issued_at: datetime
    expires_at: datetime  #: of the access token
    generation: int  #: grows with every pair
    state: TokenState = TokenState.FRESH
    refreshing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many requests a bucket of Zalo's allows in a minute or a Vietnam civil day. ``cap`` 0: no limit."""

    bucket: str
    per: str  #: ``minute`` or ``day``
    cap: int
    reserved: int = 0  #: kept for codes and replies, and as much again from notices for what is urgent


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act in the ledger. ``body`` holds no personal data: personal fields are salted commitments in it."""

    id: EntryId
    at: datetime
    kind: str
    body: bytes  #: canonical JSON (RFC 8785)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An act to be written down: what was done, in plain facts and in personal ones kept apart."""

    kind: str
    facts: Mapping[str, object]
    personal: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """An entry's place in the ledger. ``leaf`` is its RFC 9162 leaf hash."""

    seq: int
    entry: EntryId
    leaf: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An alarm that stands."""

    key: str
    sentence: str  #: one sentence that says what to do, Vietnamese
    since: datetime


class AlarmState(StrEnum):
    """What an outlet is told of an alarm."""

    RAISED = "raised"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """An outlet that is still to be told that an alarm stands, or is over."""

    key: str
    outlet: str
    state: AlarmState
    sentence: str
    tries: int  #: how often it was tried again


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """How far a source has been read."""

    source: SourceName
    last_done_at: datetime | None
    read_until: datetime | None
    last_fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The state of things at one moment, for ``status``, health and metrics. Ages are for the reader to compute."""

    at: datetime
    sources: tuple[SourceStatus, ...]
    deliveries: Mapping[DeliveryState, int]
    skipped: int
    token: TokenPair | None
    pauses: tuple[Pause, ...]
    alarms: tuple[Raised, ...]
    unsealed: int
    oldest_unsealed: datetime | None
