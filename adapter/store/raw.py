"""SQLite files outside SQLAlchemy, whose engines would write into what they open."""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from adapter.errors import StoreError
from adapter.store.faults import REMEDIES
from adapter.store.still import Still

PATIENCE_SECONDS = 10.0
NOT_A_DATABASE = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})
SHUT = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY})
"""What SQLite says where it can make nothing beside a file."""


class NoDatabaseError(StoreError):
    """What is in the file is no database, or one that is damaged."""


@contextlib.contextmanager
def readable(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection that reads a database, also where nothing can be written beside it: then as it lies."""
    still = Still(file)
    if _takes_readers(file) or not still.whole:
        with opened(file, "ro") as database:
            yield database
        return
    with opened(file, "ro&immutable=1") as database:
        yield database
    still.require()


def _takes_readers(file: Path) -> bool:
    """Whether SQLite can read a database in the ordinary way, for which it may have to make files beside it."""
    try:
        with contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as database:
            database.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error as error:
        return getattr(error, "sqlite_errorcode", 0) & 0xFF not in SHUT
    return True


@contextlib.contextmanager
def opened(file: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """A connection to an existing database, outside SQLAlchemy: its engines would write into what they open."""
    try:
        address = f"{file.absolute().as_uri()}?mode={mode}"
        with contextlib.closing(sqlite3.connect(address, timeout=PATIENCE_SECONDS, uri=True)) as database:
            database.isolation_level = None
            yield database
    except sqlite3.Error as error:
        raise _translated(file, error) from None


def _translated(file: Path, error: sqlite3.Error) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in NOT_A_DATABASE:
        return NoDatabaseError(f"{file}: is damaged, or no database: {error}")
    sentences: Mapping[int, str] = {
        sqlite3.SQLITE_BUSY: "another process has it open; stop the daemon first (motcua stop)",
        sqlite3.SQLITE_FULL: "the disk is full",
        sqlite3.SQLITE_READONLY: "cannot be written",
    }
    said = "; ".join(filter(None, (sentences.get(code, str(error)), REMEDIES.get(code))))
    return StoreError(f"{file}: {said}")
