"""Alarms whose cause is gone are cleared: one that stood for ever would ring nobody when the cause comes back.

And who could not be told of one that stands, because the mail server was away or the command failed, is told again.
"""

from adapter.core.calendar import vietnam_day
from adapter.model import DeliveryState, Snapshot
from adapter.ports import Alarm, Store
from adapter.steps import duty


def relieve(store: Store, alarm: Alarm, owner: str) -> int:
    """One round; gives how many were cleared. Those with an end of their own (source, pause, mapping) are left alone.

    Held messages: cleared when nothing is HELD any more. Sends that stayed unknown: each Vietnam day rings anew. A
    clock: only this host can say that its own is right again.
    """
    snapshot = store.read(lambda tx: tx.snapshot())
    over = [raised.key for raised in snapshot.alarms if _over(raised.key, snapshot, store, owner)]
    for key in over:
        alarm.clear(key)
    alarm.remind()
    return len(over)


def _over(key: str, snapshot: Snapshot, store: Store, owner: str) -> bool:
    kind, _, name = key.partition(":")
    match kind:
        case "held" | "message-held":
            return not snapshot.deliveries[DeliveryState.HELD]
        case "unknown":
            return name != vietnam_day(snapshot.at).isoformat()
        case "clock":
            return name == duty.host_of(owner) and abs(store.clock_skew()) <= duty.MAX_SKEW
        case _:
            return False
