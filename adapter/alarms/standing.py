"""What stands and who was told of it, in the store: so that many processes ring once, and a deaf outlet hears later."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar

from adapter.alarms.outlets import Outlet, fault_of
from adapter.model import AlarmState, Telling
from adapter.ports import Store, Tx

_LOG = logging.getLogger(__name__)
T = TypeVar("T")

BEING_TOLD = timedelta(minutes=1)
"""While an outlet is being told nobody else tells it: longer than a command and a mail together may take."""

LONGEST_WAIT = timedelta(hours=1)
"""Between two tries to tell an outlet, at most; the first wait is a minute, each further one twice as long."""

GIVEN_UP = timedelta(days=7)
"""An end that nobody could tell for so long is told no more: the outlet was taken out of the settings."""


class StandingAlarm:
    """``ports.Alarm``: remembers in the store what stands, so that many processes raise one alarm once.

    Also remembers which outlet was told. One that could not be told is tried again (``remind``) until it is told or the
    alarm is over; only who was told of an alarm is told of its end. ``raise_`` and ``clear`` never raise: with the
    store down they remember in this process instead, and still tell every outlet. Must not be called inside a store
    transaction: it opens its own.
    """

    def __init__(self, store: Store, outlets: Sequence[Outlet]) -> None:
        self._store = store
        self._outlets = {outlet.name: outlet for outlet in outlets}
        self._adrift: dict[str, _Adrift] = {}  # raised while the store was down
        self._lock = threading.Lock()

    def raise_(self, key: str, sentence: str) -> None:
        """Raise an alarm, unless it stands already."""
        with self._lock:
            adrift = self._adrift.get(key)
        heard = adrift.heard if adrift else frozenset()
        untold = [name for name in self._outlets if name not in heard]

        def note(tx: Tx) -> bool:
            if not tx.alarms.raise_once(key, sentence):
                return False
            tx.alarms.owe(key, AlarmState.RAISED, sentence, self._outlets, tx.now + BEING_TOLD)
            tx.alarms.told(key, AlarmState.RAISED, heard)
            return True

        new = self._ask("alarm.raise", note)
        if new is None:
            self._tell_adrift(key, sentence)
            return
        with self._lock:
            self._adrift.pop(key, None)
        if new:
            self._tell_noted(key, AlarmState.RAISED, sentence, untold)

    def clear(self, key: str) -> None:
        """Note that an alarm is over; says nothing to who was not told that it stood."""

        def note(tx: Tx) -> frozenset[str]:
            if not tx.alarms.clear(key):
                return frozenset()  # as nearly always: a reading that went well clears what did not stand
            heard = tx.alarms.heard(key)
            tx.alarms.forget(key)
            tx.alarms.owe(key, AlarmState.CLEARED, "", heard, tx.now + BEING_TOLD)
            return heard

        noted = self._ask("alarm.clear", note)
        with self._lock:
            adrift = self._adrift.pop(key, None)
        self._tell_noted(key, AlarmState.CLEARED, "", noted or ())
        for name in (adrift.heard if adrift else frozenset()) - (noted or frozenset()):
            self._tell(name, key, AlarmState.CLEARED, "")

    def remind(self) -> int:
        """Tell again what could not be told; gives how much of it was told now. Raises StoreError.

        One that fails is left alone for the rest of the round: each try may take ten seconds.
        """
        owed = self._store.write("alarm.owed", lambda tx: tx.alarms.owed(self._outlets, tx.now - GIVEN_UP))
        deaf, done = set[str](), 0
        for telling in owed:
            if telling.outlet in deaf or not self._store.write("alarm.try", partial(_put_off, telling=telling)):
                continue
            if self._tell(telling.outlet, telling.key, telling.state, telling.sentence):
                self._note_told(telling.key, telling.state, [telling.outlet])
                done += 1
            else:
                deaf.add(telling.outlet)
        return done

    def _tell_noted(self, key: str, state: AlarmState, sentence: str, names: Iterable[str]) -> None:
        told = [name for name in names if name in self._outlets and self._tell(name, key, state, sentence)]
        if told:
            self._ask("alarm.told", lambda tx: tx.alarms.told(key, state, told))

    def _note_told(self, key: str, state: AlarmState, names: Sequence[str]) -> None:
        self._store.write("alarm.told", lambda tx: tx.alarms.told(key, state, names))

    def _tell_adrift(self, key: str, sentence: str) -> None:
        """The store is down; whoever sees it raises the alarm again and again, and so the deaf are tried again."""
        with self._lock:
            adrift = self._adrift.setdefault(key, _Adrift())
            names = adrift.due(self._outlets)
        heard = {name for name in names if self._tell(name, key, AlarmState.RAISED, sentence)}
        with self._lock:
            adrift.tried(heard)

    def _ask(self, action: str, write: Callable[[Tx], T]) -> T | None:
        try:
            return self._store.write("alarm", write)
        except Exception as error:  # noqa: BLE001 - whatever broke the store, people must still be told
            _LOG.error("alarm.unwritten", extra={"action": action, "fault": type(error).__name__})
            return None

    def _tell(self, name: str, key: str, state: AlarmState, sentence: str) -> bool:
        try:
            self._outlets[name].tell(key, state, sentence)
        except Exception as error:  # noqa: BLE001 - one deaf outlet must not silence the others
            _LOG.warning("alarm.outlet_failed", extra={"key": key, "fault": fault_of(error)})
            return False
        return True


class _Adrift:
    """Who was told of an alarm that could not be written down. Not safe for several threads."""

    def __init__(self) -> None:
        self.heard: frozenset[str] = frozenset()
        self._tries, self._next = 0, 0.0

    def due(self, names: Iterable[str]) -> list[str]:
        """Who is to be told now; nobody while the wait since the last try lasts."""
        return [name for name in names if name not in self.heard] if time.monotonic() >= self._next else []

    def tried(self, heard: set[str]) -> None:
        """Note who was told, and how long to wait until the others are tried again."""
        self.heard |= heard
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _wait(self._tries).total_seconds()
            self._tries += 1


def _put_off(tx: Tx, telling: Telling) -> bool:
    return tx.alarms.put_off(telling, tx.now + _wait(telling.tries))


def _wait(tries: int) -> timedelta:
    return min(timedelta(minutes=2 ** min(tries, 10)), LONGEST_WAIT)
