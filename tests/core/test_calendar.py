from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.core.calendar import VIETNAM, is_day_off, is_quiet, next_opening, next_working_day, vietnam_day
from adapter.model import Calendar, Span

NIGHT = Span(start=time(21), end=time(7))
PROVINCE = Calendar(
    days_off=frozenset({date(2026, 1, 2)}),
    make_up_days=frozenset({date(2026, 1, 10), date(2026, 8, 22)}),
    quiet=NIGHT,
    quiet_days_off=Span(start=time(20), end=time(9)),
)


def local(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        ("2026-11-23T16:59:59", date(2026, 11, 23)),
        ("2026-11-23T17:00:00", date(2026, 11, 24)),
        ("2026-12-31T17:00:00", date(2027, 1, 1)),
        ("2028-02-28T17:00:00", date(2028, 2, 29)),
    ],
)
def test_the_vietnam_day_begins_at_seventeen_utc(utc: str, day: date) -> None:
    assert vietnam_day(datetime.fromisoformat(utc).replace(tzinfo=UTC)) == day


@pytest.mark.parametrize(
    ("day", "off"),
    [
        ("2026-01-01", True),  # New Year
        ("2026-01-02", True),  # the province's list: swapped day
        ("2026-01-05", False),
        ("2026-01-10", False),  # Saturday made up
        ("2026-01-11", True),
        ("2026-02-13", False),
        *((f"2026-02-{day}", True) for day in range(14, 23)),  # Tết, nine days with its weekends
        ("2026-02-23", False),
        ("2026-04-27", True),  # Hùng Kings fell on a Sunday
        ("2026-04-30", True),
        ("2026-05-01", True),
        ("2026-08-22", False),  # Saturday made up
        ("2026-08-31", True),
        ("2026-09-02", True),
        ("2026-11-24", True),  # Vietnam Culture Day
        ("2027-02-08", True),  # Tết 2027
    ],
)
def test_days_off(day: str, off: bool) -> None:
    assert is_day_off(date.fromisoformat(day), PROVINCE) is off


def test_a_make_up_day_beats_a_public_holiday() -> None:
    working = replace(PROVINCE, make_up_days=frozenset({date(2026, 11, 24)}))
    assert not is_day_off(date(2026, 11, 24), working)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2026-02-13", "2026-02-23"),
        ("2026-01-09", "2026-01-10"),
        ("2026-12-31", "2027-01-04"),
        ("2026-11-23", "2026-11-25"),
    ],
)
def test_the_next_working_day_crosses_weekends_years_and_tet(day: str, working: str) -> None:
    assert next_working_day(date.fromisoformat(day), PROVINCE) == date.fromisoformat(working)


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-23 20:59", "2026-11-23 20:59"),
        ("2026-11-23 07:00", "2026-11-23 07:00"),
        ("2026-11-23 06:59", "2026-11-23 07:00"),
        ("2026-11-23 21:00", "2026-11-24 09:00"),  # into a day off
        ("2026-11-24 20:30", "2026-11-25 07:00"),  # out of one
        ("2026-11-26 23:59", "2026-11-27 07:00"),
        ("2026-11-27 00:00", "2026-11-27 07:00"),
        ("2026-12-31 21:30", "2027-01-01 09:00"),
        ("2026-01-09 22:00", "2026-01-10 07:00"),  # a made-up Saturday is a working day
        ("2026-02-15 20:00", "2026-02-16 09:00"),
    ],
)
def test_the_next_opening(moment: str, opening: str) -> None:
    assert next_opening(local(moment), PROVINCE) == local(opening)
    assert is_quiet(local(moment), PROVINCE) == (moment != opening)


def test_without_quiet_hours_it_is_always_open() -> None:
    moment = local("2026-11-23 03:00")
    assert not is_quiet(moment, Calendar())
    assert next_opening(moment, Calendar()) == moment


def test_a_span_within_a_day_is_a_pause() -> None:
    lunch = Calendar(quiet=Span(start=time(11, 30), end=time(13, 30)))
    assert next_opening(local("2026-11-23 12:00"), lunch) == local("2026-11-23 13:30")
    assert not is_quiet(local("2026-11-23 23:00"), lunch)


def test_days_off_may_be_quiet_as_a_whole() -> None:
    silent = replace(PROVINCE, quiet_days_off=Span(start=time(0), end=time(0)))
    assert next_opening(local("2026-02-13 21:00"), silent) == local("2026-02-23 07:00")


def test_a_calendar_that_never_opens_is_an_error_and_no_loop() -> None:
    with pytest.raises(ValueError, match="over a year"):
        next_opening(local("2026-11-23 12:00"), Calendar(quiet=Span(start=time(0), end=time(0))))


CLOCKS = st.times(min_value=time(0), max_value=time(23, 59)).map(lambda clock: clock.replace(microsecond=0))
SPANS = st.builds(lambda start, end: Span(start=start, end=end), CLOCKS, CLOCKS)
MOMENTS = st.integers(1_735_689_600, 1_830_297_600).map(lambda second: datetime.fromtimestamp(second + 0.25, tz=UTC))


@given(
    moment=MOMENTS,
    quiet=SPANS.filter(lambda span: span.start != span.end) | st.none(),
    off=SPANS | st.none(),
    days=st.frozensets(st.dates(date(2025, 1, 1), date(2027, 12, 31)), max_size=10),
)
def test_the_opening_is_the_first_moment_that_is_not_quiet(
    moment: datetime, quiet: Span | None, off: Span | None, days: frozenset[date]
) -> None:
    calendar = Calendar(quiet=quiet, quiet_days_off=off, days_off=days)
    opening = next_opening(moment, calendar)
    assert opening >= moment
    assert not is_quiet(opening, calendar)
    assert opening == moment or is_quiet(moment, calendar)
    assert opening == moment or is_quiet(opening - timedelta(microseconds=1), calendar)
