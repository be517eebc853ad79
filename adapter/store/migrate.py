"""Bringing a database to the newest revision of the tables (alembic), one process at a time.

There is no way down: a backup is the way back. Forward-only migrations can be tested with real data; a downgrade that
nobody runs in tests would lose a ledger on the day somebody does.
"""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from adapter.ports import Tx
from adapter.store import canary
from adapter.store.cipher import load_keys
from adapter.store.engine import open_engines
from adapter.store.faults import told_as_store_errors
from adapter.store.revision import VERSIONS, head, refuse_foreign
from adapter.store.transaction import SqlTx, read_clock

ADVISORY_KEY = 0x6D6F74637561
"""Ours among PostgreSQL's advisory locks: the letters ``motcua``."""


def upgrade(url: str, keys: Path | None = None, on_empty: Callable[[Tx], object] | None = None) -> str:
    """Create the tables, or bring them up to date; gives the revision reached. Nothing to do is no fault.

    ``keys`` bind the database to themselves; without them it is left unbound, and so without ``on_empty``, which is
    called where there were no tables before. Two processes may call it at once: the second waits, and finds nothing to
    do. All of it happens in one transaction, or nothing. Raises KeysError when the database was made with other keys,
    StoreError, also for a database that is newer than this program or another program's.
    """
    cipher = load_keys(keys) if keys is not None else None
    engines = open_engines(url, create=True)
    try:
        with told_as_store_errors("db upgrade"), engines.writer.begin() as connection:
            _alone(connection)
            stood = refuse_foreign(connection)
            command.upgrade(_config(connection), "head")
            if cipher is not None and keys is not None:
                canary.bind(connection, cipher, keys)
                if stood is None and on_empty is not None:
                    on_empty(SqlTx(connection, cipher, read_clock(connection)))
    finally:
        engines.dispose()
    return head()


def _alone(connection: Connection) -> None:
    """Wait until nobody else migrates. On SQLite the transaction itself (BEGIN IMMEDIATE) is the lock."""
    if connection.dialect.name == "sqlite":
        return
    connection.exec_driver_sql("SET LOCAL lock_timeout = '5min'")
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_KEY})")


def _config(connection: Connection) -> Config:
    """Alembic's configuration without its .ini file, so that it is the same from a checkout and from a wheel."""
    config = Config()
    # Alembic reads the value through ConfigParser, for which a percent sign in a path must be doubled.
    config.set_main_option("script_location", str(VERSIONS.parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
