"""Windows of the source's clock: cut to what the source accepts, and into halves. Whole seconds, both ends included."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from adapter.model import Interval

_SECOND: Final = timedelta(seconds=1)
_SHORTEST: Final = timedelta(minutes=1)


def pieces(window: Interval, longest: timedelta) -> Iterator[Interval]:
    """The window in pieces no longer than `longest` (at least a minute), oldest first; fractions of seconds go.

    Cutting the fraction off the end loses nothing: the source stamps whole seconds, so what happened within the last
    one carries the stamp that is asked for.
    """
    start, end = window.start.replace(microsecond=0), window.end.replace(microsecond=0)
    length = max(longest // _SECOND * _SECOND, _SHORTEST)
    while start <= end:
        last = min(start + length, end)
        yield Interval(start=start, end=last)
        start = last + _SECOND


def halves(window: Interval) -> tuple[Interval, ...]:
    """The window in two; nothing when it is a minute or less."""
    length = window.end - window.start
    if length <= _SHORTEST:
        return ()
    middle = window.start + timedelta(seconds=length // _SECOND // 2)
    return Interval(start=window.start, end=middle), Interval(start=middle + _SECOND, end=window.end)
