import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from adapter.errors import StoreError
from adapter.model import (
    Act,
    Channel,
    DossierId,
    Interval,
    Lease,
    Limit,
    MappingVersion,
    MessageId,
    Pause,
    PauseScope,
    Phone,
    SourceName,
    TokenPair,
    Uid,
)
from adapter.ports import Store, Tx
from adapter.store import faults, open_store
from adapter.store.cipher import create_keys
from adapter.store.engine import open_engines
from adapter.store.transaction import SqlStore, SqlTx
from tests.store.clocks import START, FakeClock

SOURCE = SourceName("vp")
LIMIT = Limit(bucket="oa", per="minute", cap=10)
PAUSE = Pause(scope=PauseScope.ALL, name="", reason="r", by="motcua", since=START)
PAIR = TokenPair(access="a", refresh="r", issued_at=START, expires_at=START, generation=1)

WRITES: list[tuple[str, Callable[[Tx], object]]] = [
    ("dossiers", lambda tx: tx.dossiers.remembered([DossierId("d")])),
    ("runs", lambda tx: tx.runs.cover(SOURCE, "", Interval(start=START, end=START))),
    ("outbox", lambda tx: tx.outbox.get([MessageId("m")])),
    ("recipients", lambda tx: tx.recipients.refuse([(Uid("1"), Channel.UID, START, "-1")])),
    ("ledger", lambda tx: tx.ledger.write([Act(kind="k", facts={})])),
    ("leases", lambda tx: tx.leases.take("n", "o", 1)),
    ("allowances", lambda tx: tx.allowances.reserve(LIMIT, 1, urgent=False)),
    ("pauses", lambda tx: tx.pauses.add(PAUSE)),
    ("vault", lambda tx: tx.vault.save("app", PAIR, None)),
    ("mappings", lambda tx: tx.mappings.keep("n", MappingVersion("v"), {})),
    ("alarms", lambda tx: tx.alarms.raise_once("k", "s")),
    ("bump", lambda tx: tx.bump("n")),
]

READS: list[tuple[str, Callable[[Tx], object]]] = [
    ("dossiers", lambda tx: tx.dossiers.sharing([Phone("84912345678")])),
    ("runs", lambda tx: tx.runs.recent(1)),
    ("outbox", lambda tx: tx.outbox.states("", 1)),
    ("recipients", lambda tx: tx.recipients.links()),
    ("ledger", lambda tx: tx.ledger.head()),
    ("pauses", lambda tx: tx.pauses.standing()),
    ("vault", lambda tx: tx.vault.load("app")),
    ("mappings", lambda tx: tx.mappings.latest("n")),
    ("alarms", lambda tx: tx.alarms.standing()),
    ("count", lambda tx: tx.count("n")),
    ("snapshot", lambda tx: tx.snapshot()),
]


def _named(cases: list[tuple[str, Callable[[Tx], object]]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("work", [work for _, work in cases], ids=[name for name, _ in cases])


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


@_named(WRITES)
def test_a_read_writes_nothing(store: Store, work: Callable[[Tx], object]) -> None:
    before = store.read(lambda tx: tx.count("n"))
    with pytest.raises(StoreError, match="read"):
        store.read(lambda tx: (work(tx), tx.bump("n")))
    assert store.read(lambda tx: tx.count("n")) == before


@_named(WRITES)
def test_every_gateway_tells_a_locked_file_as_a_store_error(
    sqlite_template: Path, tmp_path: Path, keys: Path, work: Callable[[Tx], object]
) -> None:
    path = tmp_path / "motcua.db"
    path.write_bytes(sqlite_template.read_bytes())
    store = open_store(f"sqlite:///{path}?timeout=0.02", keys)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"poll\.page: OperationalError: database is locked"):
        store.write("poll.page", work)
    holder.execute("ROLLBACK")
    store.write("poll.page", work)
    holder.close()
    store.close()


def test_every_gateway_tells_missing_tables_as_a_store_error(database: str, store: Store) -> None:
    _drop_all_tables(database)
    for name, work in (*WRITES, *READS):
        for run in (partial(store.write, "test", work), partial(store.read, work)):
            with pytest.raises(StoreError):
                raise AssertionError(f"{name} gave {run()!r}")


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
    assert len(tries) == 3
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
    kind = faults.PassingError if again else StoreError
    with pytest.raises(StoreError) as told, faults.told_as_store_errors("label"):
        raise OperationalError("INSERT", {}, fault("84912345678"))
    assert type(told.value) is kind
    with pytest.raises(StoreError) as told, faults.told_as_commit_errors("label"):
        raise OperationalError("COMMIT", {}, fault("84912345678"))
    assert type(told.value) is kind


def test_a_servers_sentence_is_not_repeated_because_it_may_quote_values() -> None:
    unique = type("UniqueViolation", (Exception,), {"sqlstate": "23505"})
    with pytest.raises(StoreError) as told, faults.told_as_store_errors("label"):
        raise OperationalError("INSERT", {}, unique("Key (phone)=(84912345678) already exists"))
    assert str(told.value) == "label: UniqueViolation (23505)"


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
    stranger = open_store(database, tmp_path / "other.json")
    with pytest.raises(StoreError, match="other keys"):
        stranger.read(lambda tx: tx.vault.load("app"))
    stranger.close()


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


def _connection(tx: Tx) -> Connection:
    return cast(SqlTx, tx)._connection


def _drop_all_tables(url: str) -> None:
    engines = open_engines(url)
    with engines.writer.begin() as connection:
        if engines.on_sqlite:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            listing = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%%'"
            for (name,) in connection.exec_driver_sql(listing.replace("%%", "%")).all():
                connection.exec_driver_sql(f"DROP TABLE {name}")
        else:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
    engines.dispose()
