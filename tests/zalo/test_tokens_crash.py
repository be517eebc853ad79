"""When a process dies, is too slow or loses its store in the middle of a refresh."""

from datetime import timedelta

from adapter.model import TokenPair, TokenState
from adapter.zalo.token_book import TokenBook
from adapter.zalo.tokens import LATE_ALARM, LOST_ALARM
from tests.zalo.builders import APP_ID
from tests.zalo.house import HALF_LIFE, FailingOnce, Freezing, House


def test_while_another_process_refreshes_the_old_token_is_neither_spent_nor_withheld(house: House) -> None:
    keeper = house.keeper("two")
    pair = house.begin(keeper)
    house.clock.advance(seconds=HALF_LIFE)
    house.crash_in_the_middle()
    keeper.rejected(pair.access)
    keeper.refresh_if_due()
    assert keeper.access() == pair.access
    assert house.questions == 1


def test_a_process_that_died_in_the_middle_is_followed_by_one_more_try(house: House) -> None:
    house.begin(house.keeper())
    house.clock.advance(seconds=HALF_LIFE)
    house.crash_in_the_middle()
    later = house.keeper("two")
    house.clock.advance(seconds=61)
    later.refresh_if_due()
    assert house.questions == 1, "the dead one's lease still runs"
    house.clock.advance(seconds=60)
    later.refresh_if_due()
    assert house.questions == 2
    assert later.access() == house.living


def test_a_process_that_died_after_zalo_had_rotated_ends_with_a_person(house: House) -> None:
    house.begin(house.keeper())
    house.clock.advance(seconds=HALF_LIFE)
    begun = house.crash_in_the_middle()
    house.sim.state.tokens.refresh(begun.pair.refresh, house.sim.state.clock.now())
    house.clock.advance(minutes=3)
    later = house.keeper("two")
    later.refresh_if_due()
    assert house.pair.state is TokenState.LOST
    assert house.alarm.raised == [LOST_ALARM]


def test_an_answer_that_comes_after_the_lease_ran_out_is_kept_all_the_same(house: House) -> None:
    house.begin(house.keeper())
    house.clock.advance(seconds=HALF_LIFE)
    slow = TokenBook(house.store, APP_ID, "slow", 27)
    begun = slow.begin(house.pair.generation, house.clock())
    assert begun is not None
    granted = house.sim.state.tokens.refresh(begun.pair.refresh, house.sim.state.clock.now())
    assert granted is not None
    house.clock.advance(minutes=5)
    house.keeper("two").refresh_if_due()
    assert house.pair.state is TokenState.LOST
    new = TokenPair(
        access=granted.access_token,
        refresh=granted.refresh_token,
        issued_at=house.clock(),
        expires_at=house.clock() + timedelta(hours=25),
        generation=begun.pair.generation + 1,
    )
    assert slow.end(begun, new)
    assert house.pair == new


def test_who_stood_still_after_taking_the_lease_does_not_spend_the_token(house: House) -> None:
    house.begin(house.keeper())
    house.clock.advance(seconds=HALF_LIFE)
    asked = house.questions
    frozen = house.keeper(store=Freezing(house.store, "token.begin", lambda: house.clock.advance(minutes=5)))
    frozen.refresh_if_due()
    assert house.questions == asked
    assert house.pair.state is TokenState.REFRESHING
    house.keeper("two").refresh_if_due()
    assert house.questions == asked + 1
    house.clock.advance(seconds=5)
    assert frozen.access() == house.living
    assert house.alarm.raised == []


def test_a_pair_set_by_a_person_meanwhile_is_not_overwritten(house: House) -> None:
    house.begin(house.keeper())
    house.clock.advance(seconds=HALF_LIFE)
    begun = house.crash_in_the_middle()
    house.keeper("command line").set_pair("A9", "R9")
    assert not TokenBook(house.store, APP_ID, "dead", 27).end(begun, begun.pair)
    assert house.pair.access == "A9"


def test_a_store_that_fails_after_the_rotation_does_not_cost_the_pair(house: House) -> None:
    flaky = FailingOnce(house.store, "token.end")
    keeper = house.keeper(store=flaky)
    first = house.sim.issue_tokens()
    keeper.set_pair(first.access_token, first.refresh_token)
    keeper.refresh_if_due()
    assert LATE_ALARM in house.alarm.standing
    assert house.pair.state is TokenState.REFRESHING
    keeper.refresh_if_due()
    assert house.questions == 1
    assert keeper.access() == house.living
    assert house.alarm.standing == {}


def test_refresh_if_due_never_raises(house: House) -> None:
    keeper = house.keeper()
    house.begin(keeper)
    house.store.close()
    broken = house.keeper(store=FailingOnce(house.store, "", always=True))
    broken.refresh_if_due()
    assert LATE_ALARM in house.alarm.standing
