"""The process itself is killed, or cannot start for its settings."""

from dataclasses import replace

import pytest

from adapter.core.calendar import vietnam_day
from adapter.model import DeliveryState
from tests.daemon.test_daemon import PATIENCE
from tests.faults.scene import Scene

SLOTS = 4


@pytest.mark.fault("process-killed")
def test_killed_in_the_middle_of_sends(either: Scene) -> None:
    """What was on the wire may have arrived: it is left in doubt. All else goes on where it stood."""
    scene, state = either, either.place.zalo.state
    scene.place.extra |= {"MOTCUA_ZALO__SLOTS": str(SLOTS), "MOTCUA_ZALO__RESERVED_SLOTS": "0"}
    # The lease of what was on the wire, after which it is given up: twice the longest send.
    scene.place.extra |= {"MOTCUA_ZALO__CONNECT_TIMEOUT": "0.3", "MOTCUA_ZALO__READ_TIMEOUT": "0.9"}
    state.knobs = replace(state.knobs, latency=0.7)
    scene.file(*range(10))
    daemon = scene.place.process("run")
    try:
        scene.until(lambda: any(not row["answered"] for row in scene.place.zalo.journal()))
    finally:
        daemon.kill()
        daemon.wait()
    scene.ended(daemon)
    state.knobs = replace(state.knobs, latency=0.0)
    scene.file(10)
    with scene.running():
        scene.until_told(10)
        scene.until(lambda: not scene.count(DeliveryState.PENDING) + scene.count(DeliveryState.SENDING))
        doubtful = scene.codes_in(DeliveryState.UNKNOWN)
        assert 1 <= len(doubtful) <= SLOTS
        scene.wait(minutes=16)
        key = f"unknown:{vietnam_day(scene.snapshot().at)}"
        scene.rings(key)
        scene.motcua("messages", "list", "--state", "unknown")
    scene.prove(doubtful=doubtful, left={key})


@pytest.mark.fault("settings-wrong")
def test_settings_that_cannot_be_used(scene: Scene) -> None:
    """It does not start, names every problem, and says by its exit code that trying again mends nothing."""
    scene.file(1)
    wrong = {"MOTCUA_SENDING__MODE": "sometimes", "MOTCUA_ZALO__SLOTS": "0"}
    refused = scene.place.process("run", **wrong)
    assert refused.wait(PATIENCE) == 78
    scene.ended(refused, **wrong)
    assert "sending.mode" in scene.place.log()
    assert "zalo.slots" in scene.place.log()
    with scene.running():
        scene.until_told(1)
        scene.until_are(0, DeliveryState.SENDING)
        scene.motcua("doctor")
    scene.prove()
