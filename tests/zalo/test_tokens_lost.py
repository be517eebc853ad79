"""When Zalo denies, or does not answer: what goes on being used, what is tried again, who is told."""

import pytest

from adapter.errors import TokenLostError
from adapter.model import TokenState
from adapter.zalo.tokens import LATE_ALARM, LOST_ALARM
from tests.zalo.builders import settings
from tests.zalo.conftest import Serve
from tests.zalo.house import HALF_LIFE, TOKEN_PATH, House
from tests.zalo.raw_server import accept


@pytest.mark.parametrize("shape", ["http200_name", "http200_numeric", "http400"])
def test_a_denied_refresh_asks_a_person_and_never_zalo_again(house: House, shape: str) -> None:
    keeper = house.keeper()
    pair = house.begin(keeper)
    house.sim.fault("token_error", path=TOKEN_PATH, shape=shape)
    house.clock.advance(seconds=HALF_LIFE)
    for _ in range(20):
        keeper.refresh_if_due()
        keeper.rejected(pair.access)
        house.clock.advance(hours=1)
    assert house.questions == 2
    assert house.pair.state is TokenState.LOST
    assert house.alarm.raised == [LOST_ALARM]
    assert "motcua zalo token set" in house.alarm.standing[LOST_ALARM]


def test_after_a_denied_refresh_the_living_access_token_goes_on_until_it_is_refused(house: House) -> None:
    keeper = house.keeper()
    pair = house.begin(keeper)
    house.sim.fault("token_error", path=TOKEN_PATH)
    house.clock.advance(seconds=HALF_LIFE)
    keeper.refresh_if_due()
    assert keeper.access() == pair.access
    keeper.rejected(pair.access)
    with pytest.raises(TokenLostError):
        keeper.access()


def test_a_persons_new_pair_ends_the_loss(house: House) -> None:
    keeper = house.keeper()
    house.begin(keeper)
    house.sim.fault("token_error", path=TOKEN_PATH)
    house.clock.advance(seconds=HALF_LIFE)
    keeper.refresh_if_due()
    first = house.sim.issue_tokens()
    house.keeper("command line").set_pair(first.access_token, first.refresh_token)
    house.clock.advance(seconds=4)
    assert keeper.access() == first.access_token
    assert house.alarm.standing == {}
    keeper.refresh_if_due()
    assert keeper.access() == house.living


def test_an_answer_lost_on_its_way_back_costs_one_more_try_and_then_asks_a_person(house: House) -> None:
    keeper = house.keeper()
    pair = house.begin(keeper)
    house.sim.fault("close", path=TOKEN_PATH, after=True)
    house.clock.advance(seconds=HALF_LIFE)
    keeper.refresh_if_due()
    assert house.pair.refreshing_since == house.clock()
    assert keeper.access() == pair.access
    house.clock.advance(seconds=59)
    keeper.refresh_if_due()
    assert house.questions == 2
    house.clock.advance(seconds=1)
    keeper.refresh_if_due()
    assert house.questions == 3
    assert house.pair.state is TokenState.LOST
    assert LOST_ALARM in house.alarm.standing
    house.clock.advance(hours=5)
    keeper.refresh_if_due()
    assert house.questions == 3


@pytest.mark.parametrize(("kind", "details"), [("close", {}), ("http", {"status": 502})])
def test_a_question_lost_on_its_way_there_succeeds_at_the_second_try(
    house: House, kind: str, details: dict[str, object]
) -> None:
    keeper = house.keeper()
    house.begin(keeper)
    house.sim.fault(kind, path=TOKEN_PATH, **details)
    house.clock.advance(seconds=HALF_LIFE)
    keeper.refresh_if_due()
    house.clock.advance(minutes=1)
    keeper.refresh_if_due()
    assert house.pair.state is TokenState.FRESH
    assert keeper.access() == house.living
    assert house.alarm.standing == {}


def test_a_token_server_long_unwell_is_asked_ever_more_rarely_and_people_are_told_in_time(house: House) -> None:
    keeper = house.keeper()
    house.begin(keeper)
    house.sim.fault("http", path=TOKEN_PATH, times=1000)
    house.clock.advance(seconds=HALF_LIFE)
    for _ in range(12 * 60):
        keeper.refresh_if_due()
        house.clock.advance(minutes=1)
    assert 10 < house.questions < 25
    assert LATE_ALARM in house.alarm.standing
    house.sim.clear_faults()
    house.clock.advance(hours=1)
    keeper.refresh_if_due()
    assert keeper.access() == house.living
    assert house.alarm.standing == {}


def test_a_question_that_never_left_leaves_no_doubt(house: House, serve: Serve) -> None:
    keeper = house.keeper()
    house.begin(keeper)
    server = serve(accept())
    server.close()
    cut_off = house.keeper("two", zalo=settings(server.url, apart=True))
    house.clock.advance(seconds=HALF_LIFE)
    cut_off.refresh_if_due()
    assert (house.pair.state, house.pair.refreshing_since) == (TokenState.FRESH, None)
    keeper.refresh_if_due()
    assert keeper.access() == house.living


def test_a_dead_token_and_no_way_to_a_new_one_is_told_to_people(house: House, serve: Serve) -> None:
    house.begin(house.keeper())
    server = serve(accept())
    server.close()
    cut_off = house.keeper("two", zalo=settings(server.url, apart=True))
    house.clock.advance(hours=1)
    cut_off.rejected(house.pair.access)
    assert LATE_ALARM in house.alarm.standing
    with pytest.raises(TokenLostError):
        cut_off.access()
