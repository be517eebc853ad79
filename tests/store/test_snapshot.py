from dataclasses import replace
from datetime import timedelta

import pytest

from adapter.model import (
    Act,
    DeliveryState,
    Interval,
    Pause,
    PauseScope,
    Raised,
    Run,
    RunKind,
    RunState,
    Snapshot,
    SourceName,
    SourceStatus,
    TokenPair,
    TokenState,
)
from adapter.ports import Store
from tests.store.clocks import START, FakeClock
from tests.store.letters import SOURCE, file, message, put, skip

HOUR = timedelta(hours=1)


def _snapshot(store: Store) -> Snapshot:
    return store.read(lambda tx: tx.snapshot())


def _run(store: Store, name: str, state: RunState, *, source: SourceName = SOURCE, fault: str = "", hours: int) -> None:
    run = Run(
        id=name,
        source=source,
        kind=RunKind.POLL,
        window=Interval(start=START, end=START + HOUR),
        state=RunState.OPEN,
        started_at=START + hours * HOUR,
    )
    store.write("test", lambda tx: tx.runs.begin(run, ""))
    if state is not RunState.OPEN:
        ended = replace(run, state=state, fault=fault, finished_at=run.started_at + timedelta(minutes=1))
        store.write("test", lambda tx: tx.runs.finish(ended))


def test_an_empty_store_has_nothing_to_tell(clocked: Store) -> None:
    assert _snapshot(clocked) == Snapshot(
        at=START,
        sources=(),
        deliveries=dict.fromkeys(DeliveryState, 0),
        skipped=0,
        token=None,
        pauses=(),
        alarms=(),
        unsealed=0,
        oldest_unsealed=None,
    )


def test_deliveries_are_counted_by_state_and_skips_apart(clocked: Store) -> None:
    file(clocked, *(message(name) for name in "abcde"), skipped=[skip("x"), skip("y")])
    put(clocked, "a", DeliveryState.SENT)
    put(clocked, "b", DeliveryState.SENT)
    put(clocked, "c", DeliveryState.HELD)

    state = _snapshot(clocked)

    assert {counted: number for counted, number in state.deliveries.items() if number} == {
        DeliveryState.SENT: 2,
        DeliveryState.HELD: 1,
        DeliveryState.PENDING: 2,
    }
    assert set(state.deliveries) == set(DeliveryState)
    assert state.skipped == 2


def test_each_source_tells_how_far_it_was_read_and_what_went_wrong_last(clocked: Store) -> None:
    other, never = SourceName("another"), SourceName("never")
    _run(clocked, "1", RunState.DONE, hours=1)
    _run(clocked, "2", RunState.CUT, fault="timeout: too slow", hours=2)
    _run(clocked, "3", RunState.OPEN, hours=3)
    _run(clocked, "4", RunState.CUT, source=other, fault="http: 502", hours=1)
    _run(clocked, "5", RunState.DONE, source=other, hours=2)
    _run(clocked, "6", RunState.CUT, source=never, fault="fault: x", hours=1)
    clocked.write("test", lambda tx: tx.runs.cover(SOURCE, "a", Interval(start=START, end=START + HOUR)))
    clocked.write("test", lambda tx: tx.runs.cover(SOURCE, "a", Interval(start=START + 5 * HOUR, end=START + 6 * HOUR)))

    minute = timedelta(minutes=1)
    assert _snapshot(clocked).sources == (
        SourceStatus(source=other, last_done_at=START + 2 * HOUR + minute, read_until=None, last_fault=""),
        SourceStatus(source=never, last_done_at=None, read_until=None, last_fault="fault: x"),
        SourceStatus(
            source=SOURCE,
            last_done_at=START + HOUR + minute,
            read_until=START + 6 * HOUR,
            last_fault="timeout: too slow",
        ),
    )


@pytest.mark.parametrize("state", list(TokenState))
def test_the_token_is_told_without_its_secrets(clocked: Store, state: TokenState) -> None:
    pair = TokenPair(
        access="acc3ss",
        refresh="r3fresh",
        issued_at=START,
        expires_at=START + HOUR,
        generation=7,
        state=state,
        refreshing_since=START + HOUR / 2 if state is TokenState.REFRESHING else None,
    )
    clocked.write("test", lambda tx: tx.vault.save("app", pair, None))
    assert _snapshot(clocked).token == replace(pair, access="", refresh="")


def test_pauses_and_alarms_that_stand_are_told_oldest_first(clocked: Store, clock: FakeClock) -> None:
    pauses = [
        Pause(scope=PauseScope.TEMPLATE, name="step", reason="-1124", by="motcua", since=START, probe_at=START + HOUR),
        Pause(scope=PauseScope.ALL, name="", reason="bảo trì", by="Hòa", since=START + HOUR),
    ]
    for pause in reversed(pauses):
        clocked.write("test", lambda tx, pause=pause: tx.pauses.add(pause))  # type: ignore[misc]  # a default is not typed
    for key in ("z.first", "a.second"):
        clocked.write("test", lambda tx, key=key: tx.alarms.raise_once(key, "Hãy xem."))  # type: ignore[misc]  # the same
        clock.advance(1)

    state = _snapshot(clocked)

    assert state.pauses == tuple(pauses)
    assert state.alarms == (
        Raised(key="z.first", sentence="Hãy xem.", since=START),
        Raised(key="a.second", sentence="Hãy xem.", since=START + timedelta(seconds=1)),
    )


def test_the_unsealed_tail_is_told_with_its_age(clocked: Store, clock: FakeClock) -> None:
    for _ in range(3):
        clocked.write("test", lambda tx: tx.ledger.write([Act(kind="k", facts={})]))
        clock.advance(1.5)
    state = _snapshot(clocked)
    assert (state.unsealed, state.oldest_unsealed) == (3, START)
    assert state.at == START + timedelta(seconds=4.5)


def test_the_partition_that_is_furthest_behind_speaks_for_its_source(clocked: Store) -> None:
    _run(clocked, "1", RunState.HELD, hours=1)
    clocked.write("test", lambda tx: tx.runs.cover(SOURCE, "a", Interval(start=START, end=START + 6 * HOUR)))
    clocked.write("test", lambda tx: tx.runs.cover(SOURCE, "b", Interval(start=START, end=START + HOUR)))

    (source,) = _snapshot(clocked).sources
    assert source.read_until == START + HOUR
    assert source.last_done_at is not None  # a held run was read to its end as well
