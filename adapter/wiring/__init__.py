"""The composition root: the only room that knows everybody. Joins settings, store, doors and steps into a House.

A name is fetched from its module when it is first asked for: whoever only opens the store does not wait for the
libraries of every door. ``__init__.pyi`` says the same to those who check types.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "House": "house",
    "SeenTemplate": "fittings",
    "new_owner": "books",
    "open_alarm": "books",
    "open_house": "house",
    "open_inspector": "fittings",
    "open_source": "fittings",
    "open_store": "books",
    "open_store_at": "books",
    "open_tokens": "fittings",
    "read_mapping": "books",
    "utc_now": "books",
    "zalo_settings": "fittings",
}


def __getattr__(name: str) -> Any:
    """A name of this room, kept for the next time (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found
