"""Taking due deliveries under a lease, one per lane, with several senders at it at once.

The statement is the same for both databases. SQLite has one writer, so nothing can move meanwhile. On PostgreSQL
(READ COMMITTED) senders step round one another's rows (SKIP LOCKED), but whether a lane is free is answered from the
statement's snapshot, and a lane may be shut again behind its back: a held or lapsed message becomes PENDING once more.
So such a move locks its whole dossier first (``moving``), and a claim looks once more after it holds its rows. With
both, the claim sees the reopened message and gives its own back, or the move waits until the claim has committed.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from itertools import product
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Text,
    UpdateBase,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from adapter.model import Channel, ClaimOrder, PauseScope, Priority
from adapter.store.among import among
from adapter.store.schema import deliveries
from adapter.store.schema.columns import Instant
from adapter.store.states import OPEN, PENDING, SENDING, UNKNOWN

COLUMN_OF_PAUSE = {
    PauseScope.TEMPLATE: deliveries.c.template,
    PauseScope.OFFICE: deliveries.c.office,
    PauseScope.RULE: deliveries.c.rule,
}

_NOW: Final = bindparam("at_now", type_=Instant)

_other = deliveries.alias("other")


def take(connection: Connection, order: ClaimOrder, now: datetime) -> list[str]:
    """Turn due PENDING deliveries to SENDING as ordered; gives ids: most urgent first, then longest due, filed."""
    if order.limit <= 0 or _stands_still(order):
        return []
    left_out = {scope: [pause.name for pause in order.paused if pause.scope is scope] for scope in COLUMN_OF_PAUSE}
    named = {scope: names for scope, names in left_out.items() if names}
    claimed = connection.execute(
        _claim(tuple(named)),
        {
            "at_now": now,
            "of_channel": order.channel.value,
            "of_lowest": order.lowest.value,
            "at_most": order.limit,
            "to_owner": order.owner,
            "to_lease": now + timedelta(seconds=order.lease_seconds),
            **{f"not_{scope}": names for scope, names in named.items()},
        },
    )
    taken = [row.id for row in sorted(claimed)]
    given_back = _give_back(connection, taken, now)
    return [id_ for id_ in taken if id_ not in given_back]


Kind = tuple[Channel, Priority]


def due(connection: Connection, now: datetime) -> frozenset[Kind]:
    """Of which kinds something is due, lane and pause or not. A few steps in an index, however many wait for later."""
    found = connection.execute(_DUE, {"at_now": now}).one()
    return frozenset(kind for kind, is_due in zip(_KINDS, found, strict=True) if is_due)


def overdue(connection: Connection, now: datetime) -> bool:
    """Whether something is on the wire past its lease."""
    return connection.execute(_OVERDUE, {"at_now": now}).first() is not None


_KINDS: Final[tuple[Kind, ...]] = tuple(product(Channel, Priority))

_DUE: Final = select(
    *(
        select(literal(1))
        .select_from(deliveries)
        .where(
            deliveries.c.state == PENDING,
            deliveries.c.channel == channel.value,
            deliveries.c.priority == priority.value,
            deliveries.c.due_at <= _NOW,
        )
        .limit(1)
        .scalar_subquery()
        .is_not(None)
        .label(f"{channel.value}_{priority.value}")
        for channel, priority in _KINDS
    )
)

_OVERDUE: Final = (
    select(literal(1))
    .select_from(deliveries)
    .where(deliveries.c.state == SENDING, deliveries.c.lease_until <= _NOW)
    .limit(1)
)


@lru_cache(maxsize=16)
def _claim(left_out: tuple[PauseScope, ...]) -> UpdateBase:
    """The statement, written once: a sender asks several times a second, and composing it costs more than its run."""
    picked = (
        select(deliveries.c.id)
        .where(
            deliveries.c.state == PENDING,
            deliveries.c.channel == bindparam("of_channel", type_=Text),
            deliveries.c.priority <= bindparam("of_lowest", type_=Integer),
            deliveries.c.due_at <= _NOW,
            ~lane_shut(),
            *(COLUMN_OF_PAUSE[scope].not_in(bindparam(f"not_{scope}", expanding=True)) for scope in left_out),
        )
        # Filed one after the other, they stand beside one another in the table: a claim writes few of its pages.
        .order_by(deliveries.c.priority, deliveries.c.due_at, deliveries.c.filed)
        .limit(bindparam("at_most", type_=Integer))
        .with_for_update(skip_locked=True)
        # A CTE is computed once; a plain subquery PostgreSQL may run again for each row, and so take too many.
        .cte("picked")
    )
    return (
        update(deliveries)
        # The guard again: PostgreSQL judges it by the row as it stands once locked. Dressed, so that SQLite looks the
        # picked rows up and does not walk the index on state, and with it every waiting row.
        .where(deliveries.c.id.in_(select(picked.c.id)), func.coalesce(deliveries.c.state, "") == PENDING)
        .values(
            state=SENDING,
            owner=bindparam("to_owner", type_=Text),
            lease_until=bindparam("to_lease", type_=Instant),
            attempt=deliveries.c.attempt + 1,
            moves=deliveries.c.moves + 1,
        )
        .returning(deliveries.c.priority, deliveries.c.due_at, deliveries.c.filed, deliveries.c.id)
    )


def lane_shut() -> ColumnElement[bool]:
    """Another delivery of the lane is on the wire, or goes first and is not settled.

    A scalar subquery where EXISTS would read better: PostgreSQL turns EXISTS into a join and, by old statistics, hashes
    every open delivery for the sake of sixty; a scalar one it always answers through the index on the lane.
    """
    goes_first = tuple_(_other.c.position, _other.c.id) < tuple_(deliveries.c.position, deliveries.c.id)
    waits = or_(_other.c.state == PENDING, and_(_other.c.state == UNKNOWN, _other.c.unknown_until > _NOW))
    return (
        select(_other.c.id)
        .where(
            _other.c.lane == deliveries.c.lane,
            _other.c.id != deliveries.c.id,
            _other.c.state.in_(OPEN),  # says nothing new; names the partial index
            or_(_other.c.state == SENDING, and_(goes_first, waits)),
        )
        .limit(1)
        .scalar_subquery()
        .is_not(None)
    )


def _give_back(connection: Connection, taken: list[str], now: datetime) -> set[str]:
    """Undo the claim of those whose lane turns out to be shut, as if it had never been; gives their ids."""
    if not taken or connection.dialect.name == "sqlite":  # there nothing can have moved meanwhile
        return set()
    return set(connection.execute(_UNDO, {"taken": taken, "at_now": now}).scalars())


_UNDO: Final = (
    update(deliveries)
    .where(among(deliveries.c.id, "taken"), lane_shut())
    .values(
        state=PENDING,
        owner="",
        lease_until=None,
        attempt=deliveries.c.attempt - 1,
        moves=deliveries.c.moves - 1,
    )
    .returning(deliveries.c.id)
)


def _stands_still(order: ClaimOrder) -> bool:
    """The order names pauses of one channel's parts; one of all of it leaves nothing to take."""
    return any(
        pause.scope is PauseScope.ALL or (pause.scope is PauseScope.CHANNEL and pause.name == order.channel.value)
        for pause in order.paused
    )
