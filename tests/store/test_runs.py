import dataclasses
from datetime import datetime, timedelta
from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapter.model import Interval, Run, RunKind, RunState, SourceName
from adapter.ports import Store
from adapter.store.engine import open_engines
from adapter.store.runs import merged
from tests.store.clocks import START, FakeClock
from tests.store.samples import SOURCE


def _at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def _span(start: float, end: float) -> Interval:
    return Interval(start=_at(start), end=_at(end))


def _run(number: int, *, source: SourceName = SOURCE, kind: RunKind = RunKind.POLL) -> Run:
    return Run(
        id=f"run{number}", source=source, kind=kind, window=_span(0, 5), state=RunState.OPEN, started_at=_at(number)
    )


def _begin(store: Store, run: Run, partition: str = "") -> None:
    store.write("test", lambda tx: tx.runs.begin(run, partition))


def _cover_one(store: Store, span: Interval, partition: str) -> None:
    store.write("test", lambda tx: tx.runs.cover(SOURCE, partition, span))


def _cover(store: Store, *spans: Interval, partition: str = "") -> list[Interval]:
    for span in spans:
        _cover_one(store, span, partition)
    return store.read(lambda tx: tx.runs.covered(SOURCE, partition))


def test_a_run_is_told_as_it_ended(store: Store) -> None:
    _begin(store, _run(1))
    assert store.read(lambda tx: tx.runs.recent(5)) == [_run(1)]
    done = dataclasses.replace(
        _run(1), state=RunState.DONE, finished_at=_at(9), records=5, changes=4, messages=3, fault="none"
    )
    store.write("test", lambda tx: tx.runs.finish(done))
    assert store.read(lambda tx: tx.runs.recent(5)) == [done]


def test_an_end_without_a_time_is_now(clocked: Store, clock: FakeClock) -> None:
    _begin(clocked, _run(1))
    clock.advance(90)
    clocked.write("test", lambda tx: tx.runs.finish(dataclasses.replace(_run(1), state=RunState.CUT)))
    assert clocked.read(lambda tx: tx.runs.recent(1))[0].finished_at == clock.now


def test_a_new_run_cuts_what_was_left_open_of_its_source_and_partition(store: Store) -> None:
    done = dataclasses.replace(_run(5), state=RunState.DONE, finished_at=_at(6))
    for run, partition in ((_run(1), ""), (_run(2), "h57"), (_run(3, source=SourceName("x")), ""), (_run(5), "")):
        _begin(store, run, partition)
    store.write("test", lambda tx: tx.runs.finish(done))
    _begin(store, _run(6))
    told = {run.id: run for run in store.read(lambda tx: tx.runs.recent(9))}
    assert {number: run.state for number, run in told.items()} == {
        "run1": RunState.CUT,
        "run2": RunState.OPEN,
        "run3": RunState.OPEN,
        "run5": RunState.DONE,
        "run6": RunState.OPEN,
    }
    assert told["run1"].finished_at is not None
    assert "abandoned" in told["run1"].fault


def test_the_newest_runs_come_first_and_no_more_than_asked(store: Store) -> None:
    for number in (2, 1, 3):
        _begin(store, _run(number), str(number))
    assert [run.id for run in store.read(lambda tx: tx.runs.recent(2))] == ["run3", "run2"]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], []),
        ([(0, 5)], [(0, 5)]),
        ([(0, 5), (5, 10)], [(0, 10)]),
        ([(5, 10), (0, 5)], [(0, 10)]),
        ([(0, 5), (6, 10)], [(0, 5), (6, 10)]),
        ([(6, 10), (0, 5)], [(0, 5), (6, 10)]),
        ([(0, 5), (6, 10), (4, 7)], [(0, 10)]),
        ([(0, 10), (2, 3)], [(0, 10)]),
        ([(2, 3), (0, 10)], [(0, 10)]),
        ([(0, 1), (2, 3), (4, 5), (1, 4)], [(0, 5)]),
        ([(3, 3)], [(3, 3)]),
        ([(0, 5), (0, 5)], [(0, 5)]),
    ],
)
def test_intervals_merge_where_they_touch(
    store: Store, spans: list[tuple[int, int]], expected: list[tuple[int, int]]
) -> None:
    assert _cover(store, *(_span(*each) for each in spans)) == [_span(*each) for each in expected]


def test_partitions_and_sources_are_apart(store: Store) -> None:
    assert _cover(store, _span(0, 5), partition="a") == [_span(0, 5)]
    assert _cover(store, partition="b") == []
    assert store.read(lambda tx: tx.runs.covered(SourceName("x"), "a")) == []


def test_a_day_of_polls_leaves_one_row(store: Store, database: str) -> None:
    assert _cover(store, *(_span(minute, minute + 2) for minute in range(60))) == [_span(0, 61)]
    engines = open_engines(database)
    with engines.connect_reader() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM coverage").scalar() == 1
    engines.dispose()


def test_an_interval_that_ends_before_it_starts_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="ends before"):
        _cover(store, _span(5, 0))


PARTITIONS = count()
"""One for each example, as examples share the database."""

minutes = st.integers(min_value=0, max_value=40)


@given(pairs=st.lists(st.tuples(minutes, minutes), max_size=12))
def test_merging_keeps_every_point_and_adds_none(pairs: list[tuple[int, int]]) -> None:
    spans = [_span(min(pair), max(pair)) for pair in pairs]
    joined = merged(spans)

    def holds(intervals: list[Interval], point: datetime) -> bool:
        return any(each.start <= point <= each.end for each in intervals)

    for half in range(-1, 82):
        assert holds(joined, _at(half / 2)) == holds(spans, _at(half / 2))
    assert all(before.end < after.start for before, after in pairwise(joined))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(st.tuples(minutes, minutes), max_size=8))
def test_covering_one_by_one_is_merging_all(store: Store, pairs: list[tuple[int, int]]) -> None:
    spans = [_span(min(pair), max(pair)) for pair in pairs]
    assert _cover(store, *spans, partition=str(next(PARTITIONS))) == merged(spans)
