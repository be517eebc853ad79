"""The adapter in simulated time: the real House and the real daemon's jobs, one process, led by the conductor.

What the daemon does by threads and the wall clock is done here in turn whenever the conductor says ``tick``: the jobs
that its own schedule (``Daemon._schedule``) calls due, by the clock all share, then the sender's turns until nothing is
left to claim or to hear. While the source is read the sender has a turn after every few rows, so that messages are on
the wire when a page is written. Orders come as JSON lines on standard input; each is answered by one line of output.

``WEEK_BUG`` plants one of ``tests.week.bugs``, which the week must find.
"""

import json
import logging
import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, cast

from adapter import config, logs
from adapter.core.calendar import VIETNAM
from adapter.daemon.presence import alive
from adapter.daemon.running import Daemon, Role
from adapter.errors import AdapterError
from adapter.model import Interval, Record, Settled
from adapter.ports import Source, Store
from adapter.steps import deliver, poll, takeover
from adapter.store import open_store
from adapter.wiring.house import House
from tests.crash.victim import KillingStore
from tests.week.bugs import BUGS
from tests.week.hands import Hands

ROWS_A_TURN = 10
"""So many rows are read from one turn of the sender to the next."""

ENDLESS = 3000
"""Turns of one tick after which something must be going round in a circle."""


class WeekStore:
    """The store, whose database and machine live by the hands: on SQLite both are one machine."""

    def __init__(self, store: Store, hands: Hands, *, one_machine: bool) -> None:
        self._store, self._hands, self._one_machine = store, hands, one_machine

    def clock_skew(self) -> float:
        """As ``SqlStore`` measures it: this machine's clock against the database server's."""
        theirs = self._hands.machine() if self._one_machine else self._hands.now()
        return (self._hands.machine() - theirs).total_seconds()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class Timetable:
    """Stands where the daemon has its ``Clockwork``: keeps what is due when, runs it when it is told to.

    Intervals are counted in true time, as the scheduler's steady clock does after a jump of the wall clock was seen.
    """

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._jobs: dict[str, tuple[timedelta, Callable[[], object]]] = {}
        self._due: dict[str, datetime] = {}
        self._daily: dict[str, time] = {}

    def every(self, name: str, interval: timedelta, job: Callable[[], object], *, at_once: bool = True) -> None:
        """As ``Clockwork.every``."""
        self._jobs[name] = (interval, job)
        self._due[name] = self._hands.now() + (timedelta(0) if at_once else interval)

    def daily(self, name: str, at: time, job: Callable[[], object]) -> None:
        """As ``Clockwork.daily``."""
        self._jobs[name] = (timedelta(days=1), job)
        self._daily[name] = at
        self._due[name] = self._next_day(at)

    def now(self, name: str, interval: timedelta | None = None) -> None:
        """As ``Clockwork.now``."""
        old, job = self._jobs[name]
        self._jobs[name] = (interval or old, job)
        self._due[name] = self._hands.now()

    def look(self) -> None:
        """Nothing to see: the hands are the steady clock."""

    def run_due(self) -> None:
        """Run what is due, once each, however often it was due."""
        for name, (interval, job) in self._jobs.items():
            if self._due[name] <= self._hands.now():
                job()
                at = self._daily.get(name)
                self._due[name] = self._next_day(at) if at else self._hands.now() + interval

    def _next_day(self, at: time) -> datetime:
        now = self._hands.now().astimezone(VIETNAM)
        today = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
        return today if today > now else today + timedelta(days=1)


class Shared:
    """The source, read by somebody who sends meanwhile."""

    def __init__(self, source: Source, meanwhile: Callable[[], object]) -> None:
        self._source, self._meanwhile = source, meanwhile

    def changes(self, window: Interval, partition: str) -> Iterator[Record]:
        """As the source gives them, with a turn of the sender in between."""
        for number, record in enumerate(self._source.changes(window, partition)):
            if number % ROWS_A_TURN == 1:
                self._meanwhile()
            yield record

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)


class Faults(logging.Handler):
    """Counts what the daemon logs of foreseen faults, and keeps what nobody foresaw."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Count one line by its text and fault."""
        self.seen[f"{record.getMessage()}:{getattr(record, 'fault', '')}"] += 1


class Engine:
    """One life of the adapter."""

    def __init__(self, hands: Hands, settings: config.Settings) -> None:
        one_machine = settings.store.url.startswith("sqlite")
        clock = hands.machine if one_machine else hands.now
        opened = open_store(settings.store.url, settings.store.keys, clock=clock)
        self._store = cast("Store", WeekStore(opened, hands, one_machine=one_machine))
        self.house = House(settings, self._store, hands.machine)
        self._polling = self.house.polling
        cast("Any", self.house).polling = self._sharing
        takeover.take_over(self._store, self.house.owner, alive)
        self.daemon = Daemon(self.house, tuple(Role))
        self.timetable = Timetable(hands)
        self.daemon._clockwork = cast("Any", self.timetable)
        self.daemon._presence.show()
        self.daemon._schedule()
        self._unwritten: list[Settled] = []

    def tick(self) -> dict[str, object]:
        """Do what is due now."""
        self.daemon._look()
        self.timetable.run_due()
        settled = 0
        for _ in range(ENDLESS):
            turn = self._turn(0.0 if self._nothing_flies() else 0.05)
            settled += turn.settled if turn else 0
            if turn is None or (not (turn.claimed or turn.settled) and self._nothing_flies()):
                return {"settled": settled}
        raise RuntimeError("the sender's turns never came to an end")

    def _turn(self, wait: float) -> deliver.Turn | None:
        """One turn of the sender; None when a foreseen fault ended it, as the daemon's thread logs it."""
        try:
            return deliver.turn(self.house.delivering(), wait, self._unwritten)
        except AdapterError as error:
            logging.getLogger(__name__).error("sender.fault", extra={"fault": type(error).__name__})
            return None

    def _sharing(self, stopping: Callable[[], bool] = lambda: False) -> poll.Polling:
        polling = self._polling(stopping)
        return replace(polling, source=cast("Source", Shared(polling.source, lambda: self._turn(0.0))))

    def arm(self, step: str) -> dict[str, object]:
        """From now on the named write kills the process (``tests.crash``): ``label:place:nth``."""
        label, place, nth = step.split(":")
        self.house.store = cast("Store", KillingStore(self._store, label, place, int(nth)))
        return {}

    def stop(self) -> dict[str, object]:
        """As the daemon ends: settle, seal, give everything back."""
        deliver.finish(self.house.delivering(), 5.0, self._unwritten)
        self.daemon._last_seal()
        self.daemon._presence.withdraw()
        self.house.close()
        return {}

    def _nothing_flies(self) -> bool:
        return self.house.channels.free() == self.house.settings.zalo.slots


def main() -> None:
    """Obey until told to stop, or until the conductor is gone."""
    if bug := os.environ.get("WEEK_BUG", ""):
        BUGS[bug](setattr)
    settings = config.load(Path(sys.argv[sys.argv.index("--config") + 1]), os.environ)
    logs.configure("warning", "json")
    faults = Faults()
    logging.getLogger().addHandler(faults)
    try:
        engine = Engine(Hands(Path(os.environ["WEEK_CLOCK"])), settings)
    except AdapterError as error:  # the database is away: systemd would start it again
        _answer({"away": type(error).__name__, "faults": {f"start:{type(error).__name__}": 1}})
        return
    _answer({"pid": os.getpid()})
    for line in sys.stdin:
        order = json.loads(line)
        try:
            done = _obeyed(engine, order)
        except Exception:  # noqa: BLE001 - whatever nobody foresaw must reach the report
            done = {"bug": traceback.format_exc()}
        _answer({**done, "faults": faults.seen})
        faults.seen.clear()
        if order["do"] == "stop":
            return


def _obeyed(engine: Engine, order: dict[str, str]) -> dict[str, object]:
    match order["do"]:
        case "tick":
            return engine.tick()
        case "arm":
            return engine.arm(order["step"])
        case _:
            return engine.stop()


def _answer(document: dict[str, object]) -> None:
    print(json.dumps(document), flush=True)


if __name__ == "__main__":
    main()
