"""Words of the outbox: the life of one message (DESIGN 4.1) and what a channel answers."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from adapter.model.message import Channel, Message, MessageId, Priority, Route


class DeliveryState(StrEnum):
    """Where a message stands. Each state belongs to exactly one bucket (DESIGN 4.4)."""

    PENDING = "pending"  #: waits for its time, its lane and a slot
    SENDING = "sending"  #: claimed under a lease; the request may be on the wire
    SENT = "sent"  #: Zalo accepted it
    DELIVERED = "delivered"  #: Zalo says it reached the phone
    UNKNOWN = "unknown"  #: it may have left and no answer came; never blindly sent again
    LAPSED = "lapsed"  #: accepted, but dropped undelivered at the template's timeout
    REFUSED = "refused"  #: every channel said no
    HELD = "held"  #: waits for a person or a repaired template
    SUPERSEDED = "superseded"  #: a newer message says more
    CANCELLED = "cancelled"  #: a person stopped it
    EXPIRED = "expired"  #: too late to help anybody


class Bucket(StrEnum):
    """A line of the balance sheet (DESIGN 4.4)."""

    WAITING = "waiting"
    HELD = "held"
    TOLD = "told"
    UNKNOWN = "unknown"
    NOT_REACHED = "not_reached"  #: lapsed or refused on every channel
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SKIPPED = "skipped"


class Cause(StrEnum):
    """What can befall a delivery. The first eleven are answers of a channel."""

    ACCEPTED = "accepted"
    LATER = "later"  #: Zalo is unwell, try again
    RATE = "rate"  #: the minute's requests are used up
    NIGHT = "night"  #: Zalo does not send this now
    QUOTA = "quota"  #: the day's messages are used up
    PERSON = "person"  #: this person cannot be reached on this channel
    CONTENT = "content"  #: this one row is wrong (a parameter too long, a bad date)
    TEMPLATE = "template"  #: the template is wrong: every row of it would fail
    ACCOUNT = "account"  #: app, OA, right or money: every row of the channel would fail
    TOKEN = "token"  # noqa: S105 - a word, not a secret. The access token was not accepted
    NEVER_LEFT = "never_left"  #: provably not sent: refused connection, no free connection
    UNCLEAR = "unclear"  #: the request may have left; the answer is lost
    CLAIMED = "claimed"
    LEASE_OVER = "lease_over"
    ARRIVED = "arrived"  #: proof that it reached the phone
    NOT_ARRIVED = "not_arrived"  #: proof that it did not (no proof of this kind exists for a phone template)
    WAIT_OVER = "wait_over"  #: ``unknown_wait`` passed without proof
    DROPPED = "dropped"  #: past the template's timeout Zalo still says "not on the phone"
    ONWARD = "onward"  #: after a lapse: is there another way?
    RELEASED = "released"  #: a person or a repaired template lets it go, decided afresh
    OVERTAKEN = "overtaken"
    STOPPED = "stopped"  #: the citizen said stop, or a person cancelled
    TOO_LATE = "too_late"
    SURGE = "surge"  #: the run that made it was surprising


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The channel took the message. Accepted is not delivered."""

    reference: str  #: Zalo's message id
    quota_left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The channel did not take the message, and says so or provably never saw it."""

    cause: Cause
    code: str  #: Zalo's code, or the class of the transport fault
    retry_at: datetime | None = None
    text: str = field(default="", repr=False)  #: Zalo's own words; may quote a parameter, so kept encrypted


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """The request may have reached Zalo and nobody can say."""

    code: str


Answer = Accepted | Refused | Unclear


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All of a delivery that a decision needs."""

    state: DeliveryState
    channels: tuple[Channel, ...]
    channel_index: int
    tries: int  #: attempts on the present channel that ended in "later"
    lapses: int = 0
    given_up: bool = False  #: UNKNOWN, and its wait was dealt with: it was reminded of, or left to the next message


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message's life as it stands in the store."""

    message: Message
    standing: Standing
    attempt: int  #: claims so far; ``<message id>.<attempt>`` is the tracking id
    moves: int  #: state changes so far; orders the ledger's entries about it
    due_at: datetime | None  #: None: its run has not released it
    reference: str = ""
    sent_at: datetime | None = None
    code: str = ""  #: the last answer's code
    owner: str = ""
    released_at: datetime | None = None

    @property
    def id(self) -> MessageId:
        """The message's id."""
        return self.message.id

    @property
    def route(self) -> Route:
        """The way it takes at present."""
        return self.message.routes[self.standing.channel_index]

    @property
    def tracking_id(self) -> str:
        """At most 48 characters; comes back in Zalo's receipt, so that attempts can be told apart."""
        return f"{self.message.id}.{self.attempt}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A decision: where a delivery goes next."""

    to: DeliveryState
    cause: Cause
    due_at: datetime | None = None
    channel_index: int = 0
    tries: int = 0
    lapses: int = 0
    code: str = ""
    reference: str = ""
    refusal_until: datetime | None = None  #: do not try this address on this channel before
    pause: "Pause | None" = None


class PauseScope(StrEnum):
    """What a pause covers."""

    ALL = "all"
    CHANNEL = "channel"
    TEMPLATE = "template"
    OFFICE = "office"
    RULE = "rule"


PROGRAM: Final = "motcua"
"""Who the program itself is where an act names who did it; no person goes by this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Sending stands still for a scope. Set by a person, or by an answer that speaks for the whole scope."""

    scope: PauseScope
    name: str
    reason: str  #: a sentence without personal data
    by: str  #: who: a person's name, or ``PROGRAM``
    since: datetime
    probe_at: datetime | None = None  #: when one message may try whether it is over; None: only a person resumes


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimOrder:
    """What a sender asks for: at most ``limit`` due deliveries of one channel, within these priorities."""

    owner: str
    lease_seconds: float
    channel: Channel
    limit: int
    lowest: Priority  #: nothing less urgent than this (quiet hours, reserved slots)
    paused: tuple[Pause, ...] = ()  #: pauses of templates, offices and rules to leave out


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which deliveries a person wants to see. Empty members ask for all."""

    states: tuple[DeliveryState, ...] = ()
    ids: tuple[MessageId, ...] = ()
    office: str = ""
    rule: str = ""
    run: str = ""
    code: str = ""  #: a dossier code in clear; looked up through its blind index
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The answer to one attempt, on its way into the store."""

    delivery: Delivery  #: as it was claimed for this attempt; it may have moved since
    answer: Answer
    started_at: datetime
    finished_at: datetime

    @property
    def id(self) -> MessageId:
        """The message's id."""
        return self.delivery.id

    @property
    def attempt(self) -> int:
        """Which claim of the delivery this was."""
        return self.delivery.attempt

    @property
    def channel(self) -> Channel:
        """The way the attempt took."""
        return self.delivery.route.channel
