"""Deliveries as rows: locking them, reading them, and the lists that the engine works off."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Integer, Row, Select, and_, bindparam, func, or_, select

from adapter.model import Channel, Delivery, DeliveryState, Phone, Route, Standing
from adapter.store.among import among
from adapter.store.cipher import Cipher
from adapter.store.contents import to_message
from adapter.store.schema import deliveries, messages
from adapter.store.schema.columns import Instant
from adapter.store.states import HELD, PENDING, SENDING, SENT, UNKNOWN

joined = deliveries.join(messages, and_(messages.c.id == deliveries.c.id, messages.c.revision == deliveries.c.revision))
"""A delivery beside the message revision it carries."""

every_column = (
    *deliveries.c,
    messages.c.change,
    messages.c.audience,
    messages.c.event,
    messages.c.dossier_id,
    messages.c.procedure,
    messages.c.content,
    messages.c.mapping,
    messages.c.created_at,
    messages.c.follows_up,
)
"""All of both, each name once: what stands in both tables is the same in both."""


def to_delivery(row: Row[Any], cipher: Cipher) -> Delivery:
    """The delivery of a row with ``every_column``. A message that does not open has the way in clear, to nobody."""
    message = to_message(row, cipher)
    if not message.readable:
        message = replace(message, routes=(_way(row),) * (row.channel_index + 1))
    return Delivery(
        message=message,
        standing=Standing(
            state=DeliveryState(row.state),
            channels=tuple(route.channel for route in message.routes),
            channel_index=row.channel_index,
            tries=row.tries,
            lapses=row.lapses,
            given_up=row.state == DeliveryState.UNKNOWN.value and row.asked,
        ),
        attempt=row.attempt,
        moves=row.moves,
        due_at=row.due_at,
        reference=row.reference,
        sent_at=row.sent_at,
        code=row.code,
        owner=row.owner,
        released_at=row.released_at,
    )


def _way(row: Row[Any]) -> Route:
    return Route(channel=Channel(row.channel), address=Phone(""), template=row.template, template_id="", params={})


_LOAD: Final = select(*every_column).select_from(joined).where(among(deliveries.c.id, "ids")).order_by(deliveries.c.id)
"""This and its neighbours are composed once: for a sender's small batches that would cost more than running them."""

_LOCK: Final = (
    select(deliveries.c.id, deliveries.c.state, deliveries.c.moves)
    .where(among(deliveries.c.id, "ids"))
    .order_by(deliveries.c.id)
    .with_for_update()
)

_OF_DOSSIERS: Final = select(messages.c.id).where(among(messages.c.dossier_id, "dossiers"))

_LOCK_UNSENT: Final = (
    select(deliveries.c.id)
    # The state dressed, so that SQLite looks these few up and does not walk the index on state with all that waits.
    .where(deliveries.c.id.in_(_OF_DOSSIERS), func.coalesce(deliveries.c.state, "").in_((PENDING, HELD)))
    .order_by(deliveries.c.id)
    .with_for_update()
)


def load(connection: Connection, cipher: Cipher, ids: Iterable[str]) -> list[Delivery]:
    """The deliveries with these ids, in id order; unknown ids are absent. Locks nothing."""
    wanted = list(ids)
    return [to_delivery(row, cipher) for row in connection.execute(_LOAD, {"ids": wanted}).all()] if wanted else []


def lock(connection: Connection, ids: Iterable[str], *, with_dossiers: Iterable[str] = ()) -> dict[str, Row[Any]]:
    """Lock these rows, and every row of the dossiers, until the transaction ends, in id order; a guard's columns.

    SQLite's writer has the whole database to itself; its dialect leaves the clause out. Never joined with another
    table: a row that changed while PostgreSQL waited for it is judged anew beside the *old* rows of the other table,
    and may vanish from the answer.
    """
    wanted = set(ids)
    if dossiers := set(with_dossiers):
        wanted.update(connection.execute(_OF_DOSSIERS, {"dossiers": dossiers}).scalars())
    rows: Any = connection.execute(_LOCK, {"ids": wanted}).all() if wanted else ()
    return {row.id: row for row in rows}


def lock_unsent(connection: Connection, dossiers: Sequence[str]) -> list[str]:
    """Lock the PENDING and HELD deliveries of these dossiers, in id order; gives their ids."""
    return list(connection.execute(_LOCK_UNSENT, {"dossiers": dossiers}).scalars()) if dossiers else []


def stands_as(delivery: Delivery, row: Row[Any] | None) -> bool:
    """Whether a locked row is still what somebody decided about."""
    return row is not None and row.state == delivery.standing.state.value and row.moves == delivery.moves


def _first_by(by: Column[Any], which: ColumnElement[bool]) -> Select[Any]:
    return select(deliveries.c.id).where(which).order_by(by, deliveries.c.id).limit(bindparam("at_most", type_=Integer))


_BY: Final = bindparam("by_then", type_=Instant)

LEASE_OVER: Final = _first_by(
    deliveries.c.lease_until, and_(deliveries.c.state == SENDING, deliveries.c.lease_until <= _BY)
)
"""On the wire under a lease that ran out."""

WAIT_OVER: Final = _first_by(
    deliveries.c.unknown_until,
    and_(deliveries.c.state == UNKNOWN, ~deliveries.c.asked, deliveries.c.unknown_until <= _BY),
)
"""Unknown, waited for long enough, not dealt with."""

UNDELIVERED: Final = _first_by(
    deliveries.c.sent_at,
    and_(
        deliveries.c.state == SENT,
        deliveries.c.channel == Channel.PHONE.value,
        ~deliveries.c.asked,
        deliveries.c.sent_at <= _BY,
    ),
)
"""Accepted by phone some time ago, and nobody has asked what became of it."""

TOO_LATE: Final = _first_by(
    deliveries.c.expires_at,
    and_(or_(deliveries.c.state == PENDING, deliveries.c.state == HELD), deliveries.c.expires_at <= _BY),
)
"""Unsent, and no longer of help to anybody."""


def first(connection: Connection, cipher: Cipher, listed: Select[Any], by_then: datetime, limit: int) -> list[Delivery]:
    """The first deliveries of one of the lists above, in its order and then by id. Locks nothing: moves are guarded."""
    ids = connection.execute(listed, {"by_then": by_then, "at_most": limit}).scalars().all()
    found = {delivery.id: delivery for delivery in load(connection, cipher, ids)}  # nearly always there are none
    return [found[id_] for id_ in ids if id_ in found]
