"""When shut windows open again. Times in the tables are Vietnam local time."""

from datetime import UTC, datetime, timedelta

import pytest

from adapter.core import windows
from adapter.core.calendar import VIETNAM
from adapter.model import Calendar, Priority
from tests.builders import a_calendar

NO_QUIET = Calendar()


def local(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m %H:%M").replace(year=2026, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        ("24/11 05:59", "24/11 06:00"),
        ("24/11 06:00", "25/11 06:00"),  # Zalo says night when it is day for us: not before its next morning
        ("23/11 22:30", "24/11 06:00"),
        ("23/11 00:10", "23/11 06:00"),
    ],
)
def test_zalo_opens_at_six(now: str, opening: str) -> None:
    assert windows.moment(local(now), NO_QUIET).opening == local(opening)


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        ("25/11 22:30", "26/11 07:00"),
        ("27/11 23:00", "28/11 08:00"),  # into a Saturday
        ("26/11 03:00", "26/11 07:00"),
    ],
)
def test_the_quiet_hours_of_the_province_come_on_top(now: str, opening: str) -> None:
    assert windows.moment(local(now), a_calendar()).opening == local(opening)


@pytest.mark.parametrize(
    ("now", "tomorrow"),
    [("23/11 00:00", "24/11 00:00"), ("23/11 06:59", "24/11 00:00"), ("23/11 23:59", "24/11 00:00")],
)
def test_quotas_are_new_at_midnight_in_vietnam(now: str, tomorrow: str) -> None:
    assert windows.moment(local(now).astimezone(UTC), NO_QUIET).tomorrow == local(tomorrow)


def test_all_times_of_a_moment_are_utc() -> None:
    moment = windows.moment(local("23/11 10:00").astimezone(UTC), a_calendar(), 0.25)
    assert {time.utcoffset() for time in (moment.now, moment.opening, moment.tomorrow)} == {timedelta(0)}
    assert moment.spread == 0.25


@pytest.mark.parametrize(
    ("priority", "now", "due"),
    [
        (Priority.CODE, "25/11 23:00", "25/11 23:00"),
        (Priority.REPLY, "25/11 23:00", "25/11 23:00"),
        (Priority.URGENT, "25/11 23:00", "26/11 07:00"),
        (Priority.NOTICE, "25/11 23:00", "26/11 07:00"),
        (Priority.NOTICE, "25/11 20:59", "25/11 20:59"),
    ],
)
def test_codes_and_replies_know_no_quiet_hours(priority: Priority, now: str, due: str) -> None:
    assert windows.due(local(now), priority, a_calendar()) == local(due)
