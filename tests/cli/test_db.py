"""`motcua db`: checked, copied, upgraded with a way back."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command

from adapter.ports import Store
from adapter.steps import accounts, seal
from adapter.store import backup as copies
from adapter.store import migrate, revision
from adapter.store.engine import open_engines
from tests.cli.conftest import Run


def act(store: Store) -> None:
    store.write("test", lambda tx: tx.ledger.write([accounts.person_act("test", "chị Lan")]))
    seal.seal(store, "here:1:aa")


def test_a_backup_is_verified_and_named(run: Run, store: Store, tmp_path: Path) -> None:
    act(store)
    result = run("db", "backup", str(tmp_path / "copy.db"))
    assert result.exit_code == 0, result.output
    assert str(tmp_path / "copy.db") in result.stdout
    assert "Sổ: toàn vẹn" in result.stdout
    assert "Đã niêm phong: 1" in result.stdout
    assert revision.current(copies.url_of(tmp_path / "copy.db")) == revision.head()


def test_a_folder_gets_a_name_by_date(run: Run, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    assert run("db", "backup", str(tmp_path / "backups")).exit_code == 0
    (made,) = (tmp_path / "backups").iterdir()
    assert made.name.startswith("motcua-20")
    assert made.suffix == ".db"


def test_a_backup_overwrites_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("precious")
    result = run("db", "backup", str(tmp_path / "copy.db"))
    assert result.exit_code == 1
    assert (tmp_path / "copy.db").read_text() == "precious"


@pytest.mark.parametrize("command", [("backup", "x.db"), ("restore", "x.db", "--yes")])
def test_postgres_has_its_own_tools(run: Run, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_STORE__URL", "postgresql://motcua:hush@127.0.0.1:1/motcua")
    Path("x.db").write_bytes(b"")
    result = run("db", *command)
    assert result.exit_code == 1
    assert "pg_" in result.stderr
    assert "hush" not in result.output


def test_a_sound_database_is_said_to_be(run: Run, store: Store) -> None:
    act(store)
    assert run("db", "check").exit_code == 0
    facts = json.loads(run("db", "check", "--json").stdout)
    assert facts["whole"] is True
    assert facts["flaws"] == []


def test_an_altered_ledger_is_found(run: Run, store: Store, installed: Path) -> None:
    act(store)
    with closing(sqlite3.connect(installed / "data" / "motcua.db")) as database:
        database.execute("DROP TRIGGER entries_no_UPDATE")
        database.execute("UPDATE entries SET body = CAST(replace(body, 'Lan', 'Mai') AS BLOB)")
        database.commit()
    result = run("db", "check")
    assert result.exit_code == 1
    assert "altered" in result.stderr
    assert "motcua db restore" in result.stderr


def stand_at_the_former_revision(installed: Path) -> Path:
    """A database as the program made it then."""
    file = installed / "data" / "motcua.db"
    for part in file.parent.glob("motcua.db*"):
        part.unlink()
    engines = open_engines(copies.url_of(file))
    with engines.writer.begin() as connection:
        command.upgrade(migrate._config(connection), "0005_ledger")
    engines.dispose()
    return file


def test_an_upgrade_makes_a_backup_first(run: Run, installed: Path) -> None:
    file = stand_at_the_former_revision(installed)
    result = run("db", "upgrade")
    assert result.exit_code == 0, result.output
    (made,) = (installed / "data" / "backups").iterdir()
    assert str(made) in result.stdout
    assert revision.current(copies.url_of(made)) == "0005_ledger"
    assert revision.current(copies.url_of(file)) == revision.head()
    assert run("db", "upgrade").exit_code == 0
    assert len(list((installed / "data" / "backups").iterdir())) == 1, "nothing to do, nothing to keep"


def test_an_upgrade_without_a_backup(run: Run, installed: Path) -> None:
    stand_at_the_former_revision(installed)
    assert run("db", "upgrade", "--no-backup").exit_code == 0
    assert not (installed / "data" / "backups").exists()


def test_a_backup_of_a_former_revision_is_put_back_as_ours(run: Run, installed: Path, tmp_path: Path) -> None:
    file = stand_at_the_former_revision(installed)
    copies.copy(file, tmp_path / "former.db")
    run("db", "upgrade", "--no-backup")
    result = run("db", "restore", str(tmp_path / "former.db"), "--yes")
    assert result.exit_code == 0, result.output
    assert revision.current(copies.url_of(file)) == revision.head()
    assert revision.current(copies.url_of(tmp_path / "former.db")) == "0005_ledger", "the backup stays as it was"


def test_a_restore_asks_first(run: Run, installed: Path, tmp_path: Path) -> None:
    run("db", "backup", str(tmp_path / "copy.db"))
    before = (installed / "data" / "motcua.db").stat().st_ino
    result = run("db", "restore", str(tmp_path / "copy.db"), stdin="n\n")
    assert result.exit_code == 1
    assert (installed / "data" / "motcua.db").stat().st_ino == before


def test_a_database_put_back_by_another_tool_begins_an_epoch(run: Run, store: Store) -> None:
    result = run("db", "restored", "--by", "anh Minh")
    assert result.exit_code == 0, result.output
    assert store.read(lambda tx: tx.epochs.began_at()) is not None
    assert [raised.key for raised in store.read(lambda tx: tx.alarms.standing())] == ["held:restored-1"]
