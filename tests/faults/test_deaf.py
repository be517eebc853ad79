"""Who should be woken cannot be: the alarm command fails, or the mail server is away, just when it matters."""

import json
import shlex

import pytest

from tests.faults.scene import Scene

KEY = "source:vinhphuc"


@pytest.mark.fault("alarm-deaf")
def test_an_alarm_that_nobody_heard_is_told_later_by_another_process(scene: Scene) -> None:
    """The command fails while the one-stop goes down; it works again after the daemon was restarted."""
    bell, works = scene.place.folder / "bell", scene.place.folder / "works"
    bell.touch()
    rings = f'test -e {works} && echo "$MOTCUA_ALARM_STATE $MOTCUA_ALARM_KEY" >> {bell}'
    scene.place.extra["MOTCUA_ALARM__COMMAND"] = shlex.join(["/bin/sh", "-c", rings])
    scene.file(1)
    with scene.running():
        scene.until_told(1)
        scene.place.province.knobs.turn(status=503)
        scene.until(lambda: KEY in scene.alarms())
        scene.until(lambda: "alarm.outlet_failed" in scene.place.log())
        scene.motcua("alarms", "test", code=1)
        (found,) = json.loads(scene.motcua("alarms", "list", "--json").stdout)
        assert (found["key"], found["untold"]) == (KEY, ["command"])
    works.touch()
    with scene.running():
        scene.wait(minutes=3)
        scene.next_round()
        scene.until(
            lambda: bell.read_text("utf-8").splitlines() == [f"raised {KEY}"]
        )  # the daemon's own round may do it
        scene.motcua("alarms", "test")
        scene.place.province.knobs.reset()
        scene.is_over(KEY)
        scene.until(lambda: f"cleared {KEY}" in bell.read_text("utf-8").splitlines())
        scene.motcua("doctor")
    scene.prove()
