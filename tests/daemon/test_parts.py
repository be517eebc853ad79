"""The parts of the daemon: the pulse, the watch over the clock, the schedule, the word to systemd."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

import pytest

from adapter.daemon.clockwork import Clockwork, Watch
from adapter.daemon.notify import notify
from adapter.daemon.presence import alive
from adapter.daemon.pulse import Pulse

LONG = timedelta(hours=1)


class Hands:
    """A wall clock and a steady one, moved by hand."""

    def __init__(self) -> None:
        self.wall, self.steady = 1_800_000_000.0, 50.0

    def watch(self) -> Watch:
        return Watch(lambda: self.wall, lambda: self.steady)

    def go_on(self, seconds: float, drift: float = 0.0) -> None:
        self.wall += seconds + drift
        self.steady += seconds


@pytest.mark.parametrize(("drift", "seen"), [(0.0, 0.0), (1.9, 0.0), (-1.9, 0.0), (3600.0, 3600.0), (-3600.0, -3600.0)])
def test_a_clock_that_is_set_is_seen_once(drift: float, seen: float) -> None:
    hands = Hands()
    watch = hands.watch()
    hands.go_on(1.0, drift)
    assert watch.jumped() == pytest.approx(seen)
    hands.go_on(1.0)
    assert watch.jumped() == 0.0


def test_a_slow_drift_is_no_jump() -> None:
    hands = Hands()
    watch = hands.watch()
    for _ in range(100):
        hands.go_on(1.0, 0.5)
        assert watch.jumped() == 0.0


def test_a_pulse_names_who_is_silent() -> None:
    pulse = Pulse()
    pulse.beat("sender", 60)
    pulse.beat("scheduler", 0.0)
    time.sleep(0.001)
    assert pulse.silent() == ["scheduler"]
    pulse.beat("scheduler", 60)
    assert pulse.silent() == []


class Counter:
    """A job that counts, and lets a test wait for its count."""

    def __init__(self) -> None:
        self.count = 0
        self._turned = threading.Condition()

    def __call__(self) -> None:
        with self._turned:
            self.count += 1
            self._turned.notify_all()

    def reached(self, count: int, seconds: float = 5.0) -> bool:
        with self._turned:
            return self._turned.wait_for(lambda: self.count >= count, seconds)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def clockwork(hands: Hands) -> Iterator[Clockwork]:
    made = Clockwork(Pulse(), hands.watch())
    yield made
    made.stop()
    assert made.join(5)


def test_a_jump_of_the_clock_makes_interval_jobs_due_and_daily_ones_not(clockwork: Clockwork, hands: Hands) -> None:
    each, daily = Counter(), Counter()
    clockwork.every("each", LONG, each, at_once=False)
    clockwork.daily("daily", time_of_day(2, 30), daily)
    clockwork.start()
    hands.go_on(1.0)
    clockwork.look()
    assert not each.reached(1, 0.1)
    hands.go_on(1.0, -3600.0)
    clockwork.look()
    assert each.reached(1)
    assert daily.count == 0


def test_a_clock_set_wrong_and_right_again_between_two_looks_leaves_no_job_asleep(clockwork: Clockwork) -> None:
    each = Counter()
    clockwork.every("each", LONG, each, at_once=False)
    clockwork.start()
    clockwork._scheduler.modify_job("each", next_run_time=datetime.now(UTC) + 3 * LONG)
    clockwork.look()
    assert each.reached(1)


def test_a_stop_waits_for_a_job_whose_thread_is_just_being_started(
    clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, slowed, go = Counter(), threading.Event(), threading.Event()
    start = threading.Thread.start

    def slow(thread: threading.Thread) -> None:
        if thread.name == "job-job":
            slowed.set()
            go.wait(20)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", slow)
    clockwork.every("job", LONG, job)
    clockwork.start()
    assert slowed.wait(20)
    assert not clockwork.join(0.1)
    go.set()
    assert clockwork.join(20)
    assert job.count == 1


def test_a_job_that_gets_no_thread_keeps_no_stop_waiting(clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch) -> None:
    refused, start = threading.Event(), threading.Thread.start

    def none_left(thread: threading.Thread) -> None:
        if thread.name == "job-job":
            refused.set()
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", none_left)
    clockwork.every("job", LONG, Counter())
    clockwork.start()
    assert refused.wait(20)
    assert clockwork.join(20)


def test_a_job_runs_at_once_and_again_when_asked(clockwork: Clockwork) -> None:
    job = Counter()
    clockwork.every("job", LONG, job)
    clockwork.start()
    assert job.reached(1)
    assert clockwork.join(20)  # a job still under way is not started a second time
    clockwork.now("job")
    assert job.reached(2)
    assert clockwork.join(20)
    clockwork.now("job", timedelta(seconds=0.1))
    assert job.reached(5)


def test_a_job_that_fails_runs_again(clockwork: Clockwork, caplog: pytest.LogCaptureFixture) -> None:
    job = Counter()

    def failing() -> None:
        job()
        raise ZeroDivisionError

    clockwork.every("failing", timedelta(seconds=0.05), failing)
    clockwork.start()
    assert job.reached(2)
    clockwork.stop()
    assert clockwork.join(5)
    (said, *_) = [record for record in caplog.records if record.message == "job.failed"]
    assert (said.__dict__["label"], said.__dict__["fault"]) == ("failing", "ZeroDivisionError")


def test_stopping_does_not_wait_for_ever_for_a_job_that_hangs(hands: Hands) -> None:
    clockwork, hung, began = Clockwork(Pulse(), hands.watch()), threading.Event(), Counter()

    def hang() -> None:
        began()
        hung.wait(30)

    clockwork.every("hung", LONG, hang)
    clockwork.start()
    assert began.reached(1)
    clockwork.stop()
    assert not clockwork.join(0.05)
    left = [thread for thread in threading.enumerate() if thread.name.startswith("job-")]
    assert [thread.daemon for thread in left] == [True]  # the process can end without it
    hung.set()
    assert clockwork.join(5)


@pytest.mark.parametrize("abstract", ["", "@"])
def test_systemd_is_told_in_one_datagram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: str) -> None:
    name = f"motcua-{id(tmp_path)}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"\0{name}" if abstract else name)
        systemd.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", abstract + name)
        notify("READY=1")
        assert systemd.recv(100) == b"READY=1"


def test_without_systemd_nobody_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    notify("READY=1")


def test_only_the_dead_are_dead() -> None:
    assert alive(1)
    assert not alive(2**22 + 1)  # beyond the largest pid Linux gives


def test_a_scheduler_that_runs_no_job_any_more_falls_silent() -> None:
    pulse = Pulse()
    clockwork = Clockwork(pulse)
    clockwork.start()
    try:
        assert pulse.silent() == []
        clockwork.stop()
        pulse.beat("scheduler", 0.0)
        clockwork.look()
        assert pulse.silent() == ["scheduler"]
    finally:
        clockwork.stop()
