"""The schedule: APScheduler as a clock only. What to do next stands in the store, so a tick may come twice or late.

Vietnam has no summer time, and the trigger's zone is fixed, so the host's own zone and its changes do not matter. A
host clock that is *set* does: an hour back would leave an interval job asleep for an hour. ``Watch`` sees it, because
wall clock and monotonic clock then disagree, and makes every interval job due at once. A clock set wrong and right
again between two looks is seen by what it leaves behind: a job that would sleep longer than its interval.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, JobEvent
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from adapter.daemon.jobs import DaemonThreads
from adapter.daemon.pulse import Pulse

log = logging.getLogger(__name__)

ZONE = "Asia/Ho_Chi_Minh"

JUMP = 2.0
"""Seconds by which the wall clock may drift from the monotonic one between two looks before it counts as set."""


class Clockwork:
    """Runs jobs on a schedule, each at most once at a time."""

    def __init__(self, pulse: Pulse, watch: "Watch | None" = None) -> None:
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._threads = DaemonThreads()
        self._scheduler = BackgroundScheduler(
            timezone=ZONE, job_defaults=defaults, executors={"default": self._threads}
        )
        self._scheduler.add_listener(_report, EVENT_JOB_ERROR | EVENT_JOB_MAX_INSTANCES)
        self._pulse = pulse
        self._watch = watch or Watch()

    def every(self, name: str, interval: timedelta, job: Callable[[], object], *, at_once: bool = True) -> None:
        """Run a job each interval, first at once or after one interval."""
        first = {"next_run_time": datetime.now(UTC)} if at_once else {}
        self._scheduler.add_job(job, IntervalTrigger(seconds=interval.total_seconds(), timezone=ZONE), id=name, **first)

    def daily(self, name: str, at: time_of_day, job: Callable[[], object]) -> None:
        """Run a job each day at a Vietnam time."""
        self._scheduler.add_job(job, CronTrigger(hour=at.hour, minute=at.minute, timezone=ZONE), id=name)

    def start(self) -> None:
        """Begin. A job of its own is the scheduler's sign of life: one that hangs runs none any more."""
        self.every("pulse", timedelta(seconds=5), lambda: self._pulse.beat("scheduler", 60))
        self._pulse.beat("scheduler", 60)
        self._scheduler.start()

    def now(self, name: str, interval: timedelta | None = None) -> None:
        """Make a job due at once, with a new interval if one is given."""
        if interval is not None:
            self._scheduler.reschedule_job(
                name, trigger=IntervalTrigger(seconds=interval.total_seconds(), timezone=ZONE)
            )
        self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def look(self) -> None:
        """Called each second by the main thread: did somebody set the clock?"""
        jumped = self._watch.jumped() or -self._overslept()
        if not jumped:
            return
        log.warning("clock.set", extra={"seconds": round(jumped, 1)})
        for job in self._scheduler.get_jobs():
            if isinstance(job.trigger, IntervalTrigger):
                job.modify(next_run_time=datetime.now(UTC))
            elif job.next_run_time > datetime.now(UTC):  # else its hour was jumped over, and it is due
                job.reschedule(job.trigger)

    def _overslept(self) -> float:
        """By how many seconds the sleepiest interval job would sleep longer than its interval; 0.0 when none would."""
        now = datetime.now(UTC)
        sleeps = [
            (job.next_run_time - now - job.trigger.interval).total_seconds()
            for job in self._scheduler.get_jobs()
            if isinstance(job.trigger, IntervalTrigger)
        ]
        return max((seconds for seconds in sleeps if seconds > JUMP), default=0.0)

    def stop(self) -> None:
        """Start nothing more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def join(self, seconds: float) -> bool:
        """Wait for the running jobs to end, at most so long; False when one did not."""
        return self._threads.join(seconds)


class Watch:
    """Compares the wall clock with the monotonic one."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._steady = wall, steady
        self._offset = wall() - steady()

    def jumped(self) -> float:
        """By how many seconds the wall clock was set since the last look; 0.0 when it was not."""
        offset = self._wall() - self._steady()
        moved, self._offset = offset - self._offset, offset
        return moved if abs(moved) > JUMP else 0.0


def _report(event: JobEvent) -> None:
    """APScheduler keeps a job's exception to itself; an error nobody planned must be seen."""
    if event.code == EVENT_JOB_MAX_INSTANCES:
        log.info("job.still_running", extra={"label": event.job_id})
    else:
        log.error("job.failed", extra={"label": event.job_id, "fault": type(event.exception).__name__})
