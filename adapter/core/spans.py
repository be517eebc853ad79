"""Which part of a source's time is still to be read, given what was closed. No clock inside."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from adapter.model import Interval


def unread(covered: Sequence[Interval], now: datetime, *, overlap: timedelta, first: timedelta) -> list[Interval]:
    """The spans after each closed interval up to the next one, or to now; each begins ``overlap`` before its hole.

    ``covered`` is in order and merged. A sweep may have closed an interval beyond a hole, so more than the end may be
    open. With nothing closed: the last ``first``.

    What ends after now was closed by a clock that was ahead. How far it had really read nobody knows, so the last
    ``first`` is read again, until that time has come: else nothing would be read before, and what happens in between
    only by the sweep.
    """
    known = [each for each in (_believed(interval, now, first) for interval in covered) if each.start < each.end]
    if not known:
        return [Interval(start=now - first, end=now)]
    starts = [interval.end - overlap for interval in known]
    ends = [*(interval.start for interval in known[1:]), now]
    return [Interval(start=start, end=end) for start, end in zip(starts, ends, strict=True)]


def _believed(interval: Interval, now: datetime, first: timedelta) -> Interval:
    return interval if interval.end <= now else Interval(start=interval.start, end=min(interval.end, now - first))


def pieces(span: Interval, longest: timedelta) -> Iterator[Interval]:
    """A span in pieces no longer than the source accepts; none when it is empty or turned around."""
    start = span.start
    while start < span.end:
        end = min(start + longest, span.end)
        yield Interval(start=start, end=end)
        start = end


def holds(covered: Sequence[Interval], moment: datetime) -> bool:
    """Whether a moment lies in a closed interval."""
    return any(interval.start <= moment <= interval.end for interval in covered)
