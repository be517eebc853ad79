"""Words of the province's side: what a one-stop system tells us about a citizen's file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

SourceName = NewType("SourceName", str)
"""Our name of one one-stop system, as written in ``source.yaml``."""

DossierId = NewType("DossierId", str)
"""Keyed pseudonym of (source, identity of the dossier): stable over restores, tells nothing without the key."""

MappingVersion = NewType("MappingVersion", str)
"""Hash of a whole mapping set, as 16 hex digits."""


class Event(StrEnum):
    """What can happen to a dossier: the national statuses 1..10 and what really happens besides (DESIGN 4)."""

    SUBMITTED = "submitted"  #: sent in online, not yet accepted (national status 1)
    RECEIVED = "received"  #: accepted at the desk, receipt handed out (2)
    REFUSED = "refused"  #: not accepted (3)
    STEP = "step"  #: moved on inside the office (4)
    SUPPLEMENT = "supplement"  #: papers are missing, the citizen must act (5)
    PAYMENT = "payment"  #: a fee or tax is due, the citizen must act (6)
    WITHDRAWAL = "withdrawal"  #: the citizen asked to withdraw (7)
    STOPPED = "stopped"  #: processing stopped (8)
    READY = "ready"  #: the result lies at the counter (9)
    RETURNED = "returned"  #: the result was handed over (10)
    RECALLED = "recalled"  #: 9 -> 4: a result announced as ready was taken back
    REOPENED = "reopened"  #: 10 -> 4: a returned dossier is worked on again
    RESCHEDULED = "rescheduled"  #: the due date moved
    SHIPPED = "shipped"  #: the result went by post
    REMINDER = "reminder"  #: something is still expected of the citizen, or an answer stayed unknown
    OVERDUE = "overdue"  #: the due date passed without a result


FieldValue = str | int | datetime
"""A mapped field: text, a whole number (đồng, count), or an aware UTC time."""


class Record:
    """One dossier as the source wrote it: raw strings by path, nothing interpreted.

    A path is the element names below the record joined by ``/``, a repeated element with its position
    (``GiayTo[2]/Ten``), an attribute with ``@``. An ``xsi:nil`` element is absent; an empty element is ``""``.
    Records are equal when their inputs are. Never changes. Shows nothing of itself: it is personal.
    """

    __slots__ = ("_inputs", "wording")

    def __init__(self, *, inputs: Mapping[str, str] | None = None, wording: bytes = b"") -> None:
        self._inputs = inputs
        self.wording: Final = wording
        """As the source spelled it: where that is equal, so are the inputs, unread. Empty when nobody kept it."""

    @property
    def inputs(self) -> Mapping[str, str]:
        """All of it. A door may leave reading it until somebody asks (``_read``)."""
        if self._inputs is None:
            self._inputs = self._read()
        return self._inputs

    def one(self, path: str) -> str | None:
        """What stands under one path, which may be had for less than all of it."""
        return self.inputs.get(path)

    def _read(self) -> Mapping[str, str]:
        return {}

    def __eq__(self, other: object) -> bool:
        return self.inputs == other.inputs if isinstance(other, Record) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # its inputs are a mapping

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A record read through a mapping. Holds what decisions need; ``values`` holds all that templates may name."""

    source: SourceName
    identity: str = field(repr=False)  #: what makes the dossier one dossier at its source (usually the code)
    code: str = field(repr=False)  #: the code the citizen knows; opaque
    office: str
    procedure: str
    status: str  #: the source's own status code
    event: Event | None  #: what this status means; None when the mapping says it means nothing to a citizen
    step: str
    as_of: datetime  #: the source's clock when the record last changed
    happened_at: datetime  #: when the present status began, as far as the source tells; else ``as_of``
    due_at: datetime | None
    applicant: str = field(repr=False)
    phones: str = field(repr=False)  #: the phone field as the desk typed it; may hold several numbers or none
    values: Mapping[str, FieldValue] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What we keep of a dossier between two polls."""

    dossier_id: DossierId
    record: Record
    digest: str
    as_of: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A dossier to be remembered from now on, in place of ``expected`` (None: it is new)."""

    remembered: Remembered
    expected: int | None  #: the version this replaces; the write is refused when another stands there
    source: SourceName
    code: str = field(repr=False)
    office: str
    procedure: str
    status: str
    phone: str = field(
        repr=False
    )  #: the applicant's number as ``84…``, or empty; only to see how many dossiers share it


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A dossier moved. Its natural key is (dossier, version), never a time."""

    dossier_id: DossierId
    version: int
    events: tuple[Event, ...]  #: may be empty: the dossier changed in nothing that has a word
    from_status: str | None  #: None at first sight
    to_status: str
    office: str
    procedure: str
    happened_at: datetime
    late: bool = False  #: first sight of something older than ``first_message_age``: recorded, not told

    @property
    def key(self) -> str:
        """The change's natural key."""
        return f"{self.dossier_id}.{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A closed span of the source's clock, both ends included."""

    start: datetime
    end: datetime


class RunKind(StrEnum):
    """Why a source was read."""

    POLL = "poll"  #: the fast reader
    SWEEP = "sweep"  #: the slow second reader that looks for gaps the fast one left


class RunState(StrEnum):
    """How a reading ended."""

    OPEN = "open"  #: under way, or its process died: the next run of the source takes over what it wrote
    DONE = "done"  #: every page read, interval closed, messages released
    HELD = "held"  #: every page read, but the batch was surprising: messages wait for a person
    CUT = "cut"  #: broke off or could not prove it was complete: records kept, nothing released, nothing closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One reading of a source over one window."""

    id: str
    source: SourceName
    kind: RunKind
    window: Interval
    state: RunState
    started_at: datetime
    finished_at: datetime | None = None
    records: int = 0
    changes: int = 0
    messages: int = 0
    fault: str = ""  #: the fault's class and sentence, without personal data
