import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from adapter.errors import StoreError
from adapter.model import (
    Act,
    Channel,
    DossierId,
    Interval,
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
from adapter.store import open_store
from adapter.store.engine import open_engines
from tests.store.clocks import START

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
