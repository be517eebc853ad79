"""Words of the mapping set: what the province's admins wrote, read and checked (DESIGN 6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum

from adapter.model.dossier import Event, MappingVersion, SourceName
from adapter.model.message import Channel, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong in a mapping file, said so that its writer can mend it."""

    file: str
    line: int  #: 1-based; 0 when the problem is the file itself
    column: int  #: 1-based
    text: str  #: one Vietnamese sentence
    hint: str = ""  #: what was probably meant, or what to do

    def __str__(self) -> str:
        """``file:line:column: sentence (hint)``, as editors and terminals link it."""
        return f"{self.file}:{self.line}:{self.column}: {self.text}" + (f" ({self.hint})" if self.hint else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """How one field is read from a record: the first path that holds something, through transforms, or the default."""

    name: str
    paths: tuple[str, ...]
    kind: str  #: ``text``, ``time``, ``number``, ``phone``
    transforms: tuple[str, ...] = ()
    required: bool = False
    default: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSpec:
    """What one status code of the source means."""

    code: str
    event: Event | None
    text: str  #: the words for citizens
    trusted: bool = True  #: False: a copy that may lie about 9 (onestop.md 0.3); then ``ready`` needs a result


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One parameter of a ZBS template."""

    name: str
    text: str  #: text with placeholders
    max_length: int
    cut: bool = True  #: too long: cut at a whole character and end with an ellipsis; False: a fault of the row


@dataclass(frozen=True, slots=True, kw_only=True)
class ZbsTemplate:
    """A template as Zalo approved it."""

    template_id: str
    params: tuple[Param, ...]
    timeout_seconds: int = 7200


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One thing we say, in our words and in Zalo's templates."""

    name: str
    text: str  #: the whole text as the citizen reads it; placeholders ``{ten}`` or ``{hen_tra:ngay}``
    zbs: Mapping[Channel, ZbsTemplate]


class AfterUnknown(StrEnum):
    """What to do when a send stays unknown (DESIGN 4.3)."""

    LEAVE = "leave"  #: the next message tells
    REMIND = "remind"  #: a reminder with a key of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """On which event, where, who is told what, and how."""

    name: str
    on: Event
    template: str
    audience: str = "applicant"
    offices: frozenset[str] = frozenset()  #: empty: every office
    procedures: frozenset[str] = frozenset()  #: empty: every procedure
    channels: tuple[Channel, ...] = (Channel.UID, Channel.PHONE)
    priority: Priority = Priority.NOTICE
    enabled: bool = True
    expires_after: timedelta = timedelta(days=14)
    after_unknown: AfterUnknown = AfterUnknown.LEAVE
    reminder_template: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """One counter of the province. Offices end and have successors (two-level government since 2025-07-01)."""

    code: str
    name: str
    address: str = ""
    phone: str = ""
    hours: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of a civil day in Vietnam time; ``end`` before ``start`` runs over midnight."""

    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Days off, make-up days and quiet hours of the province, Vietnam time."""

    days_off: frozenset[date] = frozenset()  #: the province's own decisions, beside the public holidays
    make_up_days: frozenset[date] = frozenset()  #: weekend days worked by decision
    quiet: Span | None = None  #: on working days nothing below ``reply`` is sent in here
    quiet_days_off: Span | None = None  #: the same on days off; None: as on working days


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One SOAP operation: its name and its arguments, as text with placeholders of the reader."""

    name: str
    arguments: Mapping[str, str]
    records: str  #: path below the SOAP body to the repeated record element, by local names
    total: str = ""  #: path to the number of rows in the window, if the source tells it
    success: tuple[str, str] = ("", "")  #: path of the result code, and the value that means success


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """How to call one one-stop system (``source.yaml``)."""

    name: SourceName
    wsdl: str  #: absolute path of the pinned local WSDL; nothing is ever fetched from it
    endpoint: str  #: overrides the address in the WSDL, which is often an inside one
    soap: str  #: ``1.1`` or ``1.2``
    auth_header: str  #: local name of the SOAP header element that carries the login; empty: none
    auth_fields: tuple[str, str]  #: names of its user and password children
    changes: Operation
    lookup: Operation
    identity: tuple[str, ...]  #: fields that make a dossier one dossier
    time_format: str  #: how window ends are written, Vietnam local time (``strftime``)
    every: timedelta  #: poll this often
    overlap: timedelta  #: read again this much before the last closed end
    settle_lag: timedelta  #: rows may appear this late; a younger interval stays provisional
    max_window: timedelta  #: the source accepts no longer window
    page_size: int
    page_overlap: int  #: rows of the last page that are asked for again, so that shifting pages show
    connect_timeout: float
    read_timeout: float
    deadline: float  #: wall clock for one answer, seconds
    max_bytes: int  #: one answer may not be larger, decompressed
    partitions: tuple[str, ...] = ("",)  #: office codes to ask one by one; one empty one: all at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """A whole mapping set, checked: everything the engine asks of what the admins wrote."""

    version: MappingVersion
    source: SourceSpec
    fields: tuple[FieldSpec, ...]
    statuses: Mapping[str, StatusSpec]
    rules: tuple[Rule, ...]
    templates: Mapping[str, Template]
    offices: Mapping[str, Office]
    calendar: Calendar
    files: Mapping[str, str] = field(repr=False)  #: the set itself, so that it can be kept and rendered again
