"""The state of things in one transaction, for status, health and metrics. Opens no secret."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, func, select

from adapter.model import DeliveryState, RunState, Snapshot, SourceName, SourceStatus, TokenPair, TokenState
from adapter.store.alarms import SqlAlarms
from adapter.store.cipher import Cipher
from adapter.store.entry_ids import written_at
from adapter.store.pauses import SqlPauses
from adapter.store.schema import coverage, deliveries, runs, skips, tokens, unsealed


def snapshot(connection: Connection, cipher: Cipher, now: datetime) -> Snapshot:
    """Everything counted. Walks an index of all deliveries and skips: for every few seconds, not for every request."""
    waiting, oldest = connection.execute(select(func.count(), func.min(unsealed.c.entry_id))).one()
    return Snapshot(
        at=now,
        sources=tuple(_source(connection, name) for name in _source_names(connection)),
        deliveries=_counts(connection),
        skipped=connection.execute(select(func.count()).select_from(skips)).scalar_one(),
        token=_token(connection),
        pauses=tuple(SqlPauses(connection, cipher, now).standing()),
        alarms=tuple(SqlAlarms(connection, cipher, now).standing()),
        unsealed=waiting,
        oldest_unsealed=None if oldest is None else written_at(oldest),
    )


def _counts(connection: Connection) -> dict[DeliveryState, int]:
    """How many deliveries stand in each state; every state is named."""
    counted = connection.execute(select(deliveries.c.state, func.count()).group_by(deliveries.c.state))
    return dict.fromkeys(DeliveryState, 0) | {DeliveryState(state): count for state, count in counted}


def _source_names(connection: Connection) -> Iterator[str]:
    """Every source that was ever read, in order: a step in the index for each, however many runs there are."""
    name = ""
    while True:
        following = select(func.min(runs.c.source)).where(runs.c.source > name)
        found = connection.execute(following).scalar_one()
        if found is None:
            return
        yield found
        name = found


def _source(connection: Connection, name: str) -> SourceStatus:
    finished = (
        select(runs.c.finished_at, runs.c.fault)
        .where(runs.c.source == name, runs.c.state != RunState.OPEN.value)
        .order_by(runs.c.started_at.desc())
        .limit(1)
    )
    newest = connection.execute(finished).first()
    read_to_its_end = runs.c.state.in_([RunState.DONE.value, RunState.HELD.value])
    done = connection.execute(finished.where(read_to_its_end)).first()
    # The partition that is furthest behind speaks for the source: a stalled one must not hide behind the others.
    ends = select(func.max(coverage.c.end).label("end")).where(coverage.c.source == name).group_by(coverage.c.partition)
    read_until = select(func.min(ends.subquery().c.end))
    return SourceStatus(
        source=SourceName(name),
        last_done_at=None if done is None else done.finished_at,
        read_until=connection.execute(read_until).scalar_one(),
        last_fault="" if newest is None else newest.fault,
    )


def _token(connection: Connection) -> TokenPair | None:
    """The newest pair without its secrets."""
    row = connection.execute(
        select(tokens.c.issued_at, tokens.c.expires_at, tokens.c.generation, tokens.c.state, tokens.c.refreshing_since)
        .order_by(tokens.c.issued_at.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return TokenPair(
        access="",
        refresh="",
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        generation=row.generation,
        state=TokenState(row.state),
        refreshing_since=row.refreshing_since,
    )
