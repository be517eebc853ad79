"""Applying decisions to deliveries: guarded, batched, rows locked in id order."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, update

from adapter.model import Delivery, DeliveryState, MessageId, Move
from adapter.store.bulk import execute_many
from adapter.store.deliveries import lock, stands_as
from adapter.store.schema import deliveries

_APPLY = update(deliveries).where(deliveries.c.id == bindparam("of_id"), deliveries.c.moves == bindparam("of_moves"))

_LANE_KEPT = {DeliveryState.PENDING, DeliveryState.SENDING}
"""From these a way to PENDING shuts no lane that stood open."""


def apply(
    connection: Connection, decided: Sequence[tuple[Delivery, Move]], unknown_until: datetime | None, now: datetime
) -> frozenset[MessageId]:
    """Apply each decision whose delivery still stands as it was given; gives the ids that moved.

    A decision that shuts an open lane again locks all of its dossier first: see ``claims``.
    """
    shut = [
        delivery.message.dossier_id
        for delivery, move in decided
        if move.to is DeliveryState.PENDING and delivery.standing.state not in _LANE_KEPT
    ]
    rows = lock(connection, [delivery.id for delivery, _ in decided], with_dossiers=shut)
    after = [
        _after(delivery, move, unknown_until, now)
        for delivery, move in decided
        if stands_as(delivery, rows.get(delivery.id))
    ]
    execute_many(connection, _APPLY, after)
    return frozenset(MessageId(str(values["of_id"])) for values in after)


def _after(delivery: Delivery, move: Move, unknown_until: datetime | None, now: datetime) -> dict[str, object]:
    """The columns of a delivery after a decision. Zalo's reference and the time of sending outlive later moves."""
    route = delivery.message.routes[move.channel_index]
    sent = move.to is DeliveryState.SENT or (move.to is DeliveryState.DELIVERED and delivery.sent_at is None)
    return {
        "of_id": delivery.id,
        "of_moves": delivery.moves,
        "state": move.to.value,
        "moves": delivery.moves + 1,
        "owner": "",
        "lease_until": None,
        "asked": False,
        "channel_index": move.channel_index,
        "channel": route.channel.value,
        "template": route.template,
        "due_at": move.due_at,
        "tries": move.tries,
        "lapses": move.lapses,
        "code": move.code,
        "reference": move.reference or delivery.reference,
        "sent_at": now if sent else delivery.sent_at,
        # Without an end nobody would ever look at it again.
        "unknown_until": (unknown_until or now) if move.to is DeliveryState.UNKNOWN else None,
    }
