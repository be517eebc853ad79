import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import event

from adapter.ports import Store, Tx
from adapter.store import open_store
from adapter.store.engine import open_engines
from adapter.store.transaction import SqlStore, SqlTx
from adapter.store.waking import POLL_SECONDS

ROOT = Path(__file__).parents[2]

SOON = 20.0
"""Longer than any wake-up may take here; tests end long before it."""

OTHER_PROCESS = """
import sys
from pathlib import Path
from adapter.store import open_store
store = open_store(sys.argv[1], Path(sys.argv[2]))
store.write("test", lambda tx: tx._became_due())
store.close()
"""


def _make_due(tx: Tx) -> None:
    cast(SqlTx, tx)._became_due()


def _settled(store: Store) -> Store:
    """The first wait may say yes at once, as what came before it was not heard."""
    store.wait_for_work(0.0)
    store.wait_for_work(0.0)
    return store


def test_nothing_due_wakes_nobody(store: Store) -> None:
    _settled(store).write("test", lambda tx: tx.bump("reload"))
    before = time.monotonic()
    assert not store.wait_for_work(0.3)
    assert time.monotonic() - before >= 0.29


def test_a_commit_of_due_work_wakes_once(store: Store) -> None:
    _settled(store).write("test", _make_due)
    assert store.wait_for_work(SOON)
    assert not store.wait_for_work(0.3)


def test_a_sleeping_waiter_is_woken(store: Store) -> None:
    _settled(store)
    timer = threading.Timer(0.1, store.write, ("test", _make_due))
    timer.start()
    before = time.monotonic()
    assert store.wait_for_work(SOON)
    assert time.monotonic() - before < SOON / 2
    timer.join()


def test_a_rollback_wakes_nobody(store: Store) -> None:
    def work(tx: Tx) -> None:
        _make_due(tx)
        raise KeyError

    with pytest.raises(KeyError):
        _settled(store).write("test", work)
    assert not store.wait_for_work(0.3)


def test_another_store_on_the_database_wakes_us(store: Store, database: str, keys: Path) -> None:
    _settled(store)
    other = open_store(database, keys)
    other.write("test", _make_due)
    assert store.wait_for_work(SOON)
    assert not store.wait_for_work(0.3)
    other.close()


def test_another_process_wakes_us(store: Store, database: str, keys: Path) -> None:
    _settled(store)
    subprocess.run([sys.executable, "-c", OTHER_PROCESS, database, str(keys)], check=True, cwd=ROOT, timeout=60)
    assert store.wait_for_work(SOON)


def test_closing_lets_the_waiter_go(store: Store) -> None:
    _settled(store)
    timer = threading.Timer(0.1, store.close)
    timer.start()
    before = time.monotonic()
    assert not store.wait_for_work(SOON)
    assert time.monotonic() - before < SOON / 2
    timer.join()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_waiter_asks_for_the_counter_only_when_somebody_has_committed(store: Store) -> None:
    asked: list[str] = []
    engine = cast(SqlStore, _settled(store))._engines.reader
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert not store.wait_for_work(3 * POLL_SECONDS)
    assert asked == []
    store.write("test", lambda tx: tx.bump("reload"))
    assert not store.wait_for_work(3 * POLL_SECONDS)
    assert len([statement for statement in asked if "requests" in statement]) == 1


@pytest.mark.parametrize("backend", [pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_lost_listener_is_replaced_and_wakes_for_what_it_missed(store: Store, database: str) -> None:
    _settled(store)
    engines = open_engines(database)
    with engines.writer.begin() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert not store.wait_for_work(0.1)
    assert store.wait_for_work(SOON)
    engines.dispose()
