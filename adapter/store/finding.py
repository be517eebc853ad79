"""Deliveries and skips for a person to look at, and the states of all for the balance sheet."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, null, select, union_all

from adapter.model import Delivery, DeliveryState, DossierId, Event, Filter, MessageId, Skipped, SkipReason
from adapter.store.cipher import Cipher
from adapter.store.contents import to_message
from adapter.store.deliveries import every_column, joined, to_delivery
from adapter.store.schema import deliveries, dossiers, messages, skips


def find(connection: Connection, cipher: Cipher, wanted: Filter) -> list[Delivery]:
    """Deliveries by filter, newest message first."""
    conditions = _conditions(deliveries, messages, cipher, wanted)
    if wanted.states:
        conditions.append(deliveries.c.state.in_([state.value for state in wanted.states]))
    rows = connection.execute(
        select(*every_column)
        .select_from(joined)
        .where(*conditions)
        .order_by(messages.c.created_at.desc(), deliveries.c.id.desc())
        .limit(wanted.limit)
    )
    return [to_delivery(row, cipher) for row in rows.all()]


def find_skipped(connection: Connection, cipher: Cipher, wanted: Filter) -> list[Skipped]:
    """Skips by filter, newest first, each with the message that would have been."""
    found = connection.execute(
        select(*skips.c)
        .where(*_conditions(skips, skips, cipher, wanted))
        .order_by(skips.c.created_at.desc(), skips.c.id.desc())
        .limit(wanted.limit)
    ).all()
    unsaid = connection.execute(select(*messages.c).where(messages.c.id.in_([row.id for row in found]))).all()
    would_be = {row.id: to_message(row, cipher) for row in unsaid}
    return [
        Skipped(
            id=MessageId(row.id),
            change=row.change,
            rule=row.rule,
            audience=row.audience,
            event=None if row.event is None else Event(row.event),
            dossier_id=DossierId(row.dossier_id),
            office=row.office,
            procedure=row.procedure,
            reason=SkipReason(row.reason),
            detail=row.detail,
            would_be=would_be.get(row.id),
        )
        for row in found
    ]


def states(connection: Connection, after: str, limit: int) -> list[tuple[str, DeliveryState | None]]:
    """Every obligation after an id, in id order: (id, state), None for a skip."""

    def page(table: Table, state: ColumnElement[Any]) -> Any:
        # Each half is limited by itself, so that either index is read no further than needed.
        half = select(table.c.id, state.label("state")).where(table.c.id > after).order_by(table.c.id).limit(limit)
        return select(half.subquery())

    both = union_all(page(deliveries, deliveries.c.state), page(skips, null())).subquery()
    rows = connection.execute(select(both.c.id, both.c.state).order_by(both.c.id).limit(limit))
    return [(row.id, None if row.state is None else DeliveryState(row.state)) for row in rows]


def _conditions(table: Table, about: Table, cipher: Cipher, wanted: Filter) -> list[ColumnElement[bool]]:
    """What both lists can be asked for. ``about`` is the table that names the dossier."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.ids:
        conditions.append(table.c.id.in_(wanted.ids))
    for column, word in ((table.c.office, wanted.office), (table.c.rule, wanted.rule), (table.c.run, wanted.run)):
        if word:
            conditions.append(column == word)
    if wanted.code:
        coded = select(dossiers.c.id).where(dossiers.c.code_index == cipher.index("code", wanted.code))
        conditions.append(about.c.dossier_id.in_(coded))
    return conditions
