"""Who may read what lies on the disk: the owner alone, whatever the umask of whoever started the program."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapter import config
from adapter.cli import main
from adapter.errors import StoreError
from adapter.store.cipher import load_keys
from adapter.store.migrate import upgrade
from adapter.wiring.books import open_store


@pytest.fixture(params=[0o000, 0o022, 0o027, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def run(*arguments: str) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output


def test_what_init_and_backup_write_is_the_owners_alone(umask: int, tmp_path: Path) -> None:
    folder = tmp_path / "motcua"
    run("init", str(folder))
    assert {name: mode(folder / name) for name in ("secrets", "data")} == {"secrets": 0o700, "data": 0o700}
    files = ["motcua.toml", "secrets/keys.json", "data/motcua.db"]
    store = open_store(config.load(folder / "motcua.toml", {}))
    try:
        store.write("test", lambda tx: tx.alarms.raise_once("key", "câu"))
        files += ["data/motcua.db-wal", "data/motcua.db-shm"]
        assert {name: oct(mode(folder / name)) for name in files} == dict.fromkeys(files, "0o600")
    finally:
        store.close()
    run("--config", str(folder / "motcua.toml"), "db", "backup", str(tmp_path / "kept.db"))
    assert oct(mode(tmp_path / "kept.db")) == "0o600"


def test_a_database_beside_others_files_is_the_owners_alone(umask: int, tmp_path: Path) -> None:
    upgrade(f"sqlite:///{tmp_path}/town.db")
    assert oct(mode(tmp_path / "town.db")) == "0o600"


def test_a_database_that_stands_keeps_the_mode_its_operator_gave_it(tmp_path: Path) -> None:
    upgrade(f"sqlite:///{tmp_path}/town.db")
    (tmp_path / "town.db").chmod(0o640)
    upgrade(f"sqlite:///{tmp_path}/town.db")
    assert oct(mode(tmp_path / "town.db")) == "0o640"


@pytest.mark.parametrize("open_to", [0o604, 0o602, 0o620, 0o666])
def test_keys_open_to_others_are_not_used(tmp_path: Path, open_to: int) -> None:
    run("init", str(tmp_path / "motcua"))
    keys = tmp_path / "motcua" / "secrets" / "keys.json"
    keys.chmod(open_to)
    with pytest.raises(StoreError, match="chmod 600"):
        load_keys(keys)
