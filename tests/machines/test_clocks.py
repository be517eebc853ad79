"""A machine whose clock is off: it sends nothing and refreshes nothing, rings, and the others go on."""

import pytest

from tests.machines.fleet import Fleet

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("ahead", ["600", "-600"])
def test_a_machine_with_a_wrong_clock_leaves_sending_to_the_others(machines: Fleet, ahead: str) -> None:
    machines.file(10)
    machines.start("lech", MACHINE_CLOCK=ahead)
    machines.until(lambda: any(run.messages for run in machines.runs()))
    machines.until(lambda: "clock:lech" in machines.alarms())
    assert machines.place.zalo.state.tokens.rotations == 0  # the operator's pair was due at once
    assert not machines.told()
    machines.start("dung", roles="deliver")
    machines.until_all_are_told()
    machines.file(10)
    machines.until_all_are_told()
    assert machines.place.zalo.state.tokens.rotations == 1
    assert "clock:lech" in machines.alarms()
    machines.prove()
