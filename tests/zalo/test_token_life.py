from dataclasses import replace
from datetime import timedelta

import pytest

from adapter.model import TokenPair, TokenState
from adapter.zalo.oauth import Denied, Granted, NoAnswer, Outcome
from adapter.zalo.token_life import after, back_off, granted_pair, is_due, nearly_over, pasted_pair
from tests.zalo.builders import NOW

GRANTED = Granted(access="A2", refresh="R2", seconds=90_000)
PAIR = TokenPair(access="A1", refresh="R1", issued_at=NOW, expires_at=NOW + timedelta(hours=24), generation=4)
MARKED = replace(PAIR, state=TokenState.REFRESHING, refreshing_since=NOW)
LEFT, STAYED = NoAnswer(code="x", never_left=False), NoAnswer(code="x", never_left=True)


@pytest.mark.parametrize("doubtful", [False, True])
@pytest.mark.parametrize(
    ("outcome", "state"),
    [(GRANTED, TokenState.FRESH), (Denied(code="-1"), TokenState.LOST), (LEFT, TokenState.REFRESHING)],
)
def test_what_an_answer_makes_of_a_pair(outcome: Outcome, state: TokenState, *, doubtful: bool) -> None:
    assert after(outcome, MARKED, doubtful=doubtful, asked_at=NOW).state is state


def test_a_request_that_never_left_spent_nothing() -> None:
    assert after(STAYED, MARKED, doubtful=False, asked_at=NOW) == PAIR


def test_a_request_that_never_left_does_not_undo_an_earlier_doubt() -> None:
    assert after(STAYED, MARKED, doubtful=True, asked_at=NOW) == MARKED


def test_a_granted_pair_counts_on_and_lives_from_the_question() -> None:
    pair = after(GRANTED, MARKED, doubtful=False, asked_at=NOW)
    assert (pair.access, pair.refresh, pair.generation) == ("A2", "R2", 5)
    assert (pair.issued_at, pair.expires_at) == (NOW, NOW + timedelta(hours=25))


def test_an_absurd_life_is_not_believed() -> None:
    pair = granted_pair(replace(GRANTED, seconds=10**15), 1, NOW)
    assert pair.expires_at == NOW + timedelta(hours=25)


@pytest.mark.parametrize(("hours", "due", "ending"), [(11.9, False, False), (12, True, False), (18, True, True)])
def test_half_a_life_is_enough(hours: float, *, due: bool, ending: bool) -> None:
    now = NOW + timedelta(hours=hours)
    assert is_due(PAIR, now) is due
    assert nearly_over(PAIR, now) is ending


def test_a_doubt_is_always_due() -> None:
    assert is_due(MARKED, NOW)


def test_a_pasted_pair_serves_at_once_and_is_due_at_once() -> None:
    pair = pasted_pair("A", "R", 3, NOW)
    assert is_due(pair, NOW)
    assert not nearly_over(pair, NOW)
    assert pair.expires_at > NOW


@pytest.mark.parametrize(("minutes", "wait"), [(0, 1), (1, 1), (10, 10), (60, 60), (999, 60)])
def test_zalo_is_left_in_peace_as_long_as_the_doubt_has_lasted(minutes: int, wait: int) -> None:
    assert back_off(MARKED, NOW + timedelta(minutes=minutes)) == timedelta(minutes=wait)
