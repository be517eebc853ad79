"""The sender's thread: turn after turn, woken by commits, until told to stop; then what is on the wire is settled."""

import logging
import threading

from adapter.daemon.pulse import Pulse
from adapter.daemon.tally import Tally
from adapter.errors import AdapterError
from adapter.model import Settled
from adapter.steps import deliver
from adapter.wiring.house import House

log = logging.getLogger(__name__)

IDLE = 1.0
"""Seconds between looks at the outbox when nobody wakes us."""

REST = 2.0
"""Seconds to rest after a fault of the store, so that a sick database is not asked in a tight loop."""


class SenderThread:
    """One sender. Sends nothing after ``stop`` was called; ``join`` waits for the answers that are still to come."""

    def __init__(self, house: House, pulse: Pulse, tally: Tally, drain_seconds: float) -> None:
        self._house, self._pulse, self._tally, self._drain = house, pulse, tally, drain_seconds
        self._unwritten: list[Settled] = []  # answers that no commit has yet
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Claim nothing more."""
        self._stopping.set()

    def join(self, seconds: float) -> bool:
        """Wait for the thread to end, if it was ever started; False when it did not in time."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._pulse.beat("sender", 60)
            try:
                self._turn()
            except AdapterError as error:
                log.error("sender.fault", extra={"fault": type(error).__name__})
                self._tally.fault("sender", type(error).__name__)
                self._stopping.wait(REST)
            except Exception as error:
                # A bug must neither kill the thread in silence nor spin; what was claimed goes UNKNOWN by its lease.
                log.exception("sender.bug")
                self._tally.fault("sender", type(error).__name__)
                self._stopping.wait(REST)
            else:
                self._tally.good("sender")
        self._finish()

    def _turn(self) -> None:
        turn = deliver.turn(self._house.delivering(), 0.05, self._unwritten)
        idle = not turn.claimed and not turn.settled
        if idle and self._house.channels.free() == self._house.settings.zalo.slots:
            self._house.store.wait_for_work(IDLE)

    def _finish(self) -> None:
        try:
            deliver.finish(self._house.delivering(), self._drain, self._unwritten)
        except AdapterError as error:
            log.error("sender.unfinished", extra={"fault": type(error).__name__})
