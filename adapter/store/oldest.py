"""How long what could go now has been waiting: a few steps in the senders' own index, however much waits for later."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from adapter.model import Channel, Pause, PauseScope, Priority
from adapter.store.claims import COLUMN_OF_PAUSE, lane_shut
from adapter.store.schema import deliveries
from adapter.store.states import PENDING


def oldest_due(
    connection: Connection, kinds: Iterable[tuple[Channel, Priority]], paused: Sequence[Pause], now: datetime
) -> datetime | None:
    """The earliest due time of these kinds outside these pauses, of what no other message of its lane keeps waiting.

    Walks past what is paused or has to wait for its lane, as a claim does; so it costs at most what a claim costs.
    """
    found = [_oldest(connection, channel, priority, paused, now) for channel, priority in kinds]
    return min((due_at for due_at in found if due_at is not None), default=None)


def _oldest(
    connection: Connection, channel: Channel, priority: Priority, paused: Sequence[Pause], now: datetime
) -> datetime | None:
    if any(pause.scope is PauseScope.ALL or _whole(pause, channel) for pause in paused):
        return None
    left_out = {scope: [pause.name for pause in paused if pause.scope is scope] for scope in COLUMN_OF_PAUSE}
    oldest = (
        select(deliveries.c.due_at)
        .where(
            deliveries.c.state == PENDING,
            deliveries.c.channel == channel.value,
            deliveries.c.priority == priority.value,
            deliveries.c.due_at <= now,
            ~lane_shut(),
            *(COLUMN_OF_PAUSE[scope].not_in(names) for scope, names in left_out.items() if names),
        )
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(1)
    )
    return connection.execute(oldest, {"at_now": now}).scalar_one_or_none()


def _whole(pause: Pause, channel: Channel) -> bool:
    return pause.scope is PauseScope.CHANNEL and pause.name == channel.value
