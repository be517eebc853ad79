"""`motcua db`: checked, copied, upgraded with a way back."""

import json
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, NullPool, create_engine

from adapter import config
from adapter.daemon.presence import Presence
from adapter.model import EntryId, EpochKind
from adapter.ports import Store
from adapter.steps import accounts, seal
from adapter.store import backup as copies
from adapter.store import migrate, revision
from adapter.store.engine import open_engines
from adapter.wiring.books import new_owner, open_store
from tests.cli.conftest import Run
from tests.postgres import fresh_database, psycopg_url, url_of


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


@pytest.mark.parametrize("where", ["new", "new/", "new/below", "new.db/"])
def test_a_folder_that_is_not_there_is_made(run: Run, tmp_path: Path, where: str) -> None:
    for _ in range(2):  # the second may come within the same second, and overwrites nothing
        result = run("db", "backup", f"{tmp_path}/{where}")
        assert result.exit_code == 0 or "overwrites nothing" in result.stderr, result.output
    (made, *_) = sorted((tmp_path / where).iterdir())
    assert made.name.startswith("motcua-20")
    assert stat.S_IMODE((tmp_path / where).stat().st_mode) == 0o700


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
    engines = open_engines(copies.url_of(file), create=True)
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


def test_an_upgrade_waits_until_no_daemon_is_at_work(run: Run, installed: Path, store: Store) -> None:
    daemon, dead = (f"{new_owner().partition(':')[0]}:{pid}:aa" for pid in (os.getppid(), 999999))
    for owner in (dead, daemon):
        Presence(store, owner).show()
    assert run("db", "upgrade").exit_code == 0, "nothing to do, nobody in the way"
    with closing(sqlite3.connect(installed / "data" / "motcua.db")) as database:
        signs = database.execute("SELECT name, owner, fence, expires_at FROM leases").fetchall()
    file = stand_at_the_former_revision(installed)
    with closing(sqlite3.connect(file)) as database:
        database.executemany("INSERT INTO leases (name, owner, fence, expires_at) VALUES (?, ?, ?, ?)", signs)
        database.commit()
    refused = run("db", "upgrade")
    assert refused.exit_code == 1
    assert daemon in refused.stderr
    assert dead not in refused.stderr
    assert "motcua stop" in refused.stderr
    assert revision.current(copies.url_of(file)) == "0005_ledger"
    with closing(sqlite3.connect(file)) as database:
        database.execute("UPDATE leases SET expires_at = 0")
        database.commit()
    assert run("db", "upgrade").exit_code == 0


def test_a_server_is_not_upgraded_before_it_was_backed_up(
    run: Run, postgres_server: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fresh_database(postgres_server, f"motcua_{os.getpid()}_upgraded") as name:
        monkeypatch.setenv("MOTCUA_STORE__URL", url_of(name))
        new = run("db", "upgrade")
        assert (new.exit_code, "pg_dump" in new.output) == (0, False)
        engine = create_engine(psycopg_url(url_of(name)), poolclass=NullPool)
        with engine.begin() as database:
            database.exec_driver_sql("DROP TABLE tellings")
            database.exec_driver_sql("DELETE FROM alembic_version")
            database.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{revision.known()[-2]}')")  # noqa: S608
        refused = run("db", "upgrade")
        assert refused.exit_code == 1
        assert "pg_dump --format=custom" in refused.stderr
        assert name in refused.stderr
        assert revision.current(url_of(name)) == revision.known()[-2]
        assert run("db", "upgrade", "--no-backup").exit_code == 0
        assert revision.current(url_of(name)) == revision.head()


def test_a_password_does_not_stand_in_the_line_to_run() -> None:
    said = copies.server_address("postgresql+psycopg://motcua:hush@db:5433/motcua?sslmode=require")
    assert said == "postgresql://motcua@db:5433/motcua?sslmode=require"


def test_an_empty_database_begins_an_epoch_and_says_so(run: Run, installed: Path) -> None:
    with closing(sqlite3.connect(installed / "data" / "motcua.db")) as database:
        assert database.execute("SELECT count(*) FROM epochs").fetchone() == (0,), "init knows that nothing was sent"
    (installed / "data" / "motcua.db").unlink()
    said = run("db", "upgrade", "--by", "anh Minh")
    assert said.exit_code == 0, said.output
    assert "motcua db restore" in said.stdout
    assert "motcua db restore" not in run("db", "upgrade").stdout
    store = open_store(config.load(installed / "motcua.toml", {}))
    present = store.read(lambda tx: tx.epochs.present())
    entries = store.read(lambda tx: tx.ledger.entries(["person", "epoch"], EntryId(""), 10))
    store.close()
    assert present is not None
    assert (present.number, present.kind) == (1, EpochKind.NEW)
    assert ["anh Minh" in entry.body.decode() for entry in entries] == [False, True]


def test_an_empty_file_is_not_taken_for_a_new_database(run: Run, installed: Path) -> None:
    (installed / "data" / "motcua.db").write_bytes(b"")
    for words in (("status",), ("db", "current"), ("db", "check")):
        refused = run(*words)
        assert refused.exit_code == 1
        assert 0 < refused.stderr.index("motcua db restore") < refused.stderr.index("motcua db upgrade")
    findings = json.loads(run("doctor", "--json").stdout)
    (found,) = [one for one in findings if one["door"] == "database" and one["level"] != "ok"]
    assert 0 < found["todo"].index("motcua db restore") < found["todo"].index("motcua db upgrade")


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
    assert store.read(lambda tx: tx.epochs.present()) is not None
    assert [raised.key for raised in store.read(lambda tx: tx.alarms.standing())] == ["held:restored-1"]
