"""Ids of ledger entries: 32 hex digits that sort by time, then by order within their transaction."""

import secrets
from datetime import datetime

from adapter.store.schema.columns import EPOCH, MILLISECOND


def entry_id(now: datetime, position: int) -> str:
    """12 digits of milliseconds since 1970, 6 of the position within the transaction, 14 of chance."""
    return f"{(now - EPOCH) // MILLISECOND:012x}{position:06x}{secrets.token_hex(7)}"


def written_at(id_: str) -> datetime:
    """The time in an id, aware UTC."""
    return EPOCH + int(id_[:12], 16) * MILLISECOND
