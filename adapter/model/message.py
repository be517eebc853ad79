"""Words of the citizen's side: who is reached, with what, and how it went."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NewType

from adapter.model.dossier import Change, DossierId, Event, MappingVersion

MessageId = NewType("MessageId", str)
"""Id of an obligation and of the message that answers it: 32 hex digits, the same however often it is computed."""


@dataclass(frozen=True, slots=True)
class Uid:
    """A person's id at one Official Account (Zalo: scoped to the OA, a numeric string beyond 2^53)."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Phone:
    """A Vietnamese mobile number as Zalo wants it: ``84`` and nine digits."""

    value: str = field(repr=False)


Address = Uid | Phone


class Channel(StrEnum):
    """A way to reach a person. Chat (``/oa/message/cs``) is a later channel."""

    UID = "uid"  #: ZBS template by OA user id: cheap, needs a linked recipient
    PHONE = "phone"  #: ZBS template by phone number: needs only the dossier's phone


class Priority(IntEnum):
    """Lower goes first. The first two know no quiet hours and have slots of their own."""

    CODE = 0  #: a one-time code
    REPLY = 1  #: an answer to a citizen
    URGENT = 2  #: the citizen must act
    NOTICE = 3  #: everything else


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A Zalo user of our OA."""

    id: str
    uid: Uid
    follows: bool | None  #: None: never told


class LinkKind(StrEnum):
    """What a recipient is linked to."""

    PHONE = "phone"
    DOSSIER = "dossier"


class Proof(StrEnum):
    """How a link was proven. A number somebody merely typed is no proof (zalo.md 6)."""

    COUNTER = "counter"  #: staff saw the person and the receipt
    OTP = "otp"  #: a one-time code sent to the phone came back
    MINI_APP = "mini_app"  #: Zalo handed over the verified number
    IMPORT = "import"  #: taken over from the province's own register, on the importer's word


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A recipient belongs to a phone or a dossier, with the proof of it."""

    id: str
    uid: Uid
    kind: LinkKind
    value: str = field(repr=False)  #: the phone (``84…``) or the dossier code
    proof: Proof
    proved_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way for one message: all that the channel needs, fixed when the message was made."""

    channel: Channel
    address: Address
    template: str  #: our name of the template
    template_id: str  #: Zalo's id of it
    params: Mapping[str, str] = field(repr=False)
    timeout_seconds: int = 7200  #: Zalo drops it, uncharged, when it cannot be delivered in this time


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is to be said to one audience about one change. Never changes; a rebuild is a new revision."""

    id: MessageId
    revision: int
    position: int  #: order within the lane
    change: str  #: key of the change
    rule: str
    audience: str
    event: Event
    dossier_id: DossierId
    office: str
    procedure: str
    priority: Priority
    routes: tuple[Route, ...]  #: tried in this order
    text: str = field(repr=False)  #: what the citizen reads, for staff, demo and evidence
    mapping: MappingVersion
    created_at: datetime
    expires_at: datetime  #: after this it no longer helps anybody
    follows_up: MessageId | None = None  #: set on a reminder made because this message stayed unknown
    readable: bool = True  #: False: kept, but its words and addresses do not open with our keys; they are empty here

    @property
    def lane(self) -> str:
        """Messages of one lane arrive in order: one audience, one dossier."""
        return f"{self.dossier_id}.{self.audience}"


class SkipReason(StrEnum):
    """Why an obligation became no message. Each is a line of the balance sheet."""

    NO_RULE = "no_rule"  #: nothing in the mapping speaks of this event here
    RULE_OFF = "rule_off"  #: the rule is written but switched off
    TOO_OLD = "too_old"  #: first sight of something older than ``first_message_age``
    NO_PHONE = "no_phone"  #: the desk typed none
    BAD_PHONE = "bad_phone"  #: what was typed is no Vietnamese number
    LANDLINE = "landline"  #: a fixed line cannot have Zalo
    SHARED_PHONE = "shared_phone"  #: the number stands on too many dossiers to be one citizen's
    NO_CHANNEL = "no_channel"  #: every address of this person refused us before
    MISSING_FIELD = "missing_field"  #: the template needs a field the record does not have
    TOO_LONG = "too_long"  #: a parameter that may not be cut is longer than Zalo allows
    SENDING_OFF = "sending_off"  #: shadow mode: made, shown, never sent
    NOT_ALLOWED = "not_allowed"  #: ``sending = allow-list`` and this address is not on it
    MOOT = "moot"  #: overtaken before it could be written (a ready and its recall)
    WITHDRAWN = "withdrawn"  #: the citizen asked for silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """An obligation that ends without a message, with its reason."""

    id: MessageId
    change: str
    rule: str  #: empty when no rule spoke
    audience: str
    event: Event | None
    dossier_id: DossierId
    office: str
    procedure: str
    reason: SkipReason
    detail: str = ""  #: the missing field, the rule's name; never personal data
    would_be: Message | None = None  #: in shadow mode: what would have been said


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that one change means: the change and each of its obligations."""

    change: Change
    messages: tuple[Message, ...] = ()
    skipped: tuple[Skipped, ...] = ()
