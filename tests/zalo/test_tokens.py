"""The keeper of the tokens on good days: nothing spent twice, nothing used before it is stored."""

import logging
import threading
from datetime import timedelta

import httpx
import pytest

from adapter.errors import ConfigError, TokenLostError
from adapter.model import TokenPair, TokenState
from adapter.ports import Store
from adapter.zalo.tokens import Keeper
from tests.zalo.builders import APP_ID, settings
from tests.zalo.doubles import FakeAlarm, FakeClock, replying
from tests.zalo.house import HALF_LIFE, TOKEN_PATH, House


def test_without_a_pair_there_is_no_token(house: House) -> None:
    keeper = house.keeper()
    with pytest.raises(TokenLostError):
        keeper.access()
    keeper.refresh_if_due()
    assert house.questions == 0


def test_a_pasted_pair_serves_at_once_and_soon_becomes_our_own(house: House) -> None:
    keeper, first = house.keeper(), house.sim.issue_tokens()
    keeper.set_pair(first.access_token, first.refresh_token)
    assert keeper.access() == first.access_token
    keeper.refresh_if_due()
    assert keeper.access() == house.living != first.access_token
    assert house.pair.generation == 2


def test_the_pair_is_refreshed_at_half_its_life_and_not_before(house: House) -> None:
    keeper = house.keeper()
    house.begin(keeper)
    house.clock.advance(seconds=HALF_LIFE - 1)
    keeper.refresh_if_due()
    assert house.questions == 1
    house.clock.advance(seconds=1)
    keeper.refresh_if_due()
    assert house.questions == 2
    assert keeper.access() == house.living
    assert house.pair.state is TokenState.FRESH


def test_the_spending_is_written_down_before_and_the_new_pair_before_its_use(
    store: Store, clock: FakeClock, alarm: FakeAlarm
) -> None:
    seen: list[TokenPair | None] = []

    def zalo(_: httpx.Request) -> httpx.Response:
        seen.append(store.read(lambda tx: tx.vault.load(APP_ID)))
        return replying({"access_token": "A2", "refresh_token": "R2", "expires_in": "90000"})

    keeper = Keeper(
        store=store, settings=settings(), alarm=alarm, clock=clock, owner="one", transport=httpx.MockTransport(zalo)
    )
    keeper.set_pair("A1", "R1")
    keeper.refresh_if_due()
    assert seen[0] is not None
    assert (seen[0].state, seen[0].refresh) == (TokenState.REFRESHING, "R1")
    kept = store.read(lambda tx: tx.vault.load(APP_ID))
    assert kept is not None
    assert (keeper.access(), kept.access, kept.refresh) == ("A2", "A2", "R2")


def test_an_expired_token_is_never_given_out(house: House) -> None:
    keeper = house.keeper()
    pair = house.begin(keeper)
    house.clock.now = pair.expires_at - timedelta(seconds=1)
    assert keeper.access() == pair.access
    house.clock.now = pair.expires_at
    with pytest.raises(TokenLostError, match="expired"):
        keeper.access()


def test_two_processes_refresh_once_between_them(house: House) -> None:
    house.begin(house.keeper())
    house.clock.advance(seconds=HALF_LIFE)
    keepers = [house.keeper(owner) for owner in ("one", "two", "three", "four")]
    together = threading.Barrier(len(keepers))

    def tick(keeper: Keeper) -> None:
        together.wait()
        keeper.refresh_if_due()

    threads = [threading.Thread(target=tick, args=(keeper,)) for keeper in keepers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert house.questions == 2
    house.clock.advance(seconds=4)
    assert {keeper.access() for keeper in keepers} == {house.living}


def test_another_process_takes_the_new_pair_instead_of_spending_it(house: House) -> None:
    one, two = house.keeper("one"), house.keeper("two")
    house.begin(one)
    old = two.access()
    house.clock.advance(seconds=HALF_LIFE)
    one.refresh_if_due()
    two.rejected(old)
    two.refresh_if_due()
    assert two.access() == house.living
    assert house.questions == 2


def test_a_refused_token_is_replaced_once_however_many_say_so(house: House) -> None:
    keeper = house.keeper()
    old = house.begin(keeper).access
    house.clock.advance(hours=1)
    threads = [threading.Thread(target=keeper.rejected, args=(old,)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert house.questions == 2
    assert keeper.access() == house.living


def test_a_fresh_token_that_is_refused_is_withheld_and_not_spent(house: House) -> None:
    keeper = house.keeper()
    fresh = house.begin(keeper).access
    keeper.rejected(fresh)
    keeper.refresh_if_due()
    with pytest.raises(TokenLostError, match="refuses"):
        keeper.access()
    assert house.questions == 1
    house.clock.advance(minutes=11)
    assert keeper.access() == fresh
    keeper.refresh_if_due()
    assert keeper.access() == house.living != fresh


@pytest.mark.parametrize("pair", [("", "R"), ("A", ""), ("A\n", "R"), ("A", "R R")])
def test_what_is_no_token_is_not_stored(house: House, pair: tuple[str, str]) -> None:
    keeper = house.keeper()
    house.begin(keeper)
    before = house.pair
    with pytest.raises(ConfigError):
        keeper.set_pair(*pair)
    assert house.pair == before


def test_a_consent_gives_the_first_pair(store: Store, clock: FakeClock, alarm: FakeAlarm) -> None:
    transport = httpx.MockTransport(
        lambda _: replying({"access_token": "A", "refresh_token": "R", "expires_in": 90000})
    )
    keeper = Keeper(store=store, settings=settings(), alarm=alarm, clock=clock, owner="one", transport=transport)
    pair = keeper.exchange("code", "verifier")
    assert (pair.generation, pair.expires_at) == (1, clock() + timedelta(hours=25))
    assert keeper.access() == "A"


@pytest.mark.parametrize("transport", [{"error": -14003}, {}])
def test_a_consent_that_fails_changes_nothing(house: House, transport: dict[str, object]) -> None:
    house.begin(house.keeper())
    before = house.pair
    failing = Keeper(
        store=house.store,
        settings=settings(),
        alarm=house.alarm,
        clock=house.clock,
        owner="command line",
        transport=httpx.MockTransport(lambda _: replying(transport)),
    )
    with pytest.raises(TokenLostError, match="new consent"):
        failing.exchange("code")
    assert house.pair == before


def test_no_log_line_and_no_error_holds_a_token(house: House, caplog: pytest.LogCaptureFixture) -> None:
    keeper = house.keeper()
    with caplog.at_level(logging.DEBUG):
        pairs = [house.begin(keeper)]
        for kind in ("close", "token_error"):
            house.sim.fault(kind, path=TOKEN_PATH)
            house.clock.advance(seconds=HALF_LIFE)
            keeper.refresh_if_due()
            pairs.append(house.pair)
            keeper.rejected(house.pair.access)
    assert "token.refresh" in caplog.text
    for secret in {pair.access for pair in pairs} | {pair.refresh for pair in pairs} | {"app-secret-for-tests"}:
        assert secret not in caplog.text
        assert secret not in repr(pairs)
