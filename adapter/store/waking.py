"""How a commit wakes the sender: NOTIFY on PostgreSQL; an event, and a counter for other processes, on SQLite."""

import sqlite3
import threading
import time
from typing import Protocol

from sqlalchemy import Connection, Engine, PoolProxiedConnection
from sqlalchemy.exc import SQLAlchemyError

from adapter.store import requests

NOTICE = "motcua_due"
"""Name of the PostgreSQL channel; of the counter on SQLite. Both are private to one database."""

POLL_SECONDS = 0.25
"""How late another process of the same SQLite file may be seen; also how soon a closed store lets its waiter go."""


class Waker(Protocol):
    """Tells those who wait for work that there is some. One thread waits at a time."""

    def note(self, connection: Connection) -> None:
        """Within the transaction: whoever waits shall wake when it commits."""

    def committed(self) -> None:
        """After the commit."""

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; True when woken. A database that cannot be reached is waited out, not raised."""

    def close(self) -> None:
        """Let the waiter go."""


class FileWaker:
    """For SQLite: at once within the process, within ``POLL_SECONDS`` for other processes on the file.

    A look costs next to nothing while nobody commits: SQLite itself then says, from a connection kept for it, that the
    file is as it was (``data_version``). Only a file that has changed is asked for the counter.
    """

    def __init__(self, reader: Engine) -> None:
        self._reader = reader
        self._due = threading.Event()
        self._closed = threading.Event()
        self._waiting = threading.Lock()
        self._looking: PoolProxiedConnection | None = None
        self._version: int | None = None
        self._seen: int | None = None

    def note(self, connection: Connection) -> None:
        """Count up; the counter commits with the work."""
        requests.bump(connection, NOTICE)

    def committed(self) -> None:
        """Wake this process."""
        self._due.set()

    def wait(self, seconds: float) -> bool:
        """Wait for our own event, looking at the counter in between."""
        end = time.monotonic() + seconds
        with self._waiting:
            while not self._closed.is_set():
                if self._due.wait(max(0.0, min(POLL_SECONDS, end - time.monotonic()))) or self._counted_up():
                    self._due.clear()
                    self._counted_up()  # our own commit must not wake us twice
                    return not self._closed.is_set()
                if time.monotonic() >= end:
                    return False
        return False

    def close(self) -> None:
        """Let the waiter go, then give its connection back."""
        self._closed.set()
        self._due.set()
        with self._waiting:
            self._forget()

    def _counted_up(self) -> bool:
        try:
            version = self._data_version()
            if version == self._version:
                return False
            with self._reader.connect() as connection, connection.begin():
                count = requests.count(connection, NOTICE)
        except (SQLAlchemyError, sqlite3.Error):
            self._forget()
            return False
        before, self._version, self._seen = self._seen, version, count
        return before is not None and count != before

    def _data_version(self) -> int:
        """A number that the commit of any other connection changes (https://sqlite.org/pragma.html#pragma_data_version)."""
        if self._looking is None:
            self._looking = self._reader.raw_connection()
        cursor = self._looking.cursor()
        try:
            cursor.execute("PRAGMA data_version")
            version: int = cursor.fetchall()[0][0]
        finally:
            cursor.close()
        return version

    def _forget(self) -> None:
        """Give the connection back; the number of the next one cannot be compared with this one's."""
        looking, self._looking, self._version = self._looking, None, None
        if looking is not None:
            looking.close()


class ServerWaker:
    """For PostgreSQL: NOTIFY with the commit, LISTEN on a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._closed = threading.Event()
        self._waiting = threading.Lock()
        self._listening: Connection | None = None

    def note(self, connection: Connection) -> None:
        """PostgreSQL sends it when, and only when, the transaction commits."""
        connection.exec_driver_sql(f"NOTIFY {NOTICE}")

    def committed(self) -> None:
        """Nothing is left to do: the server tells everybody, this process too."""

    def wait(self, seconds: float) -> bool:
        """Wait for a notification. A connection just made counts as one: what came before it was not heard."""
        end = time.monotonic() + seconds
        with self._waiting:
            try:
                return self._wait_until(end)
            except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error):
                self._forget()
        self._closed.wait(max(0.0, end - time.monotonic()))
        return False

    def close(self) -> None:
        """Let the waiter go, then give its connection back."""
        self._closed.set()
        with self._waiting:
            self._forget()

    def _wait_until(self, end: float) -> bool:
        if self._closed.is_set():
            return False
        if self._listening is None:
            self._listening = self._listen()
            return True
        while not self._closed.is_set():
            left = max(0.0, end - time.monotonic())
            if self._heard(self._listening, min(POLL_SECONDS, left)):
                return True
            if left == 0.0:
                return False
        return False

    def _listen(self) -> Connection:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql(f"LISTEN {NOTICE}")
        return connection

    @staticmethod
    def _heard(connection: Connection, seconds: float) -> bool:
        driver = connection.connection.driver_connection
        assert driver is not None
        return bool(list(driver.notifies(timeout=seconds, stop_after=1)))

    def _forget(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.invalidate()  # it must not go back to the pool still listening
            listening.close()
