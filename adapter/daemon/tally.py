"""How often each of the daemon's jobs failed in a row: who only logs it every two seconds wakes nobody."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from adapter.ports import Alarm, Store
from adapter.steps import duty

IN_A_ROW = 3
LASTING = 30.0
"""So often and for so many seconds a job must have failed before people are told: a passing fault mends itself."""

AGAIN_SECONDS = 60.0
"""While it goes on the alarm is raised again so often, for the sake of outlets that were deaf with the store away."""


@dataclass(slots=True)
class _Row:
    """Faults of one job since it last went well; monotonic times."""

    since: float
    count: int = 0
    rung_at: float | None = None


class Tally:
    """Counts, and rings. Safe for several threads.

    ``excused``: whether people know already why everything fails: the database takes no write.
    """

    def __init__(self, alarm: Alarm, owner: str, excused: Callable[[], bool]) -> None:
        self._alarm, self._owner, self._excused = alarm, owner, excused
        self._rows: dict[str, _Row] = {}
        self._left: set[str] = set()  # jobs for which a daemon before us has rung
        self._lock = threading.Lock()

    def recall(self, store: Store) -> None:
        """Take over the alarms that a daemon before us left on this host. Raises StoreError."""
        begin = duty.work_key(self._owner, "")
        standing = store.read(lambda tx: tx.alarms.standing())
        self._left = {raised.key.removeprefix(begin) for raised in standing if raised.key.startswith(begin)}

    def fault(self, job: str, fault: str) -> None:
        """It failed once more; ``fault``: the class of the error."""
        now = time.monotonic()
        with self._lock:
            row = self._rows.setdefault(job, _Row(now))
            row.count += 1
            if row.count < IN_A_ROW or now - row.since < LASTING or self._excused():
                return
            if row.rung_at is not None and now - row.rung_at < AGAIN_SECONDS:
                return
            row.rung_at = now
        duty.work_failing(self._alarm, self._owner, job, fault)

    def good(self, job: str) -> None:
        """It went well."""
        with self._lock:
            row = self._rows.pop(job, None)
            rung = job in self._left or (row is not None and row.rung_at is not None)
            self._left.discard(job)
        if rung:
            duty.work_going(self._alarm, self._owner, job)

    def failing(self) -> list[str]:
        """The jobs for which people were told, by name."""
        with self._lock:
            return sorted(job for job, row in self._rows.items() if row.rung_at is not None)
