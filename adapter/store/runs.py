"""Readings of sources and the spans they cover (``ports.Runs``)."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Row, delete, insert, select, update

from adapter.model import Interval, Run, RunKind, RunState, SourceName
from adapter.store.cipher import Cipher
from adapter.store.schema import coverage, runs

ABANDONED = "abandoned: it was still open when the next run began"


class SqlRuns:
    """Runs and coverage in SQL."""

    def __init__(self, connection: Connection, cipher: Cipher, now: datetime) -> None:
        self._connection = connection
        self._cipher = cipher
        self._now = now

    def begin(self, run: Run, partition: str) -> None:
        """Write the run down as open; cut what was left open for this source and partition."""
        self._connection.execute(
            update(runs)
            .where(runs.c.source == run.source, runs.c.partition == partition, runs.c.state == RunState.OPEN)
            .values(state=RunState.CUT, finished_at=self._now, fault=ABANDONED)
        )
        self._connection.execute(
            insert(runs).values(
                id=run.id,
                source=run.source,
                partition=partition,
                kind=run.kind,
                window_start=run.window.start,
                window_end=run.window.end,
                state=RunState.OPEN,
                started_at=run.started_at,
                records=run.records,
                changes=run.changes,
                messages=run.messages,
                fault=run.fault,
            )
        )

    def finish(self, run: Run) -> None:
        """Write down how it ended; an end without a time ended now."""
        self._connection.execute(
            update(runs)
            .where(runs.c.id == run.id)
            .values(
                state=run.state,
                finished_at=run.finished_at or self._now,
                records=run.records,
                changes=run.changes,
                messages=run.messages,
                fault=run.fault,
            )
        )

    def covered(self, source: SourceName, partition: str) -> list[Interval]:
        """The closed intervals, in order, merged."""
        mine = (coverage.c.source == source, coverage.c.partition == partition)
        rows = self._connection.execute(select(coverage.c.start, coverage.c.end).where(*mine))
        return merged(Interval(start=row.start, end=row.end) for row in rows)

    def cover(self, source: SourceName, partition: str, interval: Interval) -> None:
        """Close an interval, swallowing the rows that it overlaps or touches, so that they stay few."""
        if interval.end < interval.start:
            raise ValueError("an interval ends before it starts")
        touched = self._connection.execute(
            select(coverage.c.id, coverage.c.start, coverage.c.end)
            .where(
                coverage.c.source == source,
                coverage.c.partition == partition,
                coverage.c.start <= interval.end,
                coverage.c.end >= interval.start,
            )
            .order_by(coverage.c.id)
            .with_for_update()
        ).all()
        if touched:
            self._connection.execute(delete(coverage).where(coverage.c.id.in_([row.id for row in touched])))
        self._connection.execute(
            insert(coverage).values(
                source=source,
                partition=partition,
                start=min([interval.start, *(row.start for row in touched)]),
                end=max([interval.end, *(row.end for row in touched)]),
            )
        )

    def read_since(self, source: SourceName, partition: str, moment: datetime) -> bool:
        """Whether a run begun after a moment has read, to its end, a window that holds it."""
        whole = (
            select(runs.c.id)
            .where(
                runs.c.source == source,
                runs.c.partition == partition,
                runs.c.state.in_([RunState.DONE, RunState.HELD]),
                runs.c.started_at > moment,
                runs.c.window_start <= moment,
                runs.c.window_end >= moment,
            )
            .limit(1)
        )
        return self._connection.execute(whole).first() is not None

    def recent(self, limit: int) -> list[Run]:
        """The newest runs, newest first."""
        newest = select(runs).order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(limit)
        return [_run(row) for row in self._connection.execute(newest)]


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Intervals in order, joined where they overlap or touch."""
    joined: list[Interval] = []
    for each in sorted(intervals, key=lambda interval: (interval.start, interval.end)):
        if joined and each.start <= joined[-1].end:
            joined[-1] = Interval(start=joined[-1].start, end=max(joined[-1].end, each.end))
        else:
            joined.append(each)
    return joined


def _run(row: Row[*tuple[object, ...]]) -> Run:
    return Run(
        id=row.id,
        source=SourceName(row.source),
        kind=RunKind(row.kind),
        window=Interval(start=row.window_start, end=row.window_end),
        state=RunState(row.state),
        started_at=row.started_at,
        finished_at=row.finished_at,
        records=row.records,
        changes=row.changes,
        messages=row.messages,
        fault=row.fault,
    )
