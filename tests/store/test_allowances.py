import threading
from datetime import UTC, datetime, timedelta

import pytest

from adapter.model import Limit
from adapter.ports import Store, Tx
from adapter.store.allowances import period_of
from adapter.store.engine import open_engines
from tests.store.clocks import FakeClock

MINUTE = Limit(bucket="oa", per="minute", cap=10, reserved=3)
DAY = Limit(bucket="zbs", per="day", cap=10)
ENDLESS = Limit(bucket="free", per="minute", cap=0)


def _reserve(store: Store, limit: Limit, wanted: int, *, urgent: bool = False) -> int:
    return store.write("test", lambda tx: tx.allowances.reserve(limit, wanted, urgent=urgent))


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ([(5, False), (5, False), (5, False)], [5, 2, 0]),
        ([(20, False), (20, True), (1, True)], [7, 3, 0]),
        ([(9, True), (1, False), (5, True)], [9, 0, 1]),
        ([(0, True), (-1, True)], [0, 0]),
    ],
)
def test_what_is_left_is_given_and_the_reserve_only_to_the_urgent(
    clocked: Store, asked: list[tuple[int, bool]], granted: list[int]
) -> None:
    assert [_reserve(clocked, MINUTE, wanted, urgent=urgent) for wanted, urgent in asked] == granted


def test_a_new_minute_is_a_new_allowance(clocked: Store, clock: FakeClock) -> None:
    assert _reserve(clocked, MINUTE, 9) == 7
    clock.advance(59)
    assert _reserve(clocked, MINUTE, 9) == 0
    clock.advance(1)
    assert _reserve(clocked, MINUTE, 9) == 7


@pytest.mark.parametrize(("second", "left"), [(57.9, 10), (58.0, 6), (59.9, 6)])
def test_what_may_arrive_in_the_next_minute_counts_in_it_too(
    clocked: Store, clock: FakeClock, second: float, left: int
) -> None:
    def work(tx: Tx) -> None:
        assert tx.allowances.reserve(MINUTE, 6, urgent=True) == 6
        tx.allowances.give_back(MINUTE, 2)

    clock.advance(second)
    clocked.write("test", work)
    clock.now = clock.now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    assert _reserve(clocked, MINUTE, 99, urgent=True) == left


def test_a_day_ends_at_midnight_in_vietnam(clocked: Store, clock: FakeClock) -> None:
    clock.now = datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC)
    assert _reserve(clocked, DAY, 99) == 10
    clock.advance(0.999)
    assert _reserve(clocked, DAY, 99) == 0
    clock.advance(0.001)
    assert _reserve(clocked, DAY, 99) == 10


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("per", "now", "name", "end"),
    [
        ("minute", "2026-11-23T02:00:59", "2026-11-23T02:00Z", "2026-11-23T02:01"),
        ("day", "2026-11-23T16:59", "2026-11-23", "2026-11-23T17:00"),
        ("day", "2026-11-23T17:00", "2026-11-24", "2026-11-24T17:00"),
    ],
)
def test_periods_have_a_name_and_an_end(per: str, now: str, name: str, end: str) -> None:
    assert period_of(per, _utc(now)) == (name, _utc(end))


def test_other_periods_are_refused(clocked: Store) -> None:
    with pytest.raises(ValueError, match="not per week"):
        _reserve(clocked, Limit(bucket="x", per="week", cap=1), 1)


def test_buckets_and_periods_are_apart(clocked: Store) -> None:
    assert _reserve(clocked, MINUTE, 99, urgent=True) == 10
    assert _reserve(clocked, Limit(bucket="oa", per="day", cap=5), 99) == 5
    assert _reserve(clocked, Limit(bucket="other", per="minute", cap=5), 99) == 5


def test_no_cap_is_no_limit(clocked: Store) -> None:
    assert _reserve(clocked, ENDLESS, 5000) == 5000
    assert _reserve(clocked, ENDLESS, 5000) == 5000


def test_what_was_not_used_goes_back(clocked: Store) -> None:
    def work(wanted: int, unused: int) -> int:
        granted = _reserve(clocked, MINUTE, wanted, urgent=True)
        clocked.write("test", lambda tx: tx.allowances.give_back(MINUTE, unused))
        return granted

    assert work(8, 6) == 8
    assert work(9, 99) == 8
    assert _reserve(clocked, MINUTE, 99, urgent=True) == 10


@pytest.mark.parametrize("limit", [MINUTE, DAY, ENDLESS])
def test_what_zalo_calls_empty_is_empty_until_the_period_ends(clocked: Store, clock: FakeClock, limit: Limit) -> None:
    assert _reserve(clocked, limit, 1) == 1
    clocked.write("test", lambda tx: tx.allowances.exhaust(limit))
    clocked.write("test", lambda tx: tx.allowances.give_back(limit, 5))
    assert _reserve(clocked, limit, 1, urgent=True) == 0
    clock.advance(86_400)
    assert _reserve(clocked, limit, 1) == 1


def test_counts_of_long_ago_are_removed(clocked: Store, clock: FakeClock, database: str) -> None:
    for _ in range(4):
        _reserve(clocked, MINUTE, 1)
        _reserve(clocked, DAY, 1)
        clock.advance(timedelta(days=1, minutes=1).total_seconds())
    engines = open_engines(database)
    with engines.connect_reader() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM allowances").scalar_one() <= 4
    engines.dispose()


def test_threads_together_never_get_more_than_there_is(store: Store) -> None:
    limit = Limit(bucket="oa", per="day", cap=100)
    granted: list[int] = []

    def work() -> None:
        granted.extend(_reserve(store, limit, 3) for _ in range(10))

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 100
