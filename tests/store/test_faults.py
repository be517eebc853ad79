import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from adapter.errors import StoreError
from adapter.ports import Store, Tx
from adapter.store import faults, open_store
from adapter.store.engine import open_engines
from adapter.store.transaction import SqlTx


def test_a_locked_file_is_tried_again_until_it_is_free(sqlite_template: Path, tmp_path: Path, keys: Path) -> None:
    path = tmp_path / "motcua.db"
    path.write_bytes(sqlite_template.read_bytes())
    store = open_store(f"sqlite:///{path}?timeout=5", keys)
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.1, lambda: holder.execute("ROLLBACK"))
    release.start()
    assert store.write("test", lambda tx: tx.bump("n")) == 1
    release.join()
    holder.close()
    store.close()


@pytest.mark.parametrize("backend", [pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_deadlock_is_tried_again(store: Store) -> None:
    store.write("test", lambda tx: (tx.bump("a"), tx.bump("b")))
    meeting = threading.Barrier(2)
    tries: list[str] = []

    def work(first: str, second: str) -> Callable[[Tx], None]:
        def run(tx: Tx) -> None:
            tries.append(first)
            tx.bump(first)
            if len(tries) <= 2:
                meeting.wait(10)
            tx.bump(second)

        return run

    threads = [
        threading.Thread(target=store.write, args=("test", work(first, second)))
        for first, second in (("a", "b"), ("b", "a"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tries) > 2  # the second try may meet the other's before that has woken
    assert store.read(lambda tx: (tx.count("a"), tx.count("b"))) == (3, 3)


@pytest.mark.parametrize("backend", [pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_connection_cut_before_the_commit_is_tried_again(store: Store) -> None:
    tries: list[int] = []

    def work(tx: Tx) -> int:
        tries.append(1)
        count = tx.bump("n")
        if len(tries) == 1:
            _connection(tx).exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        return count

    assert store.write("test", work) == 1
    assert len(tries) == 2


@pytest.mark.parametrize("backend", [pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_connection_cut_at_the_commit_is_never_tried_again(store: Store, database: str) -> None:
    tries: list[int] = []
    other = open_engines(database)

    def work(tx: Tx) -> None:
        tries.append(tx.bump("n"))
        mine = _connection(tx).exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with other.writer.connect() as killer:
            killer.exec_driver_sql(f"SELECT pg_terminate_backend({mine}, 5000)")

    with pytest.raises(StoreError, match="whether the write stands is not known"):
        store.write("poll.page", work)
    assert tries == [1]
    other.dispose()


@pytest.mark.parametrize(
    ("fault", "again"),
    [
        (type("Busy", (Exception,), {"sqlite_errorcode": 5}), True),
        (type("BusySnapshot", (Exception,), {"sqlite_errorcode": 517}), True),
        (type("Full", (Exception,), {"sqlite_errorcode": 13}), False),
        (type("Serialization", (Exception,), {"sqlstate": "40001"}), True),
        (type("Deadlock", (Exception,), {"sqlstate": "40P01"}), True),
        (type("LockTimeout", (Exception,), {"sqlstate": "55P03"}), True),
        (type("Unique", (Exception,), {"sqlstate": "23505"}), False),
        (type("DiskFull", (Exception,), {"sqlstate": "53100"}), False),
        (type("NoServer", (Exception,), {"sqlstate": None}), False),
    ],
)
def test_only_faults_that_prove_a_roll_back_are_tried_again(fault: type[Exception], *, again: bool) -> None:
    with pytest.raises(StoreError) as told, faults.told_as_store_errors("label"):
        raise OperationalError("INSERT", {}, fault("84912345678"))
    assert isinstance(told.value, faults.PassingError) is again
    with pytest.raises(StoreError) as told, faults.told_as_commit_errors("label"):
        raise OperationalError("COMMIT", {}, fault("84912345678"))
    assert isinstance(told.value, faults.PassingError) is again


def test_a_servers_sentence_is_not_repeated_because_it_may_quote_values() -> None:
    unique = type("UniqueViolation", (Exception,), {"sqlstate": "23505"})
    with pytest.raises(StoreError) as told, faults.told_as_store_errors("label"):
        raise OperationalError("INSERT", {}, unique("Key (phone)=(84912345678) already exists"))
    assert str(told.value) == "label: UniqueViolation (23505)"


def _connection(tx: Tx) -> Connection:
    return cast(SqlTx, tx)._connection
