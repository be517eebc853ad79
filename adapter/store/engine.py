"""SQLAlchemy engines for the two databases, with the settings without which each of them fails silently.

SQLite: WAL, ``synchronous=FULL`` (what the ledger says is on the disk), transactions begun by us (Python's sqlite3
begins them lazily, and a read that turns into a write then fails at once), readers that cannot write.
PostgreSQL: READ COMMITTED for writers, one consistent moment (REPEATABLE READ, read only) for readers, time limits so
that nothing waits for ever. (libraries.md 5)
"""

import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from adapter.errors import StoreError
from adapter.store.filesystem import network_file_system

PATIENCE_SECONDS = 10.0
"""How long a write waits for a lock. In an SQLite URL ``?timeout=…`` changes it."""

OLDEST_SQLITE = (3, 35)
"""The first with RETURNING."""

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    # 16 MiB: the pages that every commit writes anew are copied into the database less often.
    "wal_autocheckpoint=4000",
    "foreign_keys=ON",
    # Without it INSERT OR REPLACE would delete a ledger entry past its trigger.
    "recursive_triggers=ON",
)

BEGIN_WITH = (
    "if it has ever held anything, put the last backup back (motcua db restore FILE; PostgreSQL: pg_restore, then "
    "motcua db restored), or citizens may be told twice; only a new one begins with: motcua db upgrade"
)
"""What to do where a database is missing or empty. The order matters: what comes first is done first."""

SERVER_OPTIONS = " ".join(
    (
        f"-c lock_timeout={int(PATIENCE_SECONDS)}s",
        "-c statement_timeout=60s",
        # A machine that freezes in a transaction keeps its rows locked, the allowance's among them, until this is over.
        "-c idle_in_transaction_session_timeout=20s",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """Where to write and where to read. ``patience``: seconds a write may wait."""

    writer: Engine
    reader: Engine
    patience: float

    @property
    def on_sqlite(self) -> bool:
        """Whether this is the one-machine database."""
        return self.writer.dialect.name == "sqlite"

    def connect_reader(self) -> Connection:
        """A connection whose transaction can write nothing and sees one moment."""
        connection = self.reader.connect()
        if self.on_sqlite:
            return connection
        return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def dispose(self) -> None:
        """Close every connection that lies in a pool."""
        self.writer.dispose()
        self.reader.dispose()


def open_engines(url: str, *, create: bool = False) -> Engines:
    """Engines for ``sqlite:///path`` or ``postgresql://…`` (taken as psycopg 3).

    An SQLite file that is not there is made only with ``create``. Raises StoreError for it, and for other databases.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError("the database address is no URL such as sqlite:////var/lib/motcua/motcua.db") from None
    match parsed.get_backend_name():
        case "sqlite":
            return _sqlite(parsed, create=create)
        case "postgresql" | "postgres":
            return _postgres(parsed)
        case other:
            raise StoreError(f"the database must be SQLite or PostgreSQL, not {other}")


def _sqlite(url: URL, *, create: bool) -> Engines:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old; 3.35 or newer is needed")
    if not url.database or url.database == ":memory:":
        raise StoreError("an SQLite database must be a file")
    remote = network_file_system(Path(url.database))
    if remote:
        raise StoreError(f"{url.database} lies on a network drive ({remote}); use a local disk, or PostgreSQL")
    patience, file = _patience(url), Path(url.database).absolute()
    if create:
        _owners_alone(file)
    elif _missing(file):
        raise StoreError(f"there is no database at {file}: look whether store.url is right; {BEGIN_WITH}")
    # By mode=rw a file that vanishes while we are at work is not made anew, empty, by the next connection.
    url = url.set(database=file.as_uri()).update_query_dict({"timeout": str(patience), "mode": "rw", "uri": "true"})
    writer = create_engine(url, pool_size=1, max_overflow=2, hide_parameters=True)
    reader = create_engine(url, pool_size=4, max_overflow=28, hide_parameters=True)
    _begin_with(writer, "BEGIN IMMEDIATE", query_only=False)
    _begin_with(reader, "BEGIN", query_only=True)
    return Engines(writer=writer, reader=reader, patience=patience)


def open_still_engines(file: Path) -> Engines:
    """Engines that read a file as it lies and make nothing beside it (``store.still``). Writes are refused."""
    query = {"mode": "ro", "immutable": "1", "uri": "true"}
    engine = create_engine(URL.create("sqlite", database=file.as_uri(), query=query), hide_parameters=True)
    _begin_with(engine, "BEGIN", query_only=True, pragmas=())
    return Engines(writer=engine, reader=engine, patience=PATIENCE_SECONDS)


def _missing(file: Path) -> bool:
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:  # it may be there, in a folder that is shut to us: SQLite says so in its own words
        return False
    return False


def _owners_alone(database: Path) -> None:
    """Make a database that is not there yet readable by nobody else, whatever the umask; its -wal and -shm follow it.

    An existing file is left as its operator made it.
    """
    try:
        os.close(os.open(database, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError:  # it is there already, or cannot be: SQLite says so in its own words
        return


def _patience(url: URL) -> float:
    asked = str(url.query.get("timeout", PATIENCE_SECONDS))
    try:
        return float(asked)
    except ValueError:
        raise StoreError(f"?timeout={asked} in the database address is no number of seconds") from None


def _begin_with(engine: Engine, statement: str, *, query_only: bool, pragmas: Iterable[str] = PRAGMAS) -> None:
    """Take the beginning of transactions out of the hands of Python's sqlite3."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (*pragmas, "trusted_schema=OFF", f"query_only={'ON' if query_only else 'OFF'}"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql(statement)


def _postgres(url: URL) -> Engines:
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=8,
            max_overflow=8,
            pool_timeout=PATIENCE_SECONDS,
            pool_recycle=1800,
            hide_parameters=True,
            isolation_level="READ COMMITTED",
            connect_args={
                "application_name": "motcua",
                "connect_timeout": 5,
                # A server that has vanished without a word is given up within half a minute, not by the hour.
                "keepalives_idle": 10,
                "keepalives_interval": 5,
                "keepalives_count": 4,
                "tcp_user_timeout": 25_000,  # milliseconds
                "options": SERVER_OPTIONS,
            },
        )
    except ModuleNotFoundError:
        raise StoreError("PostgreSQL needs its driver; run: pip install 'motcua-zalo[postgres]'") from None
    return Engines(writer=engine, reader=engine, patience=PATIENCE_SECONDS)
