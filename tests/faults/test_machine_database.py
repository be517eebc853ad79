"""The database is locked, full, read-only, restarted: all stands still, nothing is lost, and it goes on by itself."""

import contextlib
import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests import disks
from tests.daemon.test_daemon import PATIENCE
from tests.faults.machine import HASTE, MODULE, connected, lives_through, running
from tests.faults.scene import Scene, code_of
from tests.faults.scene import scene as staged
from tests.faults.table import Row
from tests.postgres import server
from tests.towns import town

Daemon = subprocess.Popen[bytes]
TABLES = ("deliveries", "leases", "dossiers", "entries", "runs", "alarms", "requests")
POSTGRES = pytest.mark.parametrize("database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)


def hurry(scene: Scene) -> None:
    """SQLite's own wait for a lock stands in the address."""
    if not scene.place.database:
        scene.place.extra["MOTCUA_STORE__URL"] = f"sqlite:///{scene.place.folder}/motcua.db?timeout={HASTE}"


@contextlib.contextmanager
def held_by_another(scene: Scene, _daemon: Daemon) -> Iterator[None]:
    """Somebody else is in the middle of a write that does not end."""
    if scene.place.database:
        with connected(scene) as other, other.begin():
            other.exec_driver_sql("LOCK TABLE " + ", ".join(TABLES) + " IN EXCLUSIVE MODE")
            yield
        return
    with contextlib.closing(sqlite3.connect(scene.place.folder / "motcua.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")


@pytest.mark.fault("database-locked")
def test_locked_by_another(either: Scene) -> None:
    hurry(either)
    lives_through(either, held_by_another)


@contextlib.contextmanager
def no_file_may_grow(scene: Scene, daemon: Daemon) -> Iterator[None]:
    """A limit on the size of files, below what the write-ahead log has already."""
    assert (scene.place.folder / "motcua.db-wal").stat().st_size > 100_000
    kept = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (100_000, kept[1]))
    yield
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, kept)


@contextlib.contextmanager
def refusing(scene: Scene, condition: str) -> Iterator[None]:
    """Every write is refused as PostgreSQL refuses it under this condition (its appendix A)."""
    function = f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE {condition}; END $$"
    with connected(scene) as hand:
        hand.exec_driver_sql(function)
        for table in TABLES:
            trigger = f"CREATE TRIGGER refuse BEFORE INSERT OR UPDATE OR DELETE ON {table} EXECUTE FUNCTION refuse()"
            hand.exec_driver_sql(trigger)
        hand.commit()
        yield
        hand.exec_driver_sql("DROP FUNCTION refuse CASCADE")
        hand.commit()


def full_to_the_last_byte(scene: Scene, _daemon: Daemon) -> contextlib.AbstractContextManager[None]:
    """The disk of the town, with its database and its log."""
    return disks.full(scene.place.folder)


@pytest.mark.fault("database-full")
def test_full_by_a_limit(scene: Scene) -> None:
    lives_through(scene, no_file_may_grow)


@pytest.mark.fault("database-full")
@POSTGRES
def test_full_at_the_server(either: Scene) -> None:
    lives_through(either, lambda scene, _: refusing(scene, "disk_full"))


@contextlib.contextmanager
def administered(scene: Scene, begin: str, end: str) -> Iterator[None]:
    """The server's administrator changes the database for a while, which breaks every connection off."""
    name = make_url(scene.place.database).database
    breaking = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %(name)s"
    with server() as engine, engine.connect() as admin:
        admin.exec_driver_sql(begin.format(name=name))
        admin.exec_driver_sql(breaking, {"name": name})
        yield
        admin.exec_driver_sql(end.format(name=name))
        admin.exec_driver_sql(breaking, {"name": name})


@pytest.mark.fault("database-readonly")
@POSTGRES
def test_read_only(either: Scene) -> None:
    """As a stand-by server is."""
    lives_through(either, lambda scene, _: refusing(scene, "read_only_sql_transaction"))


@pytest.mark.fault("database-restart")
@POSTGRES
def test_a_server_that_is_away_and_comes_back(either: Scene) -> None:
    allowed = "ALTER DATABASE {name} ALLOW_CONNECTIONS "
    lives_through(either, lambda scene, _: administered(scene, f"{allowed}false", f"{allowed}true"), reads=False)


@pytest.mark.fault("database-rights")
def test_a_file_that_belongs_to_somebody_else(scene: Scene) -> None:
    """As after a person put it back as root: the service may read it, and no more."""
    with running(scene):
        scene.file(1)
        scene.until_told(1)
    scene.store.close()
    place = scene.place.folder
    files = [place, *place.glob("motcua.db*")]
    for file in files:
        file.chmod(0o555)
    scene.file(2)
    for _ in range(2):  # as systemd does
        refused = scene.place.process("run", module=MODULE, MACHINE_RIGHTS="none")
        assert refused.wait(PATIENCE) == 1
    scene.ended(refused)
    last = scene.place.log().splitlines()[-1]
    assert last.startswith("motcua: ")
    assert "readonly" in last
    assert "Traceback" not in scene.place.log()
    assert set(scene.told()) == {code_of(1)}
    for file in files:
        file.chmod(0o755)
    with running(scene, MACHINE_RIGHTS="none"):
        scene.until_told(2)
        scene.motcua("doctor")
    scene.prove()


if disks.may_mount():

    @pytest.fixture
    def small_disk(tmp_path: Path, row: Row) -> Iterator[Scene]:
        with disks.small_disk(tmp_path / "disk") as disk, town(disk) as place, staged(place, row) as made:
            yield made

    @pytest.mark.fault("database-full")
    def test_full_to_the_last_byte(small_disk: Scene) -> None:
        lives_through(small_disk, full_to_the_last_byte, logs=False, doctor=1)  # it says that the disk is small
