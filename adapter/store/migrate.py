"""Bringing a database to the newest revision of the tables (alembic), one process at a time.

There is no way down: a backup is the way back. Forward-only migrations can be tested with real data; a downgrade that
nobody runs in tests would lose a ledger on the day somebody does.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from adapter.errors import StoreError
from adapter.store.engine import Engines, open_engines
from adapter.store.faults import told_as_store_errors

SCRIPTS = Path(__file__).parent / "migrations"

ADVISORY_KEY = 0x6D6F74637561
"""Ours among PostgreSQL's advisory locks: the letters ``motcua``."""


def upgrade(url: str) -> str:
    """Create the tables, or bring them up to date; gives the revision reached. Nothing to do is no fault.

    Two processes may call it at once: the second waits, and finds nothing to do. All revisions happen in one
    transaction, or none. Raises StoreError, also for a database that is newer than this program or another program's.
    """
    engines = open_engines(url)
    try:
        with told_as_store_errors("db upgrade"), engines.writer.begin() as connection:
            _alone(connection)
            _refuse_foreign(connection)
            command.upgrade(_config(connection), "head")
    finally:
        engines.dispose()
    return head()


def current(url: str) -> str | None:
    """The revision a database stands at; None for an empty one. Raises StoreError when it cannot be reached."""
    engines = open_engines(url)
    try:
        with told_as_store_errors("db revision"), engines.connect_reader() as connection, connection.begin():
            return _revision(connection)
    finally:
        engines.dispose()


def head() -> str:
    """The newest revision this program knows."""
    newest = _scripts().get_current_head()
    assert newest is not None, "the wheel carries no migrations"
    return newest


def require_head(engines: Engines) -> None:
    """Raise StoreError, saying what to do, unless the database stands at the newest revision."""
    with told_as_store_errors("open"), engines.connect_reader() as connection, connection.begin():
        stands = _revision(connection)
        if stands is None:
            _refuse_foreign(connection)
            raise StoreError("the database is empty; run: motcua db upgrade")
    if stands == head():
        return
    _refuse_unknown(stands)
    raise StoreError(f"the database stands at revision {stands}, not {head()}; run: motcua db upgrade")


def _alone(connection: Connection) -> None:
    """Wait until nobody else migrates. On SQLite the transaction itself (BEGIN IMMEDIATE) is the lock."""
    if connection.dialect.name == "sqlite":
        return
    connection.exec_driver_sql("SET LOCAL lock_timeout = '5min'")
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_KEY})")


def _refuse_foreign(connection: Connection) -> None:
    stands = _revision(connection)
    if stands is not None:
        _refuse_unknown(stands)
    elif inspect(connection).get_table_names():
        raise StoreError("the database holds the tables of another program; give motcua a database of its own")


def _refuse_unknown(stands: str) -> None:
    if stands not in {script.revision for script in _scripts().walk_revisions()}:
        raise StoreError(
            f"the database stands at revision {stands}, which this version of motcua does not know: "
            "it belongs to a newer version or to another program"
        )


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection | None = None) -> Config:
    """Alembic's configuration without its .ini file, so that it is the same from a checkout and from a wheel."""
    config = Config()
    # Alembic reads the value through ConfigParser, for which a percent sign in a path must be doubled.
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
