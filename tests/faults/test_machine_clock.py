"""The clock of the machine is set, or is off against the database."""

from datetime import datetime, timedelta

import pytest

from adapter.core.calendar import VIETNAM
from adapter.model import DeliveryState
from tests.faults.machine import HOST, Clock, running
from tests.faults.scene import Scene, code_of

HOUR = 3600.0


def go_on(scene: Scene) -> None:
    """Wait for a poll that begins after now, and one after it."""
    before = scene.place.log().count("poll.done")
    scene.until(lambda: scene.place.log().count("poll.done") > before + 2)


def waiting(scene: Scene, *numbers: int) -> None:
    """Wait until just these wait to be sent."""
    scene.until(lambda: scene.codes_in(DeliveryState.PENDING) == {code_of(number) for number in numbers})


@pytest.mark.fault("clock-set")
@pytest.mark.parametrize("ahead", [2 * HOUR, -2 * HOUR])
def test_set_wrong_and_right_again_while_messages_wait(scene: Scene, ahead: float) -> None:
    clock = Clock(scene)
    with running(scene, **clock.environ):
        scene.file(1)
        scene.until_told(1)
        scene.motcua("pause", "--all")
        scene.file(2)
        waiting(scene, 2)
        go_on(scene)  # else its run may end by the wrong clock, and it would be due by that
        clock.set(ahead)
        scene.until(lambda: scene.place.log().count("clock.set") == 1)
        go_on(scene)
        scene.file(3)
        go_on(scene)
        waiting(scene, 2)  # by its clock it reads another time than the province's
        clock.set(0)
        scene.until(lambda: scene.place.log().count("clock.set") == 2)
        scene.file(4)
        waiting(scene, 2, 3, 4)  # the last day is read again
        scene.motcua("resume", "--all")
        scene.until_told()
    scene.prove()


@pytest.mark.fault("clock-set")
def test_set_forward_over_the_hour_of_the_sweep(scene: Scene) -> None:
    clock, soon = Clock(scene), datetime.now(VIETNAM) + timedelta(hours=1)
    with running(scene, MOTCUA_POLL__SWEEP_AT=f"{soon:%H:%M}", **clock.environ):
        scene.file(1)
        scene.until_told(1)
        clock.set(1.5 * HOUR)
        scene.until(lambda: scene.place.log().count('"kind": "sweep"') == 3)  # three days, a day at a time
        clock.set(0)
        scene.file(2)
        scene.until_told(2)
    scene.prove()


@pytest.mark.fault("clock-off")
@pytest.mark.parametrize("ahead", [600.0, -600.0])
@pytest.mark.parametrize("database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_off_against_the_database(either: Scene, ahead: float) -> None:
    clock = Clock(either)
    with running(either, **clock.environ):
        either.file(1)
        either.until_told(1)
        clock.set(ahead)
        assert "ngừng gửi" in either.rings(f"clock:{HOST}")
        either.file(2)
        waiting(either, 2)  # the database's clock says when it was read
        go_on(either)
        assert set(either.told()) == {code_of(1)}
        clock.set(0)
        either.until_told(2)
        either.next_round()
        either.is_over(f"clock:{HOST}")
    either.prove()
