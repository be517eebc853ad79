"""The real daemon as one machine of several, which may freeze at a named moment or have a clock that is off.

``MACHINE_NAME``     its host name: leases and alarms then tell it from the other "machines" of this host.
``MACHINE_CLOCK``    seconds its clock is ahead of the truth.
``MACHINE_FREEZE``   where it stops itself with SIGSTOP, once: ``label:place`` of a write (before, inside, after), or
                     ``answers`` (answers of Zalo's came and are not settled). Of the sender's turns one that claims.
``MACHINE_RENEW``    seconds between two looks at what the others do, 20 without it.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

from adapter import config, daemon, logs
from adapter.config import Settings
from adapter.daemon import Role, running
from adapter.model import Settled
from adapter.ports import Store, Tx
from adapter.wiring.books import open_store, utc_now
from adapter.wiring.house import House
from adapter.zalo.sender import Sender

T = TypeVar("T")


class Trap:
    """Freezes this process the first time the moment comes."""

    def __init__(self, moment: str) -> None:
        self._moment = moment

    def at(self, moment: str) -> None:
        """Stop here, if it was here."""
        if moment == self._moment:
            self._moment = ""
            # To this very thread: one that any thread may take lets this one run on for a moment.
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


class FreezingStore:
    """The store, with a trap around its writes, seen by a clock that is off."""

    def __init__(self, store: Store, trap: Trap, ahead: float) -> None:
        self._store, self._trap, self._ahead = store, trap, ahead

    def write(self, label: str, work: Callable[[Tx], T]) -> T:
        """Write, and freeze where it was asked for."""

        def watched(tx: Tx) -> T:
            done = work(tx)
            self._at(label, "inside", done)
            return done

        self._trap.at(f"{label}:before")
        done = self._store.write(label, watched)
        self._at(label, "after", done)
        return done

    def _at(self, label: str, place: str, done: Any) -> None:
        if label != "deliver.turn" or done[0]:  # of the sender's turns one that claims
            self._trap.at(f"{label}:{place}")

    def clock_skew(self) -> float:
        """As measured with the clock of this machine."""
        return self._store.clock_skew() + self._ahead

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class FreezingChannels:
    """Zalo's door, with a trap between it and the sender."""

    def __init__(self, sender: Sender, trap: Trap) -> None:
        self._sender, self._trap = sender, trap

    def answers(self, wait: float, linger: float) -> list[Settled]:
        """Take answers."""
        found = self._sender.answers(wait, linger)
        if found:
            self._trap.at("answers")
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sender, name)


class Machine(House):
    """A house with a host name, a trap and a clock of its own."""

    def __init__(self, settings: Settings, store: Store, trap: Trap, ahead: float) -> None:
        def clock() -> datetime:
            return utc_now() + timedelta(seconds=ahead)

        super().__init__(settings, cast("Store", FreezingStore(store, trap, ahead)), clock)
        _, _, rest = self.owner.partition(":")
        self.owner = f"{os.environ['MACHINE_NAME']}:{rest}"
        self._trap = trap

    @property
    def channels(self) -> Sender:
        """Zalo, through the trap."""
        return cast("Sender", FreezingChannels(super().channels, self._trap))


def main() -> None:
    """Run until told to stop."""
    settings = config.load(Path(sys.argv[sys.argv.index("--config") + 1]), os.environ)
    logs.configure("info", "json")
    roles = [Role(role) for role in os.environ.get("MACHINE_ROLES", ",".join(Role)).split(",")]
    running.RENEW_SECONDS = float(os.environ.get("MACHINE_RENEW", "20"))  # type: ignore[attr-defined,assignment]
    trap, ahead = Trap(os.environ.get("MACHINE_FREEZE", "")), float(os.environ.get("MACHINE_CLOCK", "0"))
    daemon.run(Machine(settings, open_store(settings), trap, ahead), roles)


if __name__ == "__main__":
    main()
