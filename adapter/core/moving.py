"""The verbs of the state table: how each makes a move. Does not know the clock, chance or the store."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

import tenacity

from adapter.model import PROGRAM, Cause, DeliveryState, Move, Pause, PauseScope, Standing

PROBE_EVERY = timedelta(minutes=10)
"""A channel paused by an answer lets one message try this often (zalo.md 4.4)."""

REFUSAL_LASTS = timedelta(days=30)
"""How long a person's refusal of a channel is remembered when Zalo names no time."""

MAX_TRIES = 5
"""After so many waits for one channel, the whole ladder, a person looks at it."""

MAX_LAPSES = 1
"""How often a dropped message is sent again on the same channel when there is no other."""

_LADDER = tenacity.wait_chain(*(tenacity.wait_fixed(seconds) for seconds in (30, 120, 600, 3600, 21600)))


class Verb(Enum):
    """What a cell of the table says."""

    SEND = auto()  #: SENDING
    ACCEPT = auto()  #: SENT
    AGAIN = auto()  #: PENDING, due later on the same channel; HELD when tried too often
    SOON = auto()  #: PENDING, due soon: it provably never left, or a new token is on its way
    WHEN_OPEN = auto()  #: PENDING, due when the window that is shut opens
    NEXT = auto()  #: PENDING on the next channel, else REFUSED
    HOLD = auto()  #: HELD: a person looks at this one
    HOLD_TEMPLATE = auto()  #: HELD, and the template pauses
    PAUSE_CHANNEL = auto()  #: PENDING, and the channel pauses
    DOUBT = auto()  #: UNKNOWN
    NOW = auto()  #: PENDING, due now
    ARRIVE = auto()  #: DELIVERED
    LAPSE = auto()  #: LAPSED
    ONWARD = auto()  #: after a lapse: next channel, or once more later, else REFUSED
    SUPERSEDE = auto()
    CANCEL = auto()
    EXPIRE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a decision is taken, with the times a pure function cannot know."""

    now: datetime
    opening: datetime  #: when Zalo's night is over
    tomorrow: datetime  #: the start of the next Vietnam civil day, when quotas are new
    spread: float  #: in [0, 1): keeps what waits for one window from rushing in together


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that one decision rests on."""

    standing: Standing
    cause: Cause
    moment: Moment
    template: str
    code: str
    reference: str
    retry_at: datetime | None

    def move(
        self,
        to: DeliveryState,
        *,
        due_at: datetime | None = None,
        onward: int = 0,
        tries: int | None = None,
        lapses: int = 0,
        refusal_until: datetime | None = None,
        pause: Pause | None = None,
    ) -> Move:
        """A move that keeps what it does not name; ``onward`` counts channels, ``lapses`` adds."""
        return Move(
            to=to,
            cause=self.cause,
            due_at=due_at,
            channel_index=self.standing.channel_index + onward,
            tries=self.standing.tries if tries is None else tries,
            lapses=self.standing.lapses + lapses,
            code=self.code,
            reference=self.reference,
            refusal_until=refusal_until,
            pause=pause,
        )

    def pause(self, scope: PauseScope, name: str, probe_at: datetime | None) -> Pause:
        """The pause that this answer brings over its whole scope."""
        now = self.moment.now
        return Pause(scope=scope, name=name, reason=f"Zalo {self.code}", by=PROGRAM, since=now, probe_at=probe_at)

    @property
    def has_next(self) -> bool:
        """Whether another channel is left."""
        return self.standing.channel_index + 1 < len(self.standing.channels)


def backoff(tries: int, spread: float) -> timedelta:
    """How long to wait before the next try: 30 s, 2 min, 10 min, 1 h, 6 h (zalo.md 4.4), up to a fifth longer."""
    state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
    state.attempt_number = tries + 1
    return timedelta(seconds=_LADDER(state) * (1 + spread / 5))


def _again(facts: Facts) -> Move:
    if facts.standing.tries >= MAX_TRIES:
        return facts.move(DeliveryState.HELD)
    wait = facts.moment.now + backoff(facts.standing.tries, facts.moment.spread)
    return facts.move(DeliveryState.PENDING, due_at=facts.retry_at or wait, tries=facts.standing.tries + 1)


def _soon(facts: Facts) -> Move:
    # Nothing left the house, so trying for ever harms nobody; but a dead network is not asked more than it must.
    before = facts.standing.tries
    tries = max(before, min(before + 1, 2))
    wait = timedelta(seconds=2) if facts.cause is Cause.TOKEN else backoff(min(before, 1), facts.moment.spread)
    return facts.move(DeliveryState.PENDING, due_at=facts.moment.now + wait, tries=tries)


def _when_open(facts: Facts) -> Move:
    moment = facts.moment
    opens, rush = {
        Cause.RATE: (moment.now.replace(second=0, microsecond=0) + timedelta(minutes=1), timedelta(seconds=10)),
        Cause.NIGHT: (moment.opening, timedelta(minutes=30)),
        Cause.QUOTA: (moment.tomorrow + timedelta(minutes=5), timedelta(minutes=25)),
    }[facts.cause]
    return facts.move(DeliveryState.PENDING, due_at=facts.retry_at or opens + rush * moment.spread)


def _next(facts: Facts) -> Move:
    until = facts.retry_at or facts.moment.now + REFUSAL_LASTS
    if facts.has_next:
        return facts.move(DeliveryState.PENDING, due_at=facts.moment.now, onward=1, tries=0, refusal_until=until)
    return facts.move(DeliveryState.REFUSED, refusal_until=until)


def _hold_template(facts: Facts) -> Move:
    return facts.move(DeliveryState.HELD, pause=facts.pause(PauseScope.TEMPLATE, facts.template, None))


def _pause_channel(facts: Facts) -> Move:
    channel = facts.standing.channels[facts.standing.channel_index]
    pause = facts.pause(PauseScope.CHANNEL, channel, facts.moment.now + PROBE_EVERY)
    return facts.move(DeliveryState.PENDING, due_at=facts.moment.now, pause=pause)


def _onward(facts: Facts) -> Move:
    if facts.has_next:
        return facts.move(DeliveryState.PENDING, due_at=facts.moment.now, onward=1, tries=0)
    if facts.standing.lapses <= MAX_LAPSES:
        later = facts.moment.tomorrow + timedelta(hours=8) + timedelta(minutes=30) * facts.moment.spread
        return facts.move(DeliveryState.PENDING, due_at=later, tries=0)
    return facts.move(DeliveryState.REFUSED)


def _to(state: DeliveryState) -> Callable[[Facts], Move]:
    return lambda facts: facts.move(state)


MAKERS: Mapping[Verb, Callable[[Facts], Move]] = {
    Verb.SEND: _to(DeliveryState.SENDING),
    Verb.ACCEPT: _to(DeliveryState.SENT),
    Verb.AGAIN: _again,
    Verb.SOON: _soon,
    Verb.WHEN_OPEN: _when_open,
    Verb.NEXT: _next,
    Verb.HOLD: _to(DeliveryState.HELD),
    Verb.HOLD_TEMPLATE: _hold_template,
    Verb.PAUSE_CHANNEL: _pause_channel,
    Verb.DOUBT: _to(DeliveryState.UNKNOWN),
    Verb.NOW: lambda facts: facts.move(DeliveryState.PENDING, due_at=facts.moment.now, tries=0),
    Verb.ARRIVE: _to(DeliveryState.DELIVERED),
    Verb.LAPSE: lambda facts: facts.move(DeliveryState.LAPSED, lapses=1),
    Verb.ONWARD: _onward,
    Verb.SUPERSEDE: _to(DeliveryState.SUPERSEDED),
    Verb.CANCEL: _to(DeliveryState.CANCELLED),
    Verb.EXPIRE: _to(DeliveryState.EXPIRED),
}
