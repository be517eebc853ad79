"""One daemon: joins the house to threads and a schedule, answers signals, and leaves nothing half done."""

import gc
import logging
import signal
import threading
from collections.abc import Callable, Collection
from datetime import timedelta
from enum import StrEnum
from types import FrameType

from adapter.daemon.clockwork import Clockwork
from adapter.daemon.notify import notify
from adapter.daemon.presence import RENEW_SECONDS, Presence, alive
from adapter.daemon.pulse import Pulse
from adapter.daemon.sending import SenderThread
from adapter.daemon.tally import Tally
from adapter.errors import AdapterError, StoreError
from adapter.model import SendingMode
from adapter.ports import Tx
from adapter.steps import duty, poll, punctual, relieve, seal, takeover, tend
from adapter.web.health import HealthServer
from adapter.web.metrics import Signs
from adapter.wiring.house import House

log = logging.getLogger(__name__)

RELOAD = "reload"
"""The request that ``motcua reload`` counts up in the store: it works without signals, and on every machine."""

STOP = "stop"
"""The request that ``motcua stop`` counts up, for hosts without signals."""

STOP_SECONDS = 10.0
"""Longest wait for what is on the wire, and for a poll to reach its next page, when stopping."""


class Role(StrEnum):
    """What a daemon does; one does everything by default."""

    POLL = "poll"
    DELIVER = "deliver"


class Daemon:
    """Starts in ``__init__``'s order, stops in the reverse one."""

    def __init__(self, house: House, roles: Collection[Role]) -> None:
        self.house, self.roles = house, roles
        self.stopping = threading.Event()
        self._hangup = threading.Event()
        self._pulse = Pulse()
        self._clockwork = Clockwork(self._pulse)
        self._tally = Tally(house.alarm, house.owner, lambda: self._unwritten)
        self._sender = SenderThread(house, self._pulse, self._tally, STOP_SECONDS)
        self._health: HealthServer | None = None
        self._presence = Presence(house.store, house.owner)
        self._reading = threading.Lock()  # both readers need the source's lease: the sweep waits, the poll gives way
        self._unwritten = True  # people may have been told by a daemon before us that died meanwhile
        self._reloads, self._stops = house.store.read(_asked)

    def run(self) -> None:
        """Work until a signal or ``stopping``; returns, or raises, when everything is put away."""
        self._signals()
        try:
            self._start()
            while not self.stopping.wait(1.0):
                self._look()
        finally:
            self._stop()

    def _start(self) -> None:
        takeover.take_over(self.house.store, self.house.owner, alive)
        self._presence.show()
        self._tally.recall(self.house.store)
        self._schedule()
        address = self.house.settings.health.address
        if address is not None:
            sending = self.house.settings.sending.mode is not SendingMode.OFF
            signs = Signs(silent=self._pulse.silent, failing=self._tally.failing, oldest_due=self.house.oldest_due)
            self._health = HealthServer(address, self.house.store, signs, sending=sending)
            self._health.start()
        if Role.DELIVER in self.roles:
            self._sender.start()
        spare_the_collector()
        self._clockwork.start()
        notify("READY=1")
        log.info(
            "daemon.ready", extra={"version": self.house.rulebook.version, "mode": self.house.settings.sending.mode}
        )

    def _signals(self) -> None:
        """SIGTERM and SIGINT stop, SIGHUP reloads. A thread that is not the main one cannot take signals: tests."""
        if threading.current_thread() is not threading.main_thread():
            return
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGINT, self._on_stop)
        if hasattr(signal, "SIGHUP"):  # not on Windows, where `motcua reload` does the same
            signal.signal(signal.SIGHUP, self._on_hangup)

    def _on_stop(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.stopping.set()

    def _on_hangup(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._hangup.set()

    def _schedule(self) -> None:
        house, clockwork = self.house, self._clockwork
        renewed = timedelta(seconds=RENEW_SECONDS)
        clockwork.every("presence", renewed, self._guarded("presence", self._present), at_once=False)
        # Whatever it does: its own mail server and command may be the ones that could not be told.
        clockwork.every("relieve", timedelta(seconds=60), self._guarded("relieve", self._relieve))
        clockwork.every("mapping", renewed, self._guarded("mapping", house.agree), at_once=False)
        if Role.POLL in self.roles:
            clockwork.every("poll", house.rulebook.source.every, self._guarded("poll", self._poll))
            clockwork.daily("sweep", house.settings.poll.sweep_at, self._guarded("sweep", self._sweep))
        if Role.DELIVER in self.roles:
            rounds: list[tuple[str, int, Callable[[], object]]] = [
                ("tend.expire", 30, lambda: tend.expire(house.tending())),
                ("tend.unknown", 5, lambda: tend.resolve_unknown(house.tending())),
                ("tend.confirm", 60, lambda: tend.confirm(house.tending())),
                ("zalo.token", 60, self._refresh),
            ]
            for name, seconds, job in rounds:
                clockwork.every(name, timedelta(seconds=seconds), self._guarded(name, job))
        clockwork.every(
            "seal", timedelta(seconds=1), self._guarded("seal", lambda: seal.seal(house.store, house.owner))
        )

    def _guarded(self, name: str, job: Callable[[], object]) -> Callable[[], None]:
        """A fault that was foreseen is logged by its class; the next tick tries again. A bug goes to the scheduler."""

        def run() -> None:
            try:
                job()
            except AdapterError as error:
                log.error("job.fault", extra={"label": name, "fault": type(error).__name__})
                self._tally.fault(name, type(error).__name__)
            except Exception as error:
                self._tally.fault(name, type(error).__name__)
                raise
            else:
                self._tally.good(name)

        return run

    def _present(self) -> None:
        """Say that we are at work. Nobody hears it when the database takes no write: then people are told."""
        try:
            self._presence.show()
        except StoreError:
            self._unwritten = True
            duty.database_unwritten(self.house.alarm, self.house.owner)
            raise
        if self._unwritten:
            self._unwritten = False
            duty.database_written(self.house.alarm, self.house.owner)

    def _relieve(self) -> None:
        relieve.relieve(self.house.store, self.house.alarm, self.house.owner)

    def _refresh(self) -> None:
        """By a clock that is a day ahead every pair is due, every time."""
        if punctual.punctual(self.house.store, self.house.alarm, self.house.owner):
            self.house.tokens.refresh_if_due()

    def _poll(self) -> None:
        if not self._reading.acquire(blocking=False):
            return
        try:
            for partition in self.house.rulebook.source.partitions:
                if not self.stopping.is_set():
                    poll.poll(self.house.polling(self.stopping.is_set), partition)
        finally:
            self._reading.release()

    def _sweep(self) -> None:
        reach = self.house.settings.poll.sweep_window
        with self._reading:
            for partition in self.house.rulebook.source.partitions:
                if not self.stopping.is_set():
                    poll.sweep(self.house.polling(self.stopping.is_set), reach, partition)

    def _look(self) -> None:
        """Once a second: the clock, the watchdog, requests to stop or to reload."""
        self._clockwork.look()
        if not self._pulse.silent():
            notify("WATCHDOG=1")
        try:
            asked, stops = self.house.store.read(_asked)
            if stops != self._stops:
                self.stopping.set()
            elif asked != self._reloads or self._hangup.is_set():
                self._hangup.clear()
                self._reload()
                self._reloads = asked  # only now: a reload that the store refused is tried again
        except AdapterError as error:
            log.error("daemon.fault", extra={"fault": type(error).__name__})

    def _reload(self) -> None:
        problems = self.house.reload()
        for problem in problems:
            log.error("mapping.problem", extra={"file": problem.file, "line": problem.line, "column": problem.column})
        if not problems and Role.POLL in self.roles:
            self._clockwork.now("poll", self.house.rulebook.source.every)

    def _stop(self) -> None:
        log.info("daemon.stopping")
        notify("STOPPING=1")
        self._sender.stop()
        self._clockwork.stop()
        if Role.DELIVER in self.roles and not self._sender.join(STOP_SECONDS + 5):
            log.error("daemon.sender_left")
        if not self._clockwork.join(STOP_SECONDS):
            log.warning("daemon.jobs_left")
        self._last_seal()
        self._presence.withdraw()
        if self._health is not None:
            self._health.stop()
        self.house.close()
        log.info("daemon.stopped")

    def _last_seal(self) -> None:
        try:
            seal.last(self.house.store, self.house.owner)
        except AdapterError as error:
            log.error("daemon.unsealed", extra={"fault": type(error).__name__})


def spare_the_collector() -> None:
    """Have Python's collector look for circles less often, and never through what the start has made.

    That lives as long as we do; and what a page or a sender's turn makes is thousands of objects without a circle.
    """
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def _asked(tx: Tx) -> tuple[int, int]:
    """How often anybody asked for a reload, and for a stop."""
    return tx.count(RELOAD), tx.count(STOP)


def run(house: House, roles: Collection[Role] = tuple(Role)) -> None:
    """Run one daemon until it is told to stop. Closes the house."""
    Daemon(house, roles).run()
