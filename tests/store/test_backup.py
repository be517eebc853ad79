"""Copies of an SQLite database: whole or not there, and put in place without a moment of nothing."""

import shutil
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from adapter.errors import StoreError
from adapter.model import MappingVersion, TokenPair
from adapter.ports import Store
from adapter.store import backup, open_store, raw
from adapter.store.cipher import create_keys
from tests.store.clocks import START

APP = "1234567890"


@pytest.fixture
def file(sqlite_template: Path, tmp_path: Path) -> Path:
    """A database in write-ahead logging, as it is at work."""
    path = tmp_path / "motcua.db"
    shutil.copy(sqlite_template, path)
    return path


def opened(file: Path, keys: Path) -> Store:
    return open_store(backup.url_of(file), keys)


def bumps(file: Path) -> int:
    with closing(sqlite3.connect(file)) as database:
        found = database.execute("SELECT count FROM requests WHERE name = 'x'").fetchone()
    return found[0] if found else 0


def test_a_copy_of_a_database_in_use_is_whole(file: Path, keys: Path, tmp_path: Path) -> None:
    store = opened(file, keys)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            store.write("test", lambda tx: tx.bump("x"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            backup.copy(file, tmp_path / f"copy-{number}.db")
    finally:
        stop.set()
        writer.join()
    store.close()
    seen = [bumps(tmp_path / f"copy-{number}.db") for number in range(5)]
    assert seen == sorted(seen)
    assert bumps(file) >= seen[-1]
    assert all(backup.flaws(tmp_path / f"copy-{number}.db") == () for number in range(5))


def test_a_copy_is_one_private_file(file: Path, tmp_path: Path) -> None:
    backup.copy(file, tmp_path / "copy.db")
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.glob("copy*")) == ["copy.db"]


def test_how_far_a_copy_is_can_be_watched(
    file: Path, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "LOOK_EVERY", 100)
    store = opened(file, keys)
    versions = [MappingVersion(f"{number:016x}") for number in range(200)]
    store.write("test", lambda tx: [tx.mappings.keep("a", one, {"a.yaml": "x" * 50_000}) for one in versions])
    store.close()
    told: list[tuple[backup.Phase, float | None]] = []
    backup.copy(file, tmp_path / "copy.db", lambda phase, share: told.append((phase, share)))
    shares = [share for phase, share in told if phase is backup.Phase.COPYING and share is not None]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert any(0.2 < share < 0.9 for share in shares)
    assert told[-1] == (backup.Phase.EXAMINING, None)


def test_a_copy_overwrites_nothing(file: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(StoreError, match="overwrites nothing"):
        backup.copy(file, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "precious"


def test_what_an_interrupted_copy_left_is_no_hindrance(file: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db.part").write_text("half")
    (tmp_path / "copy.db.part-journal").write_text("what a full disk leaves")
    backup.copy(file, tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy.db.part*"))


def test_what_is_no_database_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(b"no database at all" * 500)
    with pytest.raises(StoreError, match="no database"):
        backup.copy(tmp_path / "notes.txt", tmp_path / "copy.db")
    with pytest.raises(StoreError, match="no such database"):
        backup.copy(tmp_path / "nowhere.db", tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy*"))


def test_a_copy_of_a_damaged_database_is_none(file: Path, keys: Path, tmp_path: Path) -> None:
    """A page that says it has no rows is copied without them, and the copy looks sound: pauses would be gone."""
    store = opened(file, keys)
    store.write("test", lambda tx: (tx.bump("x"), tx.bump("y")))
    store.close()
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode=DELETE")
        (root,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'requests'").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as page:
        page.seek((root - 1) * size + 3)  # how many cells: www.sqlite.org/fileformat2.html#b_tree_pages
        page.write(b"\0\0")
    with pytest.raises(StoreError, match="damaged"):
        backup.copy(file, tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy*"))


def test_damage_is_found(file: Path, keys: Path) -> None:
    store = opened(file, keys)
    for _ in range(3):
        store.write("test", lambda tx: tx.bump("x"))
    store.close()
    backup.single(file)
    with closing(sqlite3.connect(file)) as database:
        page = database.execute("PRAGMA page_size").fetchone()[0]
    content = bytearray(file.read_bytes())
    content[2 * page : 6 * page] = b"\xa5" * (4 * page)
    file.write_bytes(content)
    try:
        found = backup.flaws(file)
    except StoreError as error:
        found = (str(error),)
    assert found


def test_a_row_that_refers_to_nothing_is_found(file: Path) -> None:
    assert backup.flaws(file) == ()
    with closing(sqlite3.connect(file)) as database:
        database.executescript("CREATE TABLE a (x INTEGER REFERENCES requests (name)); INSERT INTO a VALUES (7);")
    assert backup.flaws(file) == ("a row of a refers to nothing",)


def test_a_single_file_has_no_log_beside_it(file: Path, keys: Path) -> None:
    opened(file, keys).close()
    backup.single(file)
    assert file.read_bytes()[18:20] == b"\x01\x01", "rollback journal, not write-ahead log (sqlite.org/fileformat)"


def test_what_is_open_elsewhere_cannot_be_made_single(file: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "PATIENCE_SECONDS", 0.1)
    store = opened(file, keys)
    store.write("test", lambda tx: tx.bump("x"))
    with pytest.raises(StoreError, match="another process"):
        backup.single(file)
    with pytest.raises(StoreError, match="another process"):
        backup.put_in_place(file.with_name("ready.db"), file, file.with_name("kept.db"))
    store.close()
    assert bumps(file) == 1


def test_one_takes_the_place_of_the_other(file: Path, keys: Path, tmp_path: Path) -> None:
    backup.copy(file, tmp_path / "ready.db")
    store = opened(file, keys)
    store.write("test", lambda tx: tx.bump("x"))
    store.close()
    backup.put_in_place(tmp_path / "ready.db", file, tmp_path / "kept.db")
    assert (bumps(file), bumps(tmp_path / "kept.db")) == (0, 1)
    assert not (tmp_path / "ready.db").exists()


def test_a_damaged_one_is_kept_with_its_log(file: Path, tmp_path: Path) -> None:
    backup.copy(file, tmp_path / "ready.db")
    file.write_bytes(b"damaged" * 1000)
    file.with_name("motcua.db-wal").write_bytes(b"its log")
    backup.put_in_place(tmp_path / "ready.db", file, tmp_path / "kept.db")
    assert (tmp_path / "kept.db").read_bytes().startswith(b"damaged")
    assert (tmp_path / "kept.db-wal").read_bytes() == b"its log"
    assert backup.flaws(file) == ()


def pair(generation: int) -> TokenPair:
    return TokenPair(
        access=f"access-{generation}",
        refresh=f"refresh-{generation}",
        issued_at=START,
        expires_at=START,
        generation=generation,
    )


@pytest.mark.parametrize(("old", "new"), [(5, 3), (3, 5), (2, None), (None, 4)])
def test_the_newer_pair_survives_and_can_be_opened(file: Path, keys: Path, old: int | None, new: int | None) -> None:
    ready, survives = file.with_name("ready.db"), max(old or 0, new or 0)
    backup.copy(file, ready)
    for place, generation in ((file, old), (ready, new)):
        if generation is not None:
            store = opened(place, keys)
            kept = pair(generation)
            assert store.write("test", lambda tx, kept=kept: tx.vault.save(APP, kept, None))  # type: ignore[misc]
            store.close()
    backup.carry_tokens(file, ready, keys)
    store = opened(ready, keys)
    assert store.read(lambda tx: tx.vault.load(APP)) == pair(survives)
    store.close()


def test_tokens_of_what_cannot_be_read_are_left(file: Path, keys: Path, tmp_path: Path) -> None:
    backup.copy(file, tmp_path / "ready.db")
    file.write_bytes(b"damaged" * 1000)
    assert backup.carry_tokens(file, tmp_path / "ready.db", keys) == 0


def test_tokens_under_other_keys_are_left(file: Path, keys: Path, tmp_path: Path) -> None:
    backup.copy(file, tmp_path / "ready.db")
    create_keys(tmp_path / "other.json")
    store = opened(file, tmp_path / "other.json")
    store.write("test", lambda tx: tx.vault.save(APP, pair(1), None))
    store.close()
    assert backup.carry_tokens(file, tmp_path / "ready.db", keys) == 0
    assert backup.carry_tokens(file, tmp_path / "ready.db", tmp_path / "other.json") == 1


def test_a_server_has_no_file() -> None:
    assert backup.database_file("postgresql://motcua@db/motcua") is None
    assert backup.database_file("sqlite:////srv/motcua.db") == Path("/srv/motcua.db")
    with pytest.raises(StoreError, match="no URL"):
        backup.database_file("://")


def test_an_odd_name_is_no_hindrance(file: Path, keys: Path, tmp_path: Path) -> None:
    odd = tmp_path / "bản sao #1 ?100%.db"
    backup.copy(file, odd)
    assert backup.flaws(odd) == ()
    assert backup.database_file(backup.url_of(odd)) == odd
    opened(odd, keys).close()
