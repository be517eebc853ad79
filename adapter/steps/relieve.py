"""Alarms whose cause is gone are cleared: one that stood for ever would ring nobody when the cause comes back.

And who could not be told of one that stands, because the mail server was away or the command failed, is told again.
"""

from datetime import datetime, timedelta
from typing import Final

from adapter.core.calendar import vietnam_day
from adapter.model import DeliveryState, Raised, Snapshot
from adapter.ports import Alarm, Store
from adapter.steps import duty, takeover

GONE_AFTER: Final = timedelta(hours=6)
"""A host on which no daemon has been at work for so long is gone: repaired, renamed or replaced."""


def relieve(store: Store, alarm: Alarm, owner: str) -> int:
    """One round; gives how many were cleared. Those with an end of their own (source, pause, mapping) are left alone.

    Held messages: cleared when nothing is HELD any more. Sends that stayed unknown: each Vietnam day rings anew. A
    clock: only this host can say that its own is right again. What a host rang for that no daemon has worked on for
    hours: nobody is left who could clear it. Also tells those again who could not be told.
    """
    snapshot = store.read(lambda tx: tx.snapshot())
    over = [raised.key for raised in snapshot.alarms if _over(raised, snapshot, store, owner)]
    for key in over:
        alarm.clear(key)
    alarm.remind()
    return len(over)


def _over(raised: Raised, snapshot: Snapshot, store: Store, owner: str) -> bool:
    kind, _, name = raised.key.partition(":")
    match kind:
        case "held" | "message-held":
            return not snapshot.deliveries[DeliveryState.HELD]
        case "unknown":
            return name != vietnam_day(snapshot.at).isoformat()
        case "clock" if name == duty.host_of(owner):
            return abs(store.clock_skew()) <= duty.MAX_SKEW
        case "clock" | "database" | "zalo-away" | "work":
            return _gone(name.partition(":")[0], raised.since, snapshot.at, store)
        case _:
            return False


def _gone(host: str, since: datetime, now: datetime, store: Store) -> bool:
    """Whether a host rang hours ago, and no daemon has been at work on it for hours either."""
    last = store.read(lambda tx: tx.leases.last_end(f"{takeover.DAEMON}{host}:"))
    return now - max(since, last or since) > GONE_AFTER
