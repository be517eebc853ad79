"""The real daemon, as a process that kills itself with SIGKILL at a named step. Run by ``tests.crash.trial``.

``CRASH_AT=label:place:nth``, place: ``before`` the write, ``inside`` (done, not committed) or ``after`` (committed).
``CRASH_BUG=lease`` plants the bug the trial must find: an expired lease returns to PENDING and is sent again.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from adapter import config, daemon, logs
from adapter.core import outcome
from adapter.core.moving import Verb
from adapter.model import Cause, DeliveryState
from adapter.ports import Store, Tx
from adapter.wiring.books import open_store
from adapter.wiring.house import House

T = TypeVar("T")


def die() -> None:
    """As if the power had failed."""
    os.kill(os.getpid(), signal.SIGKILL)


class KillingStore:
    """The store, and a trap at one of its writes."""

    def __init__(self, store: Store, label: str, place: str, nth: int) -> None:
        self._store, self._label, self._place, self._left = store, label, place, nth

    def write(self, label: str, work: Callable[[Tx], T]) -> T:
        """Write, or die at the chosen place of the chosen write."""
        if label != self._label:
            return self._store.write(label, work)
        self._left -= 1
        here = self._left == 0
        if here and self._place == "before":
            die()

        def watched(tx: Tx) -> T:
            done = work(tx)
            if here and self._place == "inside":
                die()
            return done

        done = self._store.write(label, watched)
        if here and self._place == "after":
            die()
        return done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def main() -> None:
    """Run until killed."""
    settings = config.load(Path(sys.argv[sys.argv.index("--config") + 1]), os.environ)
    logs.configure("warning", "json")
    if os.environ.get("CRASH_BUG") == "lease":
        table = cast("dict[tuple[DeliveryState, Cause], Verb]", outcome.TABLE)
        table[DeliveryState.SENDING, Cause.LEASE_OVER] = Verb.NOW
    store = open_store(settings)
    if at := os.environ.get("CRASH_AT"):
        label, place, nth = at.split(":")
        store = cast("Store", KillingStore(store, label, place, int(nth)))
    daemon.run(House(settings, store))


if __name__ == "__main__":
    main()
