"""Disks that are full or read-only while no daemon is at work: what only reads goes on, the rest says which disk."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapter.cli import main
from adapter.errors import StoreError
from adapter.simulators.onestop.happenings import Happening
from adapter.store import backup, open_to_read
from tests import disks
from tests.towns import Town, town

READING = ("status", "balance", "messages list", "audit verify", "db check")


def motcua(place: Town, command: str) -> Result:
    arguments = ["--config", str(place.folder / "motcua.toml"), *command.split()]
    return CliRunner().invoke(main, arguments, env=place.environ)


def well(place: Town, command: str) -> str:
    result = motcua(place, command)
    assert result.exit_code == 0, f"{command}: {result.output}"
    return result.stdout


def read_a_dossier(place: Town) -> None:
    fields = {"ChuHoSo": "NGUYỄN THỊ MẪU", "SoDienThoai": "0912345678", "TrangThaiHoSo": "2"}
    code = "000.22.33.H62-261123-0001"
    place.province.province.apply(Happening(after_seconds=0, code=code, changes=fields, office="000.22.33.H62"))
    well(place, "poll")


def unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite as on a full disk: it can make nothing beside a file, so that only ``immutable`` opens one."""

    def connect(address: str, *arguments: object, **named: object) -> sqlite3.Connection:
        return _connect(address if "immutable" in address else "file:/nowhere/at/all?mode=ro", *arguments, **named)  # type: ignore[call-overload,no-any-return]

    for module in (sqlite3, sqlite3.dbapi2):
        monkeypatch.setattr(module, "connect", connect)


_connect = sqlite3.connect


@pytest.mark.parametrize("beside", ["-wal", "-journal"])
def test_what_may_have_more_beside_it_is_not_read_as_it_lies(
    place: Town, monkeypatch: pytest.MonkeyPatch, beside: str
) -> None:
    unreadable(monkeypatch)
    well(place, "status")
    (place.folder / f"motcua.db{beside}").write_bytes(b"more")
    assert motcua(place, "status").exit_code == 1


def test_what_is_written_into_meanwhile_was_not_read(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as shut:
        unreadable(shut)
        settings = place.settings()
        store = open_to_read(settings.store.url, settings.store.keys)
    store.read(lambda tx: tx.snapshot())
    with place.house() as house:
        house.store.write("test", lambda tx: tx.bump("x"))
    with pytest.raises(StoreError, match="written into"):
        store.read(lambda tx: tx.snapshot())
    with pytest.raises(StoreError, match="readonly"):
        store.write("test", lambda tx: tx.bump("x"))
    store.close()


if disks.may_mount():

    @pytest.fixture
    def disk(tmp_path: Path) -> Iterator[Path]:
        with disks.small_disk(tmp_path / "disk") as made:
            yield made

    @pytest.fixture
    def on_disk(disk: Path) -> Iterator[Town]:
        with town(disk) as made:
            yield made

    def test_a_full_disk_can_be_read_and_is_named_by_what_writes(on_disk: Town) -> None:
        read_a_dossier(on_disk)
        with disks.full(on_disk.folder):
            for command in READING:
                well(on_disk, command)
            assert "Đang chờ: 1" in well(on_disk, "status")
            for command in ("pause --all", "stop", "poll", "deliver"):
                refused = motcua(on_disk, command)
                assert refused.exit_code == 1
                assert f"the disk of {on_disk.folder}/motcua.db is full" in refused.stderr
        well(on_disk, "pause --all")

    def test_a_read_only_disk_can_be_read_and_backed_up(on_disk: Town, tmp_path: Path) -> None:
        read_a_dossier(on_disk)
        with disks.read_only(on_disk.folder):
            for command in READING:
                well(on_disk, command)
            well(on_disk, f"db backup {tmp_path}/copy.db")
        assert backup.flaws(tmp_path / "copy.db") == ()

    def test_a_full_disk_for_backups_is_the_one_that_is_named(place: Town, disk: Path) -> None:
        read_a_dossier(place)
        with disks.full(disk):
            refused = motcua(place, f"db backup {disk}/copy.db")
        assert refused.exit_code == 1
        assert f"{disk}/copy.db" in refused.stderr
        assert "motcua.db" not in refused.stderr
        assert not list(disk.iterdir())

    def test_a_full_disk_for_the_restored_database_is_the_one_that_is_named(on_disk: Town, tmp_path: Path) -> None:
        read_a_dossier(on_disk)
        well(on_disk, f"db backup {tmp_path}/copy.db")
        with disks.full(on_disk.folder):
            refused = motcua(on_disk, f"db restore {tmp_path}/copy.db --yes")
        assert refused.exit_code == 1
        assert f"{on_disk.folder}/motcua.db" in refused.stderr
        assert "copy.db" not in refused.stderr
        assert "Đang chờ: 1" in well(on_disk, "status")
