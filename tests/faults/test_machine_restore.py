"""The database is put back from a backup, lost, or opened with other keys: nobody is told twice."""

import contextlib
import json
import subprocess
from collections.abc import Callable

import pytest
from sqlalchemy import make_url

from adapter.model import Delivery, DeliveryState, Filter
from adapter.store.cipher import create_keys
from tests.daemon.test_daemon import PATIENCE
from tests.faults.scene import Scene, code_of
from tests.postgres import create, drop, server


@pytest.mark.fault("database-restored")
def test_put_back(either: Scene) -> None:
    scene = either
    with contextlib.ExitStack() as later:
        scene.file(1, 2)
        scene.motcua("poll")
        put_back = backup(scene, later)  # both wait in it
        scene.motcua("deliver")
        scene.file(3)
        scene.motcua("poll")
        scene.motcua("deliver")  # and one more was told since
        assert set(scene.told()) == scene.filed
        scene.file(4)
        scene.motcua("stop", "--wait", "30")
        put_back()
    assert scene.codes_in(DeliveryState.HELD) == {code_of(1), code_of(2)}
    with scene.running():
        assert "khôi phục" in scene.rings("held:restored-1")
        scene.until(lambda: scene.codes_in(DeliveryState.HELD) == scene.filed)  # the first reading is in doubt too
        assert {alarm.partition(":")[0] for alarm in scene.alarms()} == {"held"}
        scene.file(5)
        scene.until_told(5)  # what comes afterwards is told as ever
        held = {delivery.message.routes[0].params["ma_ho_so"]: delivery.id for delivery in held_by(scene)}
        shown = scene.motcua("messages", "list", "--state", "held").stdout
        assert all(one in shown for one in held.values())
        scene.motcua("messages", "cancel", *(held[code] for code in scene.told() if code in held), "--yes")
        scene.motcua("messages", "release", held[code_of(4)], "--yes")
        scene.until_told(4)
        scene.until(lambda: not scene.count(DeliveryState.SENDING))
    scene.next_round()
    scene.prove(forgotten={code_of(1), code_of(2), code_of(3)})


@pytest.mark.fault("database-lost")
def test_lost(scene: Scene) -> None:
    """Twice: at first there is no backup, then there is one."""
    scene.file(1)
    scene.motcua("poll")
    scene.motcua("deliver")
    scene.ended(lose(scene))
    pair = scene.place.zalo.issue_tokens()
    tokens = json.dumps({"access_token": pair.access_token, "refresh_token": pair.refresh_token})
    assert "HELD" in scene.motcua("db", "upgrade").stdout
    scene.motcua("zalo", "token", "set", stdin=tokens)
    scene.file(2)  # while nobody read: it is held as well, because nobody can know
    with scene.running():
        scene.until(lambda: scene.codes_in(DeliveryState.HELD) == {code_of(1), code_of(2)})
        scene.until(lambda: any(key.startswith("held:") for key in scene.alarms()))
        (held_run,) = {key for key in scene.alarms() if key.startswith("held:")}
        assert "cơ sở dữ liệu mới" in scene.rings(held_run)
        scene.file(3)
        scene.until_told(3)  # what comes afterwards is told as ever
        held = {delivery.message.routes[0].params["ma_ho_so"]: delivery.id for delivery in held_by(scene)}
        scene.motcua("messages", "list", "--state", "held")
        scene.motcua("messages", "cancel", held[code_of(1)], "--yes")
        scene.motcua("messages", "release", held[code_of(2)], "--yes")
        scene.until_told(2)
        scene.until(lambda: not scene.count(DeliveryState.SENDING))
    backup = str(scene.place.folder / "backup.db")
    scene.motcua("db", "backup", backup)
    lose(scene)
    scene.motcua("db", "restore", backup, "--yes")
    scene.motcua("poll")
    scene.motcua("deliver")
    scene.next_round()
    scene.prove(forgotten={code_of(1)})


def lose(scene: Scene) -> "subprocess.Popen[bytes]":
    """The file is gone: nothing starts, nothing makes another one, and it is said what to do, in the right order."""
    scene.store.close()
    for path in scene.place.folder.glob("motcua.db*"):
        path.unlink()
    daemon = scene.place.process("run")
    assert daemon.wait(PATIENCE) == 1
    for command in ("status", "poll", "deliver"):
        said = scene.motcua(command, code=1).stderr
        assert 0 < said.index("motcua db restore") < said.index("motcua db upgrade")
    assert not list(scene.place.folder.glob("motcua.db*"))
    return daemon


@pytest.mark.fault("keys-wrong")
def test_the_keys_of_another_installation(either: Scene) -> None:
    scene = either
    scene.file(1)
    scene.motcua("poll")
    scene.motcua("deliver")
    keys = scene.place.folder / "keys.json"
    right = keys.rename(keys.with_name("right.json"))
    scene.motcua("status", code=78)
    create_keys(keys)
    daemon = scene.place.process("run")
    assert daemon.wait(PATIENCE) == 78
    scene.ended(daemon)
    for command in ("poll", "deliver", "stop", "db upgrade"):
        assert "not the ones this database was made with" in scene.motcua(*command.split(), code=78).stderr
    right.replace(keys)
    scene.file(2)
    with scene.running():
        scene.until_told(2)
        scene.until_are(0, DeliveryState.SENDING)
        scene.motcua("doctor")
    scene.prove()


def held_by(scene: Scene) -> list[Delivery]:
    return scene.store.read(lambda tx: tx.outbox.find(Filter(states=(DeliveryState.HELD,))))


def backup(scene: Scene, later: contextlib.ExitStack) -> Callable[[], None]:
    """A backup now; what is given puts it back, as the handbook says."""
    return _at_the_server(scene, later) if scene.place.database else _of_the_file(scene)


def _of_the_file(scene: Scene) -> Callable[[], None]:
    file = str(scene.place.folder / "backup.db")
    scene.motcua("db", "backup", file)

    def put_back() -> None:
        scene.store.close()
        scene.motcua("db", "restore", file, "--yes")

    return put_back


def _at_the_server(scene: Scene, later: contextlib.ExitStack) -> Callable[[], None]:
    """Copies of the database in the place of ``pg_dump`` and ``pg_restore``."""
    engine, name = later.enter_context(server()), str(make_url(scene.place.database).database)
    scene.store.close()
    create(engine, f"{name}_backup", name)
    later.callback(drop, engine, f"{name}_backup")

    def put_back() -> None:
        scene.store.close()
        told = scene.motcua("db", "restore", str(scene.place.folder / "keys.json"), "--yes", code=1).stderr
        assert "pg_restore" in told
        assert "motcua db restored" in told
        drop(engine, name)
        create(engine, name, f"{name}_backup")
        scene.motcua("db", "restored")

    return put_back
