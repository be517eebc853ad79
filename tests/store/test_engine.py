import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from adapter.errors import StoreError
from adapter.store import engine
from adapter.store.backup import url_of
from adapter.store.engine import open_engines


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("no url at all", "no URL"),
        ("mysql://host/db", "not mysql"),
        ("sqlite://", "must be a file"),
        ("sqlite:///:memory:", "must be a file"),
        ("sqlite:///a.db?timeout=soon", "no number of seconds"),
        ("postgresql://host:port/db", "no URL"),
    ],
)
def test_addresses_that_cannot_work_are_refused(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        open_engines(url)


def test_a_password_in_a_bad_address_is_not_repeated() -> None:
    with pytest.raises(StoreError) as told:
        open_engines("postgresql//u:geheim@host/db")
    assert "geheim" not in str(told.value)


def test_an_old_sqlite_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "OLDEST_SQLITE", (99, 0))
    with pytest.raises(StoreError, match="too old"):
        open_engines(f"sqlite:///{tmp_path / 'a.db'}")


def test_a_network_drive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "network_file_system", lambda _: "nfs4")
    with pytest.raises(StoreError, match="network drive"):
        open_engines(f"sqlite:///{tmp_path / 'a.db'}")


def test_a_database_that_is_not_there_is_missed_and_not_made(tmp_path: Path) -> None:
    for file in (tmp_path / "a.db", tmp_path / "no folder" / "a.db"):
        with pytest.raises(StoreError, match=r"no database at .*store.url.*db restore.*db upgrade"):
            open_engines(f"sqlite:///{file}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_database_that_vanishes_is_not_made_anew_by_the_next_connection(database: str, tmp_path: Path) -> None:
    engines = open_engines(database)
    (tmp_path / "motcua.db").unlink()
    with pytest.raises(DBAPIError, match="unable to open"), engines.connect_reader():
        pass
    assert not list(tmp_path.iterdir())
    engines.dispose()


def test_an_odd_path_is_no_hindrance(tmp_path: Path) -> None:
    file = tmp_path / "sổ #1 100%?.db"
    engines = open_engines(url_of(file), create=True)
    with engines.writer.begin() as writer:
        writer.exec_driver_sql("CREATE TABLE t (x INTEGER)")
    engines.dispose()
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    open_engines(url_of(file)).dispose()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
        ("recursive_triggers", 1),
        ("busy_timeout", 10_000),
    ],
)
def test_sqlite_connections_are_safe(tmp_path: Path, pragma: str, value: object) -> None:
    engines = open_engines(f"sqlite:///{tmp_path / 'a.db'}", create=True)
    for each in (engines.writer, engines.reader):
        with each.connect() as connection:
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    engines.dispose()


def test_an_sqlite_writer_holds_the_file_from_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    engines = open_engines(f"sqlite:///{path}", create=True)
    other = sqlite3.connect(path, timeout=0.0)
    with engines.writer.begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()
    engines.dispose()


def test_a_reader_cannot_write(database: str) -> None:
    engines = open_engines(database)
    with engines.connect_reader() as connection, connection.begin(), pytest.raises(DBAPIError):
        connection.exec_driver_sql("INSERT INTO requests (name, count) VALUES ('x', 1)")
    engines.dispose()


def test_a_reader_sees_one_moment(database: str) -> None:
    engines = open_engines(database)
    counting = "SELECT count(*) FROM requests"
    with engines.connect_reader() as reader, reader.begin():
        before = reader.exec_driver_sql(counting).scalar()
        with engines.writer.begin() as writer:
            writer.exec_driver_sql("INSERT INTO requests (name, count) VALUES ('x', 1)")
        assert reader.exec_driver_sql(counting).scalar() == before == 0
    with engines.connect_reader() as reader, reader.begin():
        assert reader.exec_driver_sql(counting).scalar() == 1
    engines.dispose()


def test_reading_does_not_make_the_next_writer_read_only(database: str) -> None:
    engines = open_engines(database)
    with engines.connect_reader() as reader, reader.begin():
        reader.exec_driver_sql("SELECT 1")
    with engines.writer.begin() as writer:
        writer.exec_driver_sql("INSERT INTO requests (name, count) VALUES ('x', 1)")
    engines.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("setting", "value"),
    [("lock_timeout", "10s"), ("statement_timeout", "1min"), ("idle_in_transaction_session_timeout", "20s")],
)
@pytest.mark.parametrize("backend", ["postgres"])
def test_nothing_waits_for_ever_at_the_server(database: str, setting: str, value: str) -> None:
    engines = open_engines(database)
    with engines.writer.connect() as connection:
        assert connection.exec_driver_sql(f"SHOW {setting}").scalar() == value
    engines.dispose()
