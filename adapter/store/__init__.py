"""The only room that speaks SQL: SQLAlchemy Core on SQLite and PostgreSQL, one module per subject."""

import contextlib
from pathlib import Path

from adapter.errors import KeysError, StoreError
from adapter.ports import Clock, Store
from adapter.store import canary
from adapter.store.backup import database_file
from adapter.store.cipher import Cipher, load_keys
from adapter.store.engine import Engines, open_engines, open_still_engines
from adapter.store.faults import PassingError, told_as_store_errors
from adapter.store.revision import require_head
from adapter.store.still import Still, StillStore, explained
from adapter.store.transaction import SqlStore

__all__ = ["open_store", "open_to_read"]


def open_store(url: str, keys: Path, *, clock: Clock | None = None) -> Store:
    """Open a database at the newest revision, with the keys of its sealed columns.

    ``clock``, where given, stands for the database's clock everywhere. Makes no file, migrates nothing. Raises
    StoreError: the database cannot be used, or its revision is not the one this program was written for; KeysError:
    the keys cannot be used, or are another database's.
    """
    cipher = load_keys(keys)
    engines = open_engines(url)
    _require_ours(engines, cipher, keys, database_file(url))
    return SqlStore(engines, cipher, clock)


def open_to_read(url: str, keys: Path) -> Store:
    """The same for a command that only reads and is soon over: also beside which nothing can be written, as it lies.

    That is an SQLite file on a full disk or in a read-only folder, while nobody is at work on it.
    """
    file = database_file(url)
    still = Still(file) if file is not None else None
    try:
        return open_store(url, keys)
    except (KeysError, PassingError):
        raise
    except StoreError:
        if file is not None and still is not None and still.whole:
            with contextlib.suppress(StoreError):  # what was wrong at first says more
                return _open_still(file, keys, still)
        raise


def _open_still(file: Path, keys: Path, still: Still) -> Store:
    cipher, engines = load_keys(keys), open_still_engines(file)
    _require_ours(engines, cipher, keys, file)
    still.require()
    return StillStore(engines, cipher, still)


def _require_ours(engines: Engines, cipher: Cipher, keys: Path, file: Path | None) -> None:
    """Raise StoreError, and let the engines go, unless this program and these keys belong to the database."""
    try:
        with told_as_store_errors("open"), engines.connect_reader() as connection, connection.begin():
            require_head(connection)
            canary.require(connection, cipher, keys)
    except StoreError as error:
        engines.dispose()
        if file is None or type(error) is not StoreError:
            raise
        raise explained(file, error) from None
