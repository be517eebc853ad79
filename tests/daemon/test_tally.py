"""A job that fails again and again is told, a passing fault is not; the next good turn ends it."""

import contextlib
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from adapter.daemon import sending, tally
from adapter.daemon.pulse import Pulse
from adapter.daemon.running import Daemon
from adapter.daemon.sending import SenderThread
from adapter.daemon.tally import IN_A_ROW, LASTING, Tally
from adapter.errors import StoreError
from adapter.steps import deliver
from adapter.steps.deliver import Turn
from tests.zalo.doubles import FakeAlarm

OWNER = "may-chu:1:aa"
KEY = "work:may-chu:poll"


class Hands:
    """Monotonic time, moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    made = Hands()
    monkeypatch.setattr(time, "monotonic", lambda: made.now)
    return made


def test_a_job_is_told_when_it_fails_often_and_for_long(hands: Hands) -> None:
    alarm = FakeAlarm()
    counted = Tally(alarm, OWNER, lambda: False)
    for _ in range(10):
        counted.fault("poll", "StoreError")
    assert (alarm.standing, counted.failing()) == ({}, [])
    hands.now += LASTING
    counted.fault("poll", "StoreError")
    assert "Việc poll" in alarm.standing[KEY]
    assert "(StoreError)" in alarm.standing[KEY]
    assert counted.failing() == ["poll"]
    counted.good("sender")
    assert counted.failing() == ["poll"]
    counted.good("poll")
    assert (alarm.standing, counted.failing()) == ({}, [])


def test_seldom_is_not_often_and_a_good_turn_begins_anew(hands: Hands) -> None:
    alarm = FakeAlarm()
    counted = Tally(alarm, OWNER, lambda: False)
    for turn in range(20):
        hands.now += LASTING
        counted.fault("poll", "StoreError")
        if turn % (IN_A_ROW - 1):
            counted.good("poll")
    assert alarm.raised == []


def test_with_the_database_away_its_own_alarm_is_enough(hands: Hands) -> None:
    alarm, away = FakeAlarm(), [True]
    counted = Tally(alarm, OWNER, lambda: away[0])
    for _ in range(5):
        hands.now += LASTING
        counted.fault("sender", "StoreError")
    assert alarm.raised == []
    away[0] = False
    counted.fault("sender", "StoreError")
    assert alarm.raised == ["work:may-chu:sender"]


def test_what_a_daemon_before_us_rang_ends_with_our_first_good_turn(hands: Hands) -> None:
    alarm = FakeAlarm()
    alarm.raise_(KEY, "hỏng")
    standing = [SimpleNamespace(key=key) for key in (KEY, "work:may-khac:poll", "mapping")]
    store: Any = SimpleNamespace(read=lambda _: standing)
    counted = Tally(alarm, OWNER, lambda: False)
    counted.recall(store)
    counted.good("sender")
    assert [*alarm.standing] == [KEY]
    counted.good("poll")
    assert alarm.standing == {}


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("error", [StoreError("no such table: attempts"), ZeroDivisionError()])
def test_a_sender_that_only_fails_is_told_and_its_next_good_turn_ends_it(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [True]

    def turn(*_: object) -> Turn:
        if broken[0]:
            raise error
        return Turn()

    monkeypatch.setattr(sending, "REST", 0.01)
    monkeypatch.setattr(tally, "LASTING", 0.05)
    monkeypatch.setattr(deliver, "turn", turn)
    monkeypatch.setattr(deliver, "finish", lambda *_: 0)
    house: Any = SimpleNamespace(
        delivering=lambda: None,
        channels=SimpleNamespace(free=lambda: 1),
        settings=SimpleNamespace(zalo=SimpleNamespace(slots=1)),
        store=SimpleNamespace(wait_for_work=lambda _: time.sleep(0.005)),
    )
    alarm = FakeAlarm()
    counted = Tally(alarm, OWNER, lambda: False)
    sender = SenderThread(house, Pulse(), counted, 1.0)
    sender.start()
    try:
        until(lambda: "work:may-chu:sender" in alarm.standing)
        assert counted.failing() == ["sender"]
        broken[0] = False
        until(lambda: not alarm.standing)
        assert counted.failing() == []
    finally:
        sender.stop()
        assert sender.join(10)


@pytest.mark.parametrize("error", [StoreError("no such table: runs"), ZeroDivisionError()])
def test_so_is_any_job_of_the_schedule(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [True]

    def job() -> None:
        if broken[0]:
            raise error

    monkeypatch.setattr(tally, "LASTING", 0.0)
    alarm = FakeAlarm()
    house: Any = SimpleNamespace(owner=OWNER, alarm=alarm, store=SimpleNamespace(read=lambda _: (0, 0)))
    daemon = Daemon(house, [])
    daemon._unwritten = False
    run = daemon._guarded("poll", job)
    for _ in range(IN_A_ROW):
        assert alarm.standing == {}
        with contextlib.suppress(ZeroDivisionError):
            run()
    assert [*alarm.standing] == [KEY]
    broken[0] = False
    run()
    assert alarm.standing == {}
