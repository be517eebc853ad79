"""Where scheduled jobs run: a daemon thread for each, so that one that hangs cannot keep the process from ending.

APScheduler's own pool is one of ``concurrent.futures``, whose threads the interpreter waits for at its end: a province
that lets a reading hang would hold up a stop until the read times out. What such a thread leaves is mended by the next
process: its run is cut, its lease taken over.
"""

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from apscheduler.executors.base import BaseExecutor, run_job


class DaemonThreads(BaseExecutor):  # type: ignore[misc]  # apscheduler ships no types
    """Runs each job in a thread named after it. The scheduler keeps a job from running twice at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._running = 0
        self._ended = threading.Condition()

    def join(self, seconds: float) -> bool:
        """Wait for the running jobs to end, one that is just being started too, at most so long; False: one did not."""
        with self._ended:
            return self._ended.wait_for(lambda: not self._running, seconds)

    def _do_submit_job(self, job: Any, run_times: Sequence[datetime]) -> None:
        thread = threading.Thread(target=self._run, args=(job, run_times), name=f"job-{job.id}", daemon=True)
        self._count(1)
        try:
            thread.start()
        except RuntimeError:  # the machine gives us no thread; the scheduler says so and tries again at the next tick
            self._count(-1)
            raise

    def _run(self, job: Any, run_times: Sequence[datetime]) -> None:
        try:
            events = run_job(job, job._jobstore_alias, run_times, self._logger.name)  # noqa: SLF001 - as its own pool does
            self._run_job_success(job.id, events)
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._ended:
            self._running += more
            self._ended.notify_all()
