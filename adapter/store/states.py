"""Delivery states as SQL literals.

Literals, not parameters: both databases use a partial index only for a condition they can read when they plan, and
PostgreSQL plans a prepared statement once for all parameters.
"""

from sqlalchemy import ColumnElement, Text, literal

from adapter.model import DeliveryState


def _word(state: DeliveryState) -> ColumnElement[str]:
    return literal(state.value, Text, literal_execute=True)


PENDING = _word(DeliveryState.PENDING)
SENDING = _word(DeliveryState.SENDING)
SENT = _word(DeliveryState.SENT)
UNKNOWN = _word(DeliveryState.UNKNOWN)
HELD = _word(DeliveryState.HELD)

OPEN = (PENDING, SENDING, UNKNOWN)
"""What may shut a lane; word for word the condition of the index ``ix_deliveries_lane``."""
