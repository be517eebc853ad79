import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapter.errors import KeysError, StoreError
from adapter.model import (
    Lease,
    Pause,
    PauseScope,
    TokenPair,
)
from adapter.ports import Store, Tx
from adapter.store import open_store
from adapter.store.cipher import create_keys
from adapter.store.transaction import SqlStore, SqlTx
from tests.store.clocks import START, FakeClock

PAIR = TokenPair(access="a", refresh="r", issued_at=START, expires_at=START, generation=1)


def test_what_was_written_is_read(store: Store) -> None:
    assert store.write("test", lambda tx: tx.bump("reload")) == 1
    assert store.read(lambda tx: tx.count("reload")) == 1
    assert store.write("test", lambda tx: tx.bump("reload")) == 2
    assert store.read(lambda tx: tx.count("other")) == 0


def test_gateways_see_one_anothers_writes(store: Store) -> None:
    def work(tx: Tx) -> int:
        tx.bump("reload")
        return tx.count("reload")

    assert store.write("test", work) == 1


def test_a_fault_of_the_work_rolls_back_and_passes_through(store: Store) -> None:
    def work(tx: Tx) -> None:
        tx.bump("reload")
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        store.write("test", work)
    assert store.read(lambda tx: tx.count("reload")) == 0


@pytest.mark.parametrize("way", ["write", "read"])
def test_a_cursor_that_a_fault_left_open_is_in_nobodys_way(store: Store, database: str, keys: Path, way: str) -> None:
    """Half-read, it would hold SQLite's snapshot for ever: the next write is refused, the next read is old."""
    left = []

    def work(tx: SqlTx) -> None:
        rows = tx._connection.exec_driver_sql("SELECT name FROM requests UNION ALL SELECT '2' UNION ALL SELECT '3'")
        left.append((rows, rows.fetchone()))
        raise KeyError("mine")

    store.write("test", lambda tx: tx.bump("reload"))
    with pytest.raises(KeyError, match="mine"):
        getattr(store, way)(*(["test"] if way == "write" else []), work)
    other = open_store(database, keys)
    other.write("test", lambda tx: tx.bump("reload"))
    other.close()
    assert store.read(lambda tx: tx.count("reload")) == 2
    assert store.write("test", lambda tx: tx.bump("reload")) == 3
    assert len(left) == 1


def test_a_naive_time_is_refused_as_the_bug_it_is(store: Store) -> None:
    naive = datetime(2026, 11, 23, 9, 0)  # noqa: DTZ001 - the point of the test
    pause = Pause(scope=PauseScope.ALL, name="", reason="r", by="x", since=naive)
    with pytest.raises(ValueError, match="naive"):
        store.write("test", lambda tx: tx.pauses.add(pause))
    assert store.read(lambda tx: tx.pauses.standing()) == []


def test_now_is_aware_and_in_the_milliseconds_that_tables_keep(store: Store) -> None:
    now = store.write("test", lambda tx: tx.now)
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=60)


def test_a_given_clock_is_the_time_everywhere(clocked: Store, clock: FakeClock) -> None:
    assert clocked.read(lambda tx: tx.now) == clock.now
    clock.advance(3600)
    assert clocked.write("test", lambda tx: tx.now) == clock.now
    lease = clocked.write("test", lambda tx: tx.leases.take("n", "o", 5))
    assert lease is not None
    assert lease.expires_at == clock.now + timedelta(seconds=5)
    assert clocked.clock_skew() == 0.0


def test_the_clock_skew_is_small_on_one_machine(store: Store) -> None:
    assert abs(store.clock_skew()) < 5


def test_other_keys_are_told_clearly(database: str, store: Store, tmp_path: Path) -> None:
    store.write("test", lambda tx: tx.vault.save("app", PAIR, None))
    create_keys(tmp_path / "other.json")
    with pytest.raises(KeysError, match="not the ones this database was made with"):
        open_store(database, tmp_path / "other.json")


def test_writers_in_threads_lose_nothing(store: Store) -> None:
    def work() -> None:
        for _ in range(20):
            store.write("test", lambda tx: tx.bump("n"))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.read(lambda tx: tx.count("n")) == 120


def test_a_lost_lease_passes_through_as_itself(store: Store) -> None:
    lease = Lease(name="n", owner="o", fence=1, expires_at=START)
    with pytest.raises(StoreError, match="held by another"):
        store.write("test", lambda tx: tx.leases.check(lease))


def test_closing_twice_is_fine(store: Store) -> None:
    store.close()
    store.close()


def test_the_store_is_the_one_the_engine_asks_for(store: Store) -> None:
    assert isinstance(store, SqlStore)
