"""A machine that stands still past its leases, and then goes on as if nothing had happened: it must do no harm."""

import time
from dataclasses import replace

import pytest

from adapter.model import DeliveryState, RunState, TokenState
from adapter.zalo.tokens import LOST_ALARM
from tests.machines.fleet import LEASE, TOKEN_PATH, Fleet

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("moment", ["poll.page:before", "poll.end:before"])
def test_a_frozen_reader_neither_closes_nor_releases(machines: Fleet, moment: str) -> None:
    machines.file(5)
    machines.place.own_pair()
    machines.start("lanh", MACHINE_FREEZE=moment)
    machines.until(lambda: machines.frozen("lanh"))
    machines.let_time_pass()
    machines.start("am")
    machines.until_all_are_told()
    before = machines.runs()
    assert RunState.OPEN not in {run.state for run in before[:-1]}
    machines.thaw("lanh")
    machines.until(lambda: "poll.lease_lost" in machines.place.log())
    machines.file(5)
    machines.until_all_are_told()
    (frozen,) = (run for run in machines.runs() if run.fault.startswith("abandoned"))
    assert (frozen.state, frozen.messages) == (RunState.CUT, 0)
    machines.prove()


@pytest.mark.parametrize("moment", ["poll.end:inside", "deliver.turn:inside", "seal:inside"])
def test_a_transaction_of_a_frozen_machine_is_undone_and_the_others_go_on(machines: Fleet, moment: str) -> None:
    machines.file(20)
    machines.place.own_pair()
    machines.start("lanh", MACHINE_FREEZE=moment)
    machines.until(lambda: machines.frozen("lanh"))
    machines.let_time_pass()
    machines.start("am")
    machines.file(20)
    machines.until_all_are_told()
    machines.thaw("lanh")
    machines.file(20)
    machines.until_all_are_told()
    machines.prove()


def test_a_frozen_sender_sends_nothing_that_others_gave_up(machines: Fleet) -> None:
    machines.file(8)
    machines.place.own_pair()
    machines.start("lanh", MACHINE_FREEZE="deliver.turn:after")
    machines.until(lambda: machines.frozen("lanh"))
    time.sleep(LEASE / 2)  # so long by its own clock too
    machines.let_time_pass()
    machines.start("am")
    machines.until(lambda: len(machines.codes_of(DeliveryState.UNKNOWN)) == 8)
    machines.thaw("lanh")
    machines.until(lambda: not machines.codes_of(DeliveryState.UNKNOWN))
    assert not machines.told()
    machines.let_time_pass()
    machines.until_all_are_told()
    machines.prove()


def test_the_late_answer_of_a_frozen_sender_is_proof(machines: Fleet) -> None:
    machines.file(1)
    machines.place.own_pair()
    machines.start("lanh", MACHINE_FREEZE="answers")
    machines.until(lambda: machines.frozen("lanh"))
    machines.let_time_pass()
    machines.start("am")
    machines.until(lambda: machines.codes_of(DeliveryState.UNKNOWN))
    machines.thaw("lanh")
    machines.until(lambda: machines.codes_of(DeliveryState.SENT))
    machines.prove()


def test_a_sender_frozen_with_everything_on_the_wire(machines: Fleet) -> None:
    machines.place.zalo.state.knobs = replace(machines.place.zalo.state.knobs, latency=0.6)
    machines.file(30)
    machines.start("lanh")
    machines.until(machines.told)
    machines.freeze("lanh")
    time.sleep(LEASE / 2)
    machines.let_time_pass()
    machines.start("am")
    machines.until(lambda: len(machines.told()) == 30)
    machines.thaw("lanh")
    machines.file(30)
    machines.until_all_are_told()
    machines.prove(unknown=8)


def test_a_machine_frozen_before_it_spends_the_refresh_token_does_not_spend_it(machines: Fleet) -> None:
    machines.start("lanh", MACHINE_FREEZE="token.begin:after")
    machines.until(lambda: machines.frozen("lanh"))
    time.sleep(LEASE / 2)
    machines.let_time_pass()
    machines.start("am")
    machines.until(lambda: machines.place.zalo.state.tokens.rotations == 1)
    machines.thaw("lanh")
    machines.until(lambda: '"late"' in machines.place.log())
    machines.file(5)
    machines.until_all_are_told()
    assert refused_refreshes(machines) == 0
    assert machines.place.zalo.state.tokens.rotations == 1
    machines.prove()


def test_a_new_pair_in_the_hands_of_a_frozen_machine_is_not_lost(machines: Fleet) -> None:
    machines.start("lanh", MACHINE_FREEZE="token.end:before")
    machines.until(lambda: machines.frozen("lanh"))
    machines.let_time_pass()
    machines.start("am")
    machines.until(lambda: refused_refreshes(machines) == 1)
    machines.until(lambda: LOST_ALARM in machines.alarms())
    machines.thaw("lanh")
    machines.until(lambda: LOST_ALARM not in machines.alarms())
    token = machines.snapshot().token
    assert token is not None
    assert token.state is TokenState.FRESH
    machines.file(5)
    machines.until_all_are_told()
    assert (machines.place.zalo.state.tokens.rotations, refused_refreshes(machines)) == (1, 1)
    machines.prove()


def refused_refreshes(machines: Fleet) -> int:
    return len([row for row in machines.place.zalo.refusals() if row["path"] == TOKEN_PATH])
