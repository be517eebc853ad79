"""The database is away for one machine or for all, in the middle of everything: nothing is lost, nothing doubled."""

import time
from dataclasses import replace

import pytest

from adapter.model import DeliveryState
from tests.machines.fleet import LEASE, Fleet
from tests.machines.proxy import cable

pytestmark = pytest.mark.postgres
SLOTS = 8


def test_a_database_that_restarts_again_and_again(machines: Fleet) -> None:
    machines.place.zalo.state.knobs = replace(machines.place.zalo.state.knobs, latency=0.05)
    machines.start("mot")
    machines.start("hai")
    machines.until_ready()  # one that only starts would end, for its service manager to start it again
    for _ in range(5):
        machines.file(20)
        machines.until(lambda: set(machines.told()) & set(sorted(machines.codes)[-20:]))
        assert machines.break_connections()
    settled(machines)
    machines.prove(unknown=5 * 2 * SLOTS)


@pytest.mark.parametrize("silent", [False, True])
def test_a_machine_that_is_cut_off_comes_back(machines: Fleet, url: str, *, silent: bool) -> None:
    """``silent``: its cable says nothing any more; otherwise every connection of its own is broken off."""
    machines.place.zalo.state.knobs = replace(machines.place.zalo.state.knobs, latency=0.2)
    with cable(url) as wire:
        machines.file(30)
        machines.start("xa", MOTCUA_STORE__URL=wire.url)
        machines.until(machines.told)
        if silent:
            wire.go_dead()
            machines.start("gan")
            time.sleep(LEASE / 2)
            machines.let_time_pass()
            machines.until_ready()
        wire.mend()
        machines.file(30)
        settled(machines)
        if silent:
            machines.stop("gan")
        machines.file(10)
        settled(machines)
        machines.prove(unknown=2 * SLOTS)


def settled(machines: Fleet) -> None:
    """Wait until everybody was told or stands as unknown."""
    machines.until(lambda: machines.codes <= set(machines.told()) | machines.codes_of(DeliveryState.UNKNOWN))
