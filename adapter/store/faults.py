"""What a database's error means: try the transaction again, or give up with a sentence without personal data."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from adapter.errors import StoreError

SQLITE_LOCKED = frozenset({5, 6})
"""SQLITE_BUSY and SQLITE_LOCKED: https://sqlite.org/rescode.html"""

RESTORE = "stop every daemon, keep the file, put the last backup back: motcua db restore FILE"
RIGHTS = "look at its disk, and whether file and folder belong to us (service: chown -R motcua: /var/lib/motcua)"
ROOM = "make room on its disk (df -h); nothing is lost meanwhile"

REMEDIES: Mapping[int, str] = {
    sqlite3.SQLITE_CORRUPT: RESTORE,
    sqlite3.SQLITE_NOTADB: RESTORE,
    sqlite3.SQLITE_CANTOPEN: RIGHTS,
    sqlite3.SQLITE_READONLY: RIGHTS,
    sqlite3.SQLITE_PERM: RIGHTS,
    sqlite3.SQLITE_IOERR: RIGHTS,
    sqlite3.SQLITE_FULL: ROOM,
}
"""What a person can do about an SQLite result code."""

PASSING_STATES = frozenset({"40001", "40P01", "55P03"})
"""Serialisation failure, deadlock, lock not available: PostgreSQL's appendix A. All three prove a roll-back."""


class PassingError(StoreError):
    """The transaction was provably rolled back, and the same one may succeed now."""


class AwayError(StoreError):
    """The database's server cannot be reached, or takes nobody in. Another time it may: nothing was begun."""


@contextmanager
def told_as_store_errors(label: str) -> Iterator[None]:
    """Turn the database's errors into StoreError, or into PassingError where trying again makes sense.

    Parameters never stand in the sentence: they may be personal. A value that a column refuses (a naive time) is a
    bug of the caller and passes through as it was raised.
    """
    try:
        yield
    except DBAPIError as error:
        raise _translated(label, error) from None
    except StatementError as error:
        raise error.orig or error from None
    except PoolTimeoutError:
        raise StoreError(f"{label}: every database connection is in use") from None


@contextmanager
def told_as_commit_errors(label: str) -> Iterator[None]:
    """The same for COMMIT, where a lost answer does not prove a roll-back: such a fault is never tried again."""
    try:
        yield
    except DBAPIError as error:
        translated = _translated(label, error)
        if isinstance(translated, PassingError) and not error.connection_invalidated:
            raise translated from None
        raise StoreError(f"{translated}; whether the write stands is not known") from None


def _translated(label: str, error: DBAPIError) -> StoreError:
    sentence = f"{label}: {_said(error)}"
    if error.connection_invalidated or _locked(error) or _state(error) in PASSING_STATES:
        return PassingError(sentence)
    if isinstance(error, OperationalError) and not _state(error) and not hasattr(error.orig, "sqlite_errorcode"):
        return AwayError(sentence)  # libpq hands no SQLSTATE on for a connection that never stood
    return StoreError(sentence)


def _said(error: DBAPIError) -> str:
    """The kind of fault. PostgreSQL's sentences may quote values, so its code stands for them where it has one."""
    kind = type(error.orig).__name__
    state = _state(error)
    if state:
        return f"{kind} ({state})"
    lines = str(error.orig).splitlines()
    todo = REMEDIES.get(getattr(error.orig, "sqlite_errorcode", 0) & 0xFF)
    return "; ".join(filter(None, (f"{kind}: {lines[0]}" if lines else kind, todo)))


def _state(error: DBAPIError) -> str:
    """PostgreSQL's SQLSTATE; empty on SQLite and for a connection that never stood."""
    return str(getattr(error.orig, "sqlstate", None) or "")


def _locked(error: DBAPIError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in SQLITE_LOCKED
