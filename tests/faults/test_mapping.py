"""The mapping set is broken, at a reload or at a start: the last good one runs, or nothing does."""

import signal
import socket

import pytest

from adapter.store.migrate import upgrade
from tests.daemon.test_daemon import PATIENCE
from tests.faults.scene import Scene

GOOD, BROKEN = "templates:", "template:"
BROKEN_HERE = f"mapping:{socket.gethostname()}"


@pytest.mark.fault("mapping-broken")
def test_broken_at_a_reload(scene: Scene) -> None:
    with scene.running() as daemon:
        scene.file(1)
        scene.until_told(1)
        scene.edit("templates.yaml", GOOD, BROKEN)
        assert "templates.yaml:" in scene.motcua("mapping", "check", code=65).stderr
        scene.motcua("reload", code=65)
        daemon.send_signal(signal.SIGHUP)
        scene.rings(BROKEN_HERE)
        scene.file(2)
        scene.until_told(2)
        scene.edit("templates.yaml", BROKEN, GOOD)
        scene.motcua("mapping", "check")
        scene.motcua("reload")
        scene.is_over(BROKEN_HERE)
    scene.prove()


def never_ran(scene: Scene) -> int:
    """The exit code of a daemon on a database that has never seen a good set."""
    database = f"sqlite:///{scene.place.folder / 'new.db'}"
    upgrade(database)
    process = scene.place.process("run", MOTCUA_STORE__URL=database)
    try:
        return process.wait(PATIENCE)
    finally:
        process.kill()
        process.wait()


@pytest.mark.fault("mapping-broken-start")
def test_broken_at_a_start(scene: Scene) -> None:
    """Without a good set ever seen it does not start at all; with one it starts under that, and says so."""
    scene.edit("templates.yaml", GOOD, BROKEN)
    assert never_ran(scene) == 65
    assert "templates.yaml:" in scene.place.log()
    scene.edit("templates.yaml", BROKEN, GOOD)
    with scene.running():
        scene.file(1)
        scene.until_told(1)
    scene.edit("templates.yaml", GOOD, BROKEN)
    with scene.running():
        scene.rings(BROKEN_HERE)
        scene.file(2)
        scene.until_told(2)
        scene.motcua("mapping", "check", code=65)
        scene.edit("templates.yaml", BROKEN, GOOD)
    with scene.running():
        scene.is_over(BROKEN_HERE)
        scene.file(3)
        scene.until_told(3)
    scene.prove()
