"""The composition root: the only room that knows everybody. Joins settings, store, doors and steps into a House."""

from adapter.wiring.fittings import (
    new_owner,
    open_alarm,
    open_inspector,
    open_source,
    open_store,
    open_store_at,
    open_tokens,
    read_mapping,
    utc_now,
    zalo_settings,
)
from adapter.wiring.house import House, open_house
from adapter.zalo.inspect import Seen as SeenTemplate

__all__ = [
    "House",
    "SeenTemplate",
    "new_owner",
    "open_alarm",
    "open_house",
    "open_inspector",
    "open_source",
    "open_store",
    "open_store_at",
    "open_tokens",
    "read_mapping",
    "utc_now",
    "zalo_settings",
]
