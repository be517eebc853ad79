"""A monitor is told of what could go and does not: never of the night, a pause, a quota, or a lane that is shut."""

from datetime import datetime, timedelta

import pytest

from adapter.model import PROGRAM, Channel, Limit, Pause, PauseScope, Rulebook, SendingMode, Unclear
from adapter.steps import intervene, outlook
from tests.steps.desk import CODE, Desk

HOUR = timedelta(hours=1)


def oldest(desk: Desk) -> datetime | None:
    return outlook.oldest_due(desk.store, desk.rulebook.calendar, desk.limits, desk.options.mode)


def lies(desk: Desk) -> datetime:
    """One message is due, and nobody sends; gives since when."""
    desk.source.file(CODE)
    desk.read()
    due = desk.clock()
    desk.clock.advance(hours=2)
    return due


def test_what_could_go_and_lies_is_told(either: Desk) -> None:
    assert oldest(either) is None
    due = lies(either)
    assert oldest(either) == due
    either.deliver()
    assert oldest(either) is None


def test_the_night_is_no_fault(either: Desk, real_rulebook: Rulebook) -> None:
    """19 messages due at nine in the evening: they wait for the morning, and nobody need be woken."""
    either.rulebook = real_rulebook
    either.clock.advance(hours=11, minutes=58)  # 20:58 in Vietnam
    due = lies(either)  # looked at when it is 22:59
    assert oldest(either) is None
    either.clock.advance(hours=9, minutes=2)
    assert oldest(either) == due


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        (PauseScope.ALL, ""),
        (PauseScope.CHANNEL, "phone"),
        (PauseScope.OFFICE, None),
        (PauseScope.RULE, None),
        (PauseScope.TEMPLATE, None),
    ],
)
def test_what_is_paused_is_not_stuck_but_everything_else_is(either: Desk, scope: PauseScope, name: str | None) -> None:
    due = lies(either)
    (delivery,) = either.deliveries()
    mine = {
        PauseScope.OFFICE: delivery.message.office,
        PauseScope.RULE: delivery.message.rule,
        PauseScope.TEMPLATE: delivery.route.template,
    }.get(scope, name or "")
    for paused, expected in (("another", due), (mine, None)):
        if scope is PauseScope.ALL and paused != mine:
            continue
        pause = Pause(scope=scope, name=paused, reason="quên", by="chị Lan", since=either.clock())
        intervene.pause(either.store, pause)
        assert oldest(either) == expected, paused


def test_a_days_quota_that_is_used_up_is_no_fault_until_tomorrow(either: Desk) -> None:
    day = Limit(bucket="zbs", per="day", cap=0)
    either.limits[Channel.PHONE] = (day,)
    due = lies(either)
    either.store.write("test", lambda tx: tx.allowances.exhaust(day))
    assert oldest(either) is None
    either.clock.advance(hours=24)
    assert oldest(either) == due


def test_what_goes_as_fast_as_a_minutes_limit_allows_is_no_fault(either: Desk) -> None:
    minute = Limit(bucket="zbs", per="minute", cap=2)
    either.limits[Channel.PHONE] = (minute,)
    for number in range(5):
        either.source.file(f"000.22.31.H62-261123-{number:04d}")
    either.read()
    due = either.clock()
    either.clock.advance(hours=1)
    assert oldest(either) == due
    assert len(either.deliver()) == 2
    assert oldest(either) is None
    either.clock.advance(minutes=1)
    assert oldest(either) is None, "the new minute has only just begun"
    either.clock.advance(minutes=1)
    assert oldest(either) == due, "nobody has used the last one"


def test_what_waits_for_its_lane_is_no_fault(either: Desk) -> None:
    """The first message of a dossier has no answer yet, so the second one must wait."""
    either.source.file(CODE)
    either.read()
    either.zalo.says = lambda _: Unclear(code="read-timeout")
    either.deliver()
    either.source.file(CODE, "9")
    either.read()
    due = either.clock()
    either.clock.advance(minutes=13)
    assert [state for _, state in either.states()] == ["unknown", "pending"]
    assert oldest(either) is None
    either.clock.advance(minutes=2)
    assert oldest(either) == due


def test_a_shadow_week_sends_nothing_and_misses_nothing(desk: Desk) -> None:
    lies(desk)
    desk.options.mode = SendingMode.OFF
    assert oldest(desk) is None


def test_without_a_calendar_no_night_is_known(desk: Desk) -> None:
    desk.clock.advance(hours=12)
    due = lies(desk)
    assert outlook.oldest_due(desk.store, None, desk.limits, SendingMode.ON) is not None
    assert due < desk.clock()


def test_a_channel_that_motcua_paused_is_told_by_its_pause(desk: Desk) -> None:
    lies(desk)
    pause = Pause(scope=PauseScope.CHANNEL, name="phone", reason="Zalo -124", by=PROGRAM, since=desk.clock())
    desk.store.write("test", lambda tx: tx.pauses.add(pause))
    assert oldest(desk) is None
