"""A machine whose clock is off does nothing that lasts in Zalo's eyes: it neither claims nor spends a refresh token."""

from adapter.ports import Alarm, Store
from adapter.steps import duty


def punctual(store: Store, alarm: Alarm, owner: str) -> bool:
    """Whether this machine's clock agrees with the database's; rings when it does not. Raises StoreError."""
    skew = store.clock_skew()
    if abs(skew) <= duty.MAX_SKEW:
        return True
    duty.clock_off(alarm, owner, skew)
    return False
