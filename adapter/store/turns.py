"""A lock that serves in the order of arrival."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from adapter.errors import StoreError


class Turns:
    """One at a time, first come, first served.

    ``threading.Lock`` lets a thread that gives it back take it again before those who wait, and SQLite's own busy
    handler polls: a busy sender would starve the reader of the source. One object per open SQLite store; other
    processes meet in the busy handler.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._gate = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, at most ``patience`` seconds. Raises StoreError when it does not come."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def _enter(self) -> None:
        with self._gate:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(self._patience):
            return
        with self._gate:
            if mine.is_set():  # the turn came between the end of the wait and here
                return
            self._waiting.remove(mine)
        raise StoreError(f"another write of this process held the database for {self._patience:g} s")

    def _leave(self) -> None:
        with self._gate:
            if self._waiting:
                self._waiting.popleft().set()  # the lock stays taken: it is handed over
            else:
                self._taken = False
