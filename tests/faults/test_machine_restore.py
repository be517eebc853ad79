"""The database is put back from a backup while the town went on: a new epoch, and nobody is told twice."""

import contextlib
from collections.abc import Callable

import pytest
from sqlalchemy import make_url

from adapter.model import Delivery, DeliveryState, Filter
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
