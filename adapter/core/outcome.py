"""What becomes of a delivery: state x cause -> next (DESIGN 4.1). Does not know the clock, chance or the store.

A pair that is not in ``TABLE`` changes nothing: settled states never move back, and what comes too late is only kept.
Answers that come after the lease ran out (the old owner's late settle) are proof: UNKNOWN takes them as SENDING does.
Only what was given up is not sent again by them: its reminder, or a newer message, may have told the citizen already.
"""

from collections.abc import Mapping
from datetime import datetime

from adapter.core.moving import MAKERS, Facts, Moment, Verb
from adapter.model import Bucket, Cause, DeliveryState, Move, Standing

_ANSWERS: Mapping[Cause, Verb] = {
    Cause.ACCEPTED: Verb.ACCEPT,
    Cause.LATER: Verb.AGAIN,
    Cause.RATE: Verb.WHEN_OPEN,
    Cause.NIGHT: Verb.WHEN_OPEN,
    Cause.QUOTA: Verb.WHEN_OPEN,
    Cause.PERSON: Verb.NEXT,
    # One row's bad value must not silence a whole template, so only TEMPLATE pauses it (zalo.md 4 tells them apart).
    Cause.CONTENT: Verb.HOLD,
    Cause.TEMPLATE: Verb.HOLD_TEMPLATE,
    Cause.ACCOUNT: Verb.PAUSE_CHANNEL,
    Cause.TOKEN: Verb.SOON,
    Cause.NEVER_LEFT: Verb.SOON,
}

_UNSENT: Mapping[Cause, Verb] = {
    Cause.OVERTAKEN: Verb.SUPERSEDE,
    Cause.STOPPED: Verb.CANCEL,
    Cause.TOO_LATE: Verb.EXPIRE,
}

_ROWS: Mapping[DeliveryState, Mapping[Cause, Verb]] = {
    DeliveryState.PENDING: {
        **_UNSENT,
        Cause.CLAIMED: Verb.SEND,
        Cause.SURGE: Verb.HOLD,
        # A late word about an earlier attempt cancels the attempt that waits.
        Cause.ACCEPTED: Verb.ACCEPT,
        Cause.ARRIVED: Verb.ARRIVE,
    },
    DeliveryState.SENDING: {
        **_ANSWERS,
        Cause.UNCLEAR: Verb.DOUBT,
        Cause.LEASE_OVER: Verb.DOUBT,
        Cause.STOPPED: Verb.CANCEL,  # only by its owner, before it was handed to the channel
    },
    DeliveryState.UNKNOWN: {**_ANSWERS, Cause.ARRIVED: Verb.ARRIVE, Cause.NOT_ARRIVED: Verb.NOW},
    DeliveryState.SENT: {Cause.ARRIVED: Verb.ARRIVE, Cause.DROPPED: Verb.LAPSE},
    DeliveryState.LAPSED: {Cause.ARRIVED: Verb.ARRIVE, Cause.ONWARD: Verb.ONWARD},
    # The same late words: what is known to have arrived must not be released and said twice.
    DeliveryState.HELD: {
        **_UNSENT,
        Cause.RELEASED: Verb.NOW,
        Cause.ACCEPTED: Verb.ACCEPT,
        Cause.ARRIVED: Verb.ARRIVE,
    },
}

TABLE: Mapping[tuple[DeliveryState, Cause], Verb] = {
    (state, cause): verb for state, row in _ROWS.items() for cause, verb in row.items()
}

BUCKETS: Mapping[DeliveryState, Bucket] = {
    DeliveryState.PENDING: Bucket.WAITING,
    DeliveryState.SENDING: Bucket.WAITING,
    DeliveryState.HELD: Bucket.HELD,
    DeliveryState.SENT: Bucket.TOLD,
    DeliveryState.DELIVERED: Bucket.TOLD,
    DeliveryState.UNKNOWN: Bucket.UNKNOWN,
    DeliveryState.LAPSED: Bucket.NOT_REACHED,
    DeliveryState.REFUSED: Bucket.NOT_REACHED,
    DeliveryState.SUPERSEDED: Bucket.SUPERSEDED,
    DeliveryState.CANCELLED: Bucket.CANCELLED,
    DeliveryState.EXPIRED: Bucket.EXPIRED,
}


def decide(
    standing: Standing,
    cause: Cause,
    moment: Moment,
    *,
    template: str = "",
    code: str = "",
    reference: str = "",
    retry_at: datetime | None = None,
) -> Move | None:
    """The next state of a delivery, or None when this cause changes nothing here.

    Args:
        standing: how the delivery stands.
        cause: what befell it.
        moment: the times to reckon with.
        template: the template of the present route, for the pause that a template fault brings.
        code: Zalo's code, kept with the delivery.
        reference: Zalo's message id of an accepted one.
        retry_at: the time Zalo itself named, if it did.
    """
    verb = TABLE.get((standing.state, cause))
    if verb is None:
        return None
    facts = Facts(
        standing=standing,
        cause=cause,
        moment=moment,
        template=template,
        code=code,
        reference=reference,
        retry_at=retry_at,
    )
    move = MAKERS[verb](facts)
    return None if standing.given_up and move.to is DeliveryState.PENDING else move
