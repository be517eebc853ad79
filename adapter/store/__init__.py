"""The only room that speaks SQL: SQLAlchemy Core on SQLite and PostgreSQL, one module per subject."""

from pathlib import Path

from adapter.errors import StoreError
from adapter.ports import Clock, Store
from adapter.store.cipher import load_keys
from adapter.store.engine import open_engines
from adapter.store.revision import require_head
from adapter.store.transaction import SqlStore

__all__ = ["open_store"]


def open_store(url: str, keys: Path, *, clock: Clock | None = None) -> Store:
    """Open a database at the newest revision, with the keys of its sealed columns.

    ``clock``, where given, stands for the database's clock everywhere. Migrates nothing. Raises StoreError: keys or
    database cannot be used, or the revision is not the one this program was written for.
    """
    cipher = load_keys(keys)
    engines = open_engines(url)
    try:
        require_head(engines)
    except StoreError:
        engines.dispose()
        raise
    return SqlStore(engines, cipher, clock)
