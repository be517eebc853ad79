from datetime import timedelta

from adapter.model import Cause
from adapter.zalo.refusals import Refusals
from tests.zalo.builders import NOW


def test_many_messages_with_one_dead_token_count_as_one_refusal() -> None:
    refusals = Refusals()
    assert {refusals.judge("old", NOW) for _ in range(32)} == {Cause.TOKEN}


def test_a_fresh_token_refused_within_minutes_is_the_accounts_fault() -> None:
    refusals = Refusals()
    refusals.judge("old", NOW)
    assert refusals.judge("new", NOW + timedelta(minutes=2)) is Cause.ACCOUNT


def test_a_straggler_with_the_old_token_keeps_its_verdict() -> None:
    refusals = Refusals()
    refusals.judge("old", NOW)
    refusals.judge("new", NOW + timedelta(minutes=2))
    assert refusals.judge("old", NOW + timedelta(minutes=3)) is Cause.TOKEN


def test_a_token_that_lived_its_life_is_just_old() -> None:
    refusals = Refusals()
    refusals.judge("old", NOW)
    assert refusals.judge("new", NOW + timedelta(hours=12)) is Cause.TOKEN


def test_only_a_few_tokens_are_kept() -> None:
    refusals = Refusals()
    for number in range(100):
        refusals.judge(f"token-{number}", NOW + timedelta(hours=number))
    assert len(refusals._verdicts) <= 8
