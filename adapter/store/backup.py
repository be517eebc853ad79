"""Copies of an SQLite database: made while it is in use, examined, and put in its place.

A copy is made by ``VACUUM INTO``: one moment of the database, readers and the writer go on, and the result is one plain
file without a write-ahead log (sqlite.org/lang_vacuum.html). PostgreSQL has its own tools; ``database_file`` says None
for it. Every function raises StoreError with a sentence, and OSError where a file cannot be touched.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from adapter.errors import StoreError
from adapter.store.cipher import Cipher, load_keys
from adapter.store.raw import NoDatabaseError, opened, readable

PRIVATE = 0o600
NOT_WRITTEN = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC})

LOOK_EVERY = 100_000
"""Steps of SQLite's machine between two looks at how far a copy is: many times a second, and not felt."""

PAIR_COLUMNS = "app, access, refresh, issued_at, expires_at, generation, state, refreshing_since"
"""Sealed for their row, so that a row fits into any copy of the same database under the same keys."""


class Phase(StrEnum):
    """What takes long in making a copy."""

    COPYING = "copying"
    EXAMINING = "examining"


Tell = Callable[[Phase, float | None], None]
"""Is told what is being done, and how much of it is done: 0 to 1, None when nobody knows."""


def database_file(url: str) -> Path | None:
    """The file of an SQLite database; None for another kind."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError("the database address is no URL such as sqlite:////var/lib/motcua/motcua.db") from None
    return Path(parsed.database).absolute() if parsed.get_backend_name() == "sqlite" and parsed.database else None


def server_address(url: str) -> str:
    """The address of a PostgreSQL database as its own tools take it, without the password: they ask for it."""
    parsed = make_url(url).set(drivername="postgresql")
    return URL.create(
        parsed.drivername, parsed.username, None, parsed.host, parsed.port, parsed.database, parsed.query
    ).render_as_string()


def url_of(file: Path) -> str:
    """The address of an SQLite database in a file."""
    return URL.create("sqlite", database=str(file)).render_as_string(hide_password=False)


def copy(file: Path, target: Path, tell: Tell = lambda _phase, _share: None) -> None:
    """Copy a database, in use or not, to a file of mode 0600 that must not exist yet; examine both, it and the copy.

    Of a damaged database SQLite makes a copy that looks sound and lacks rows. The copy bears its name only when it is
    whole and on the disk. ``tell`` is called while it is made, in this thread.
    """
    if not file.is_file():
        raise StoreError(f"{file}: there is no such database")
    if target.exists():
        raise StoreError(f"{target}: exists already, and a backup overwrites nothing")
    part = target.with_name(target.name + ".part")
    tell(Phase.EXAMINING, None)
    _require_sound(file, f"{file}: is damaged")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
        tell(Phase.COPYING, 0.0)
        with readable(file) as source:
            _watch_growing(source, part, tell)
            _written_to(target, lambda: source.execute("VACUUM INTO ?", [str(part)]))
        tell(Phase.EXAMINING, None)
        _require_sound(part, f"{file}: its copy is damaged")
        _to_disk(part)
        part.rename(target)
        _to_disk(target.parent)
    finally:
        part.unlink(missing_ok=True)
        part.with_name(part.name + "-journal").unlink(missing_ok=True)  # SQLite leaves it on a full disk


def _require_sound(file: Path, said: str) -> None:
    wrong = flaws(file)
    if wrong:
        raise NoDatabaseError(f"{said}: {' '.join(wrong[0].split())}")


def _written_to(target: Path, write: Callable[[], object]) -> None:
    """Do what writes to another file than the one that is open, and name that one when its disk is full."""
    try:
        write()
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) in NOT_WRITTEN:
            free = shutil.disk_usage(target.parent).free
            raise StoreError(f"{target}: cannot be written ({error}); free on that disk: {free // 2**20} MB") from None
        raise


def _watch_growing(source: sqlite3.Connection, part: Path, tell: Tell) -> None:
    """Tell how far a copy is by its size. The source may hold free pages, so it may end before it seemed to."""
    (pages,), (size,) = (source.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))

    def look() -> None:
        tell(Phase.COPYING, part.stat().st_size / max(pages * size, 1))

    source.set_progress_handler(look, LOOK_EVERY)


def flaws(file: Path) -> tuple[str, ...]:
    """What SQLite's own examination finds wrong in a database (integrity and references); empty when it is sound."""
    with readable(file) as database:
        broken = [str(row[0]) for row in database.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]
        astray = [f"a row of {row[0]} refers to nothing" for row in database.execute("PRAGMA foreign_key_check")]
    return (*broken, *astray[:20])


def single(file: Path) -> None:
    """Bring everything into the one file, with no write-ahead log beside it. Nobody else may have it open."""
    with opened(file, "rw") as database:
        _alone(database, file)


def carry_tokens(old: Path, new: Path, keys: Path) -> int:
    """Take the token pairs of a database that is being replaced over, where they are newer; gives how many.

    A refresh token is good for one use, so the pair in a backup is usually dead (zalo.md 1.3). What cannot be read, or
    was sealed with other keys, is left: a person then has to give a new pair. Raises KeysError.
    """
    cipher = load_keys(keys)
    try:
        with opened(old, "ro") as database:
            rows = database.execute(f"SELECT {PAIR_COLUMNS} FROM tokens").fetchall()  # noqa: S608 - our own words
    except StoreError:
        return 0
    newer = "WHERE excluded.generation > tokens.generation"
    taken = ", ".join(f"{name} = excluded.{name}" for name in PAIR_COLUMNS.split(", ")[1:])
    statement = (
        f"INSERT INTO tokens ({PAIR_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608 - our own words
        f"ON CONFLICT (app) DO UPDATE SET {taken} {newer}"
    )
    with opened(new, "rw") as database:
        return sum(database.execute(statement, row).rowcount for row in rows if _opens(cipher, *row[:3]))


def _opens(cipher: Cipher, app: str, access: bytes, refresh: bytes) -> bool:
    try:
        cipher.open("tokens.access", app, access)
        cipher.open("tokens.refresh", app, refresh)
    except StoreError:
        return False
    return True


def put_in_place(ready: Path, current: Path, kept: Path) -> None:
    """Put a database in the place of another one, which is kept under a third name; at no moment is there none.

    Raises StoreError when another process has the present one open.
    """
    if current.exists():
        _alone_or_damaged(current, kept)
        kept.hardlink_to(current)
    _to_disk(ready)
    ready.replace(current)
    _to_disk(current.parent)


def _alone_or_damaged(current: Path, kept: Path) -> None:
    """Leave no write-ahead log beside a database: merged into a sound one, kept beside a damaged one."""
    log, twin = current.with_name(current.name + "-wal"), kept.with_name(kept.name + "-wal")
    if log.exists():
        twin.hardlink_to(log)  # SQLite may throw away a log that it cannot use
    try:
        single(current)
    except NoDatabaseError:
        log.unlink(missing_ok=True)
        current.with_name(current.name + "-shm").unlink(missing_ok=True)
    except StoreError:
        twin.unlink(missing_ok=True)
        raise
    else:
        twin.unlink(missing_ok=True)


def _alone(database: sqlite3.Connection, file: Path) -> None:
    """Leave write-ahead logging, which SQLite does only for the one connection there is."""
    mode = database.execute("PRAGMA journal_mode=DELETE").fetchone()
    if mode != ("delete",):
        raise StoreError(f"{file}: another process has it open")


def _to_disk(place: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk. Windows knows no such thing for folders."""
    if os.name == "nt" and place.is_dir():
        return
    handle = os.open(place, os.O_RDWR if place.is_file() else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
