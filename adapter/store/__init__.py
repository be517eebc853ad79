"""The only room that speaks SQL: SQLAlchemy Core on SQLite and PostgreSQL, one module per subject."""

from pathlib import Path

from adapter.errors import StoreError
from adapter.ports import Clock, Store
from adapter.store import canary
from adapter.store.cipher import load_keys
from adapter.store.engine import open_engines
from adapter.store.faults import told_as_store_errors
from adapter.store.revision import require_head
from adapter.store.transaction import SqlStore

__all__ = ["open_store"]


def open_store(url: str, keys: Path, *, clock: Clock | None = None) -> Store:
    """Open a database at the newest revision, with the keys of its sealed columns.

    ``clock``, where given, stands for the database's clock everywhere. Makes no file, migrates nothing. Raises
    StoreError: the database cannot be used, or its revision is not the one this program was written for; KeysError:
    the keys cannot be used, or are another database's.
    """
    cipher = load_keys(keys)
    engines = open_engines(url)
    try:
        with told_as_store_errors("open"), engines.connect_reader() as connection, connection.begin():
            require_head(connection)
            canary.require(connection, cipher, keys)
    except StoreError:
        engines.dispose()
        raise
    return SqlStore(engines, cipher, clock)
