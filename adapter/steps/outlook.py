"""Whether messages lie that could go: what a monitor rings for, so night, pauses and quotas must not look like it."""

from collections.abc import Mapping
from datetime import datetime
from itertools import product

from adapter.core import calendar
from adapter.model import Calendar, Channel, Limit, Priority, SendingMode
from adapter.ports import Store, Tx
from adapter.steps.claim import usable


def oldest_due(
    store: Store, days: Calendar | None, limits: Mapping[Channel, tuple[Limit, ...]], mode: SendingMode
) -> datetime | None:
    """Since when the oldest message has been due that a sender at work would have taken; None when there is none.

    What is paused, what may not go in the quiet hours, what finds its allowance used up and what waits behind another
    message of its lane is not stuck. ``days`` None: no quiet hours are known. Cheap. Raises StoreError.
    """
    if mode is SendingMode.OFF:
        return None

    def look(tx: Tx) -> datetime | None:
        if not tx.outbox.waits():
            return None
        lowest = Priority.REPLY if days is not None and calendar.is_quiet(tx.now, days) else Priority.NOTICE
        kinds = [
            (channel, priority)
            for channel, priority in product(Channel, Priority)
            if priority <= lowest and all(_left(tx, limit, priority) for limit in limits[channel])
        ]
        return tx.outbox.oldest_due(kinds, tx.pauses.standing())

    return store.read(look)


def _left(tx: Tx, limit: Limit, priority: Priority) -> bool:
    return tx.allowances.left(usable(limit, priority), urgent=priority <= Priority.REPLY)
