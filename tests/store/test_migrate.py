import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, insert, inspect
from sqlalchemy.exc import DBAPIError

from adapter.errors import StoreError
from adapter.store import migrate, open_store, revision
from adapter.store.engine import Engines, open_engines
from adapter.store.schema import entries, metadata, seals
from tests.store.clocks import START

ROOT = Path(__file__).parents[2]

UPGRADE = "import sys; from adapter.store.migrate import upgrade; print(upgrade(sys.argv[1]))"


def _shape(engine: Engine) -> dict[str, object]:
    """All that makes up the tables, as the database itself tells it."""
    if engine.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    else:
        query = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    with engine.connect() as connection:
        indexes = {name: sql for name, sql in connection.exec_driver_sql(query) if "alembic" not in name}
    told = inspect(engine)
    tables = {
        table: (
            [{**column, "type": str(column["type"])} for column in told.get_columns(table)],
            told.get_pk_constraint(table),
            told.get_foreign_keys(table),
            told.get_unique_constraints(table),
        )
        for table in told.get_table_names()
        if table != "alembic_version"
    }
    return {"tables": tables, "indexes": indexes}


def test_migrated_tables_are_the_ones_the_code_describes(database: str) -> None:
    engines = open_engines(database)
    with engines.writer.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engines.dispose()


def test_migrated_and_fresh_are_the_same_down_to_partial_indexes(database: str, empty_database: str) -> None:
    migrated, fresh = open_engines(database), open_engines(empty_database)
    metadata.create_all(fresh.writer)
    assert _shape(migrated.writer) == _shape(fresh.writer)
    migrated.dispose()
    fresh.dispose()


def test_an_empty_database_becomes_current_and_again_is_no_fault(empty_database: str) -> None:
    assert revision.current(empty_database) is None
    assert migrate.upgrade(empty_database) == revision.head()
    assert migrate.upgrade(empty_database) == revision.head() == revision.current(empty_database)


def test_the_store_opens_only_at_the_head(empty_database: str, keys: Path) -> None:
    with pytest.raises(StoreError, match="motcua db upgrade"):
        open_store(empty_database, keys)
    migrate.upgrade(empty_database)
    open_store(empty_database, keys).close()


def test_an_older_database_is_told_to_upgrade(database: str, keys: Path) -> None:
    _stand_at(database, "0001_reading")
    with pytest.raises(StoreError, match="motcua db upgrade"):
        open_store(database, keys)


def test_a_newer_database_is_left_alone(database: str, keys: Path) -> None:
    _stand_at(database, "9999_tomorrow")
    with pytest.raises(StoreError, match="newer version"):
        open_store(database, keys)
    with pytest.raises(StoreError, match="newer version"):
        migrate.upgrade(database)


def test_two_revisions_at_once_are_nobodys(database: str, keys: Path) -> None:
    engines = open_engines(database)
    with engines.writer.begin() as connection:
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('0001_reading')")
    engines.dispose()
    with pytest.raises(StoreError, match="does not know"):
        open_store(database, keys)
    with pytest.raises(StoreError, match="does not know"):
        migrate.upgrade(database)


def test_the_revisions_we_know_without_alembic_are_the_ones_it_walks() -> None:
    config = Config()
    config.set_main_option("script_location", str(revision.VERSIONS.parent))
    config.set_main_option("path_separator", "os")
    walked = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert revision.known() == walked[::-1]
    assert revision.head() == ScriptDirectory.from_config(config).get_current_head()


def test_another_programs_database_is_left_alone(empty_database: str, keys: Path) -> None:
    engines = open_engines(empty_database)
    with engines.writer.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE invoices (id INTEGER)")
    with pytest.raises(StoreError, match="another program"):
        migrate.upgrade(empty_database)
    with pytest.raises(StoreError, match="another program"):
        open_store(empty_database, keys)
    assert inspect(engines.writer).get_table_names() == ["invoices"]
    engines.dispose()


def test_two_processes_upgrading_at_once_both_succeed(empty_database: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, empty_database],
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    told = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], told
    assert [out.strip() for out, _ in told] == [revision.head()] * 3


ALTERING = [
    ("entries", "UPDATE entries SET kind = 'other'"),
    ("entries", "DELETE FROM entries"),
    ("seals", "UPDATE seals SET seq = 2"),
    ("seals", "DELETE FROM seals"),
]

REPLACING = [
    ("entries", "INSERT OR REPLACE INTO entries (id, at, kind, body) SELECT id, at, 'other', body FROM entries"),
    ("seals", "INSERT OR REPLACE INTO seals (seq, entry_id, leaf) SELECT seq, entry_id, leaf FROM seals"),
]


def _with_one_entry(url: str) -> Engines:
    engines = open_engines(url)
    with engines.writer.begin() as connection:
        connection.execute(insert(entries).values(id="e", at=START, kind="k", body=b"{}"))
        connection.execute(insert(seals).values(seq=1, entry_id="e", leaf=b"leaf"))
    return engines


@pytest.mark.parametrize(("table", "statement"), ALTERING)
def test_the_ledger_is_append_only(database: str, table: str, statement: str) -> None:
    engines = _with_one_entry(database)
    with engines.writer.connect() as connection, pytest.raises(DBAPIError, match=f"{table} is append-only"):
        connection.exec_driver_sql(statement)
    engines.dispose()


@pytest.mark.parametrize(("table", "statement"), REPLACING)
def test_the_ledger_cannot_be_replaced_or_emptied(database: str, table: str, statement: str) -> None:
    engines = _with_one_entry(database)
    if not engines.on_sqlite:
        statement = f"TRUNCATE {table}"
    with engines.writer.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.exec_driver_sql(statement)
    engines.dispose()


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="db revision"):
        revision.current("postgresql://nobody@127.0.0.1:1/none")


def _stand_at(url: str, where: str) -> None:
    engines = open_engines(url)
    with engines.writer.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{where}'")  # noqa: S608 - our own word
    engines.dispose()


def test_who_had_been_told_of_an_alarm_before_the_tellings_hears_its_end(empty_database: str, keys: Path) -> None:
    engines = open_engines(empty_database)
    with engines.writer.begin() as connection:
        config = migrate._config(connection)
        before = ScriptDirectory.from_config(config).get_revision("0011_tellings").down_revision
        command.upgrade(config, str(before))
        connection.exec_driver_sql("INSERT INTO alarms (key, sentence, since) VALUES ('mapping', 'Hãy xem.', 1)")
    engines.dispose()
    migrate.upgrade(empty_database)
    store = open_store(empty_database, keys)
    assert store.read(lambda tx: tx.alarms.heard("mapping")) == {"log", "command", "mail"}
    store.close()
