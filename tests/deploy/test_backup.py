"""The nightly backup, of both databases: complete, without secrets, and old ones go only after a new one stands."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from adapter.store import revision
from adapter.store.migrate import upgrade
from tests.postgres import fresh_database, server, url_of

SCRIPT = Path(__file__).parents[2] / "deploy" / "backup"
DUMP = SCRIPT.with_name("dump")
OLD = ("nightly-20200101-000000", "nightly-20200102-000000", "nightly-20200103-000000")


@pytest.fixture(scope="module")
def etc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("etc")
    subprocess.run([Path(sys.prefix, "bin", "motcua"), "init", folder], check=True, timeout=60, capture_output=True)
    return folder


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    for name in OLD:
        (folder / f"{name}.db").touch()
        (folder / f"{name}.etc.tar.gz").touch()
    (folder / "motcua-0005-20200101-000000.db").touch()  # what `db upgrade` left
    return folder


def back_up(folder: Path, etc: Path) -> int:
    environ = os.environ | {"MOTCUA_ETC": str(etc)}
    return subprocess.run([SCRIPT, folder, "2"], env=environ, check=False, timeout=60, capture_output=True).returncode


def test_a_backup_holds_everything_but_the_secrets_and_the_oldest_go(backups: Path, etc: Path) -> None:
    assert back_up(backups, etc) == 0
    names = sorted(path.name for path in backups.iterdir())
    (new,) = [name for name in names if name.endswith(".db") and not name.startswith(("nightly-2020", "motcua-"))]
    kept = [f"{OLD[-1]}.db", f"{OLD[-1]}.etc.tar.gz", new, new.replace(".db", ".etc.tar.gz")]
    assert names == sorted([*kept, "motcua-0005-20200101-000000.db"])
    assert (backups / new).read_bytes().startswith(b"SQLite format 3")
    assert {oct(path.stat().st_mode & 0o777) for path in backups.glob(new.replace(".db", "*"))} == {"0o600"}
    with tarfile.open(backups / new.replace(".db", ".etc.tar.gz")) as archive:
        inside = archive.getnames()
    assert "motcua.toml" in inside
    assert "mappings/vinhphuc/source.yaml" in inside
    assert not [name for name in inside if "secret" in name or "keys" in name]


def test_a_backup_that_fails_says_so_and_removes_nothing(backups: Path, tmp_path: Path) -> None:
    before = sorted(backups.iterdir())
    assert back_up(backups, tmp_path / "nowhere") != 0
    assert sorted(backups.iterdir()) == before


def dump(folder: Path, etc: Path, database: str) -> int:
    environ = os.environ | {"MOTCUA_ETC": str(etc), "MOTCUA_DUMP": database}
    return subprocess.run([DUMP, folder, "2"], env=environ, check=False, timeout=60, capture_output=True).returncode


@pytest.mark.postgres
def test_a_dump_of_postgresql_can_be_put_back_and_the_oldest_go(tmp_path: Path, etc: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for name in OLD:
        (folder / f"{name}.dump").touch()
    with (
        server() as engine,
        fresh_database(engine, f"motcua_{os.getpid()}_dumped") as full,
        fresh_database(engine, f"motcua_{os.getpid()}_empty") as empty,
    ):
        upgrade(url_of(full))
        assert dump(folder, etc, url_of(full)) == 0
        made = sorted(folder.glob("nightly-*.dump"))
        assert [path.stem for path in made[:-1]] == [OLD[-1]]
        assert oct(made[-1].stat().st_mode & 0o777) == "0o600"
        restore = ["pg_restore", "--clean", "--if-exists", "--no-owner", f"--dbname={url_of(empty)}", str(made[-1])]
        subprocess.run(restore, check=True, timeout=60, capture_output=True)
        assert revision.current(url_of(empty)) == revision.head()


@pytest.mark.postgres
def test_a_dump_that_fails_says_so_and_removes_nothing(tmp_path: Path, etc: Path) -> None:
    (tmp_path / f"{OLD[0]}.dump").touch()
    assert dump(tmp_path, etc, "postgresql://postgres@127.0.0.1:9/nowhere") != 0
    assert [path.name for path in tmp_path.iterdir()] == [f"{OLD[0]}.dump"]
