"""Answers on their way from the sender's thread to the one that settles them, and how many are still out."""

import threading
import time

from adapter.model import Settled


class Inbox:
    """Counts what is out, keeps what has come. Any thread may call.

    Whoever waits is woken for many answers, not for each: every waking takes both threads a turn at the interpreter,
    which for answers that come by the thousand cost a tenth of all the time.
    """

    def __init__(self) -> None:
        self._out = 0
        self._come: list[Settled] = []
        self._enough = 1
        self._changed = threading.Condition()

    @property
    def out(self) -> int:
        """How many answers are owed: not come yet, or come and not taken."""
        with self._changed:
            return self._out

    def expect(self, count: int) -> None:
        """So many more are owed."""
        with self._changed:
            self._out += count

    def put(self, settled: Settled) -> None:
        """One has come."""
        with self._changed:
            self._come.append(settled)
            if len(self._come) >= self._enough:
                self._changed.notify_all()

    def take(self, wait: float, linger: float) -> list[Settled]:
        """All that have come: waits for the first at most ``wait`` seconds, then for all that is out.

        For those it waits as long as one comes within every ``linger``, ten times that in all: a commit that serves
        many costs hardly more than one that serves few. Where answers are slow to come it waits for half of them only:
        while one half is written down the other is on the wire, and neither the database nor Zalo stands idle.
        """
        with self._changed:
            began = time.monotonic()
            self._wait(1, wait)
            first = time.monotonic()
            slow, end = first - began > 2 * linger, first + 10 * linger
            while 0 < (come := len(self._come)) < (enough := (self._out + 1) // 2 if slow else self._out):
                self._wait(enough, min(linger, end - time.monotonic()))
                if len(self._come) == come or time.monotonic() >= end:
                    break
            taken, self._come = self._come, []
            self._out -= len(taken)
        return taken

    def _wait(self, enough: int, seconds: float) -> None:
        self._enough = enough
        self._changed.wait_for(lambda: len(self._come) >= enough, max(0.0, seconds))
