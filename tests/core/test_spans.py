"""Which part of a source's time is still to be read."""

from datetime import datetime, timedelta

import pytest

from adapter.core import spans
from adapter.model import Interval
from tests.builders import NOW

HOUR = timedelta(hours=1)


def at(hour: float) -> datetime:
    return NOW + hour * HOUR


def span(start: float, end: float) -> Interval:
    return Interval(start=at(start), end=at(end))


UNREAD = [
    ([], [(-24.0, 0.0)]),
    ([(-5.0, -1.0)], [(-1.5, 0.0)]),
    ([(-9.0, -7.0), (-3.0, -1.0)], [(-7.5, -3.0), (-1.5, 0.0)]),
    ([(-90.0, 2.0)], [(-24.5, 0.0)]),  # closed by a clock that was ahead
    ([(-90.0, 0.0)], [(-0.5, 0.0)]),
    ([(-20.0, 2.0)], [(-24.0, 0.0)]),
    ([(1.0, 2.0)], [(-24.0, 0.0)]),
    ([(-90.0, -50.0), (-40.0, 2.0), (3.0, 4.0)], [(-50.5, -40.0), (-24.5, 0.0)]),
]


@pytest.mark.parametrize(("covered", "open_"), UNREAD)
def test_every_hole_is_unread(covered: list[tuple[float, float]], open_: list[tuple[float, float]]) -> None:
    found = spans.unread([span(*one) for one in covered], NOW, overlap=HOUR / 2, first=24 * HOUR)
    assert found == [span(*one) for one in open_]


PIECES = [
    ((0.0, 5.0), [(0.0, 2.0), (2.0, 4.0), (4.0, 5.0)]),
    ((0.0, 2.0), [(0.0, 2.0)]),
    ((0.0, 0.0), []),
    ((1.0, 0.0), []),
]


@pytest.mark.parametrize(("whole", "pieces"), PIECES)
def test_a_span_is_read_in_pieces(whole: tuple[float, float], pieces: list[tuple[float, float]]) -> None:
    assert list(spans.pieces(span(*whole), 2 * HOUR)) == [span(*one) for one in pieces]


def test_closed_intervals_hold_their_ends() -> None:
    covered = [span(-9, -7), span(-3, -1)]
    assert [hour for hour in range(-10, 1) if spans.holds(covered, at(hour))] == [-9, -8, -7, -3, -2, -1]
