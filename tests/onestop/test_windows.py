from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapter.model import Interval
from adapter.onestop.windows import halves, pieces

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def window(seconds: float, start: datetime = START) -> Interval:
    return Interval(start=start, end=start + timedelta(seconds=seconds))


def seconds_of(many: list[Interval]) -> list[datetime]:
    return [one.start + SECOND * step for one in many for step in range(int((one.end - one.start) / SECOND) + 1)]


@settings(deadline=None)  # the machine may be busy
@given(st.integers(0, 5000), st.integers(0, 1000))
def test_pieces_cover_every_second_once_and_are_no_longer_than_allowed(length: int, longest: int) -> None:
    made = list(pieces(window(length), SECOND * longest))
    assert seconds_of(made) == [START + SECOND * step for step in range(length + 1)]
    assert all(one.end - one.start <= max(SECOND * longest, SECOND * 60) for one in made)


@settings(deadline=None)  # the machine may be busy
@given(st.integers(0, 5000))
def test_halves_cover_every_second_once_and_get_shorter(length: int) -> None:
    made = halves(window(length))
    if length <= 60:
        assert made == ()
    else:
        assert seconds_of(list(made)) == seconds_of([window(length)])
        assert all(one.end - one.start < SECOND * length for one in made)


def test_fractions_of_seconds_go_and_nothing_with_them() -> None:
    ragged = Interval(start=START + timedelta(milliseconds=700), end=START + timedelta(milliseconds=9400))
    assert list(pieces(ragged, timedelta(days=1))) == [window(9)]


@pytest.mark.parametrize("longest", [timedelta(0), timedelta(milliseconds=1), timedelta(seconds=60.9)])
def test_a_piece_is_never_shorter_than_a_minute(longest: timedelta) -> None:
    assert len(list(pieces(window(121), longest))) == 2


def test_a_window_that_ends_before_it_starts_has_no_pieces() -> None:
    assert list(pieces(window(-5), timedelta(days=1))) == []
