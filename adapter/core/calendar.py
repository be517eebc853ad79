"""Days off and quiet hours of the province. Moments are aware; "day" is the Vietnam civil day. No clock inside.

The base is the statutory calendar of the ``holidays`` package; the province's own decisions stand over it, because
the package does not know the state sector's yearly swaps (reference/libraries.md 8).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Final

import holidays

from adapter.model import Calendar, Span

VIETNAM: Final = timezone(timedelta(hours=7), "ICT")
"""Vietnam local time: UTC+7 all year, no daylight saving since 1975."""

_SATURDAY: Final = 5
_HORIZON: Final = 400  # days; more than the longest gap any lawful calendar has, so that a wrong one cannot loop


def vietnam_day(moment: datetime) -> date:
    """Return the Vietnam civil day of an aware moment."""
    return moment.astimezone(VIETNAM).date()


def is_day_off(day: date, calendar: Calendar) -> bool:
    """Say whether nobody works on that day: weekend, public holiday or the province's own day off.

    A make-up day is a working day whatever else it is: it stands in a decision of its own.
    """
    if day in calendar.make_up_days:
        return False
    return day in calendar.days_off or day.weekday() >= _SATURDAY or day in public_holidays(day.year)


def next_working_day(day: date, calendar: Calendar) -> date:
    """Return the first working day after ``day``. Raises ValueError for a calendar without any for over a year."""
    for later in _days_from(day + timedelta(days=1)):
        if not is_day_off(later, calendar):
            return later
    raise ValueError("the calendar has no working day for over a year")


def is_quiet(moment: datetime, calendar: Calendar) -> bool:
    """Say whether nothing below a reply may be sent at this aware moment.

    Each civil day is judged by its own span: on a day off, from midnight to midnight, by ``quiet_days_off``. A span
    includes its start and not its end. Equal start and end mean the whole day.
    """
    local = moment.astimezone(VIETNAM)
    span = _span_of(local.date(), calendar)
    return span is not None and _covers(span, local.time())


def next_opening(moment: datetime, calendar: Calendar) -> datetime:
    """Return the first moment at or after ``moment`` that is not quiet, aware UTC.

    Raises ValueError for a calendar that is quiet for over a year without a gap.
    """
    local = moment.astimezone(VIETNAM)
    for day in _days_from(local.date()):
        midnight = datetime.combine(day, time(), tzinfo=VIETNAM)
        opening = _opening(max(local, midnight), _span_of(day, calendar))
        if opening is not None:
            return opening.astimezone(UTC)
    raise ValueError("the calendar is quiet for over a year without a gap")


def _opening(local: datetime, span: Span | None) -> datetime | None:
    """Return the first moment from ``local`` to the end of its day outside ``span``, None when there is none."""
    if span is None or not _covers(span, local.time()):
        return local
    end = datetime.combine(local.date(), span.end, tzinfo=VIETNAM)
    return end if end > local and not _covers(span, span.end) else None


def _span_of(day: date, calendar: Calendar) -> Span | None:
    if calendar.quiet_days_off is not None and is_day_off(day, calendar):
        return calendar.quiet_days_off
    return calendar.quiet


def _covers(span: Span, clock: time) -> bool:
    if span.start < span.end:
        return span.start <= clock < span.end
    return clock >= span.start or clock < span.end


def _days_from(day: date) -> Iterator[date]:
    return (day + timedelta(days=number) for number in range(_HORIZON))


@lru_cache(maxsize=64)
def public_holidays(year: int) -> frozenset[date]:
    """Return the statutory holidays of a year, days off in lieu and known swaps included, as the package knows them."""
    return frozenset(holidays.country_holidays("VN", years=year))
