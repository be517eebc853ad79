"""Which part of a source's time is still to be read, given what was closed. No clock inside."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from adapter.model import Interval


def unread(covered: Sequence[Interval], now: datetime, *, overlap: timedelta, first: timedelta) -> list[Interval]:
    """The spans after each closed interval up to the next one, or to now; each begins ``overlap`` before its hole.

    ``covered`` is in order and merged. A sweep may have closed an interval beyond a hole, so more than the end may be
    open. With nothing closed: the last ``first``.
    """
    if not covered:
        return [Interval(start=now - first, end=now)]
    starts = [interval.end - overlap for interval in covered]
    ends = [*(interval.start for interval in covered[1:]), now]
    return [Interval(start=start, end=end) for start, end in zip(starts, ends, strict=True)]


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
