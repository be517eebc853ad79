"""One contract, two databases: every test that asks for ``store`` runs on SQLite and on PostgreSQL.

PostgreSQL is required, not optional: where the server of MOTCUA_TEST_POSTGRES cannot be reached, tests fail.
"""

import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, NullPool, create_engine, inspect

from adapter.ports import Store
from adapter.store import open_store
from adapter.store.cipher import create_keys
from adapter.store.migrate import upgrade
from adapter.store.revision import head
from adapter.store.schema import metadata
from tests.postgres import create, drop, fresh_database, psycopg_url, url_of
from tests.store.clocks import FakeClock

BACKENDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]

NUMBERS = count()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    create_keys(path)
    return path


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_reused(postgres_server: Engine, postgres_template: str) -> Iterator[str]:
    """Name of the database that tests use one after another, emptied in between: copying takes half a second."""
    with fresh_database(postgres_server, f"motcua_{os.getpid()}_reused", postgres_template) as name:
        yield name


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_database(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a database without tables."""
    if backend == "sqlite":
        (tmp_path / "empty.db").touch()
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: Engine = request.getfixturevalue("postgres_server")
    with fresh_database(server, f"motcua_{os.getpid()}_{next(NUMBERS)}") as name:
        yield url_of(name)


@pytest.fixture
def database(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a migrated, empty database of this test's own."""
    if backend == "sqlite":
        path = tmp_path / "motcua.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    name: str = request.getfixturevalue("postgres_reused")
    yield url_of(name)
    server: Engine = request.getfixturevalue("postgres_server")
    if not _emptied(name):
        drop(server, name)
        create(server, name, request.getfixturevalue("postgres_template"))


@pytest.fixture
def store(database: str, keys: Path) -> Iterator[Store]:
    """A store on the database's own clock."""
    opened = open_store(database, keys)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def clocked(database: str, keys: Path, clock: FakeClock) -> Iterator[Store]:
    """A store on ``clock``."""
    opened = open_store(database, keys, clock=clock)
    yield opened
    opened.close()


def _emptied(name: str) -> bool:
    """Take every row out, past the triggers of the ledger; False when a test left other than our tables behind."""
    engine = create_engine(psycopg_url(url_of(name)), poolclass=NullPool)
    tables = {table.name for table in metadata.sorted_tables}
    with engine.begin() as connection:
        if {*inspect(connection).get_table_names()} != {*tables, "alembic_version"}:
            return False
        connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'; SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql("; ".join(f"DELETE FROM {table}" for table in sorted(tables)))  # noqa: S608 - our own tables
        revisions = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all()
    return revisions == [head()]
