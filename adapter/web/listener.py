"""The listener under the health pages: few at a time, each for so long and no longer, and no word past the log's rules.

Anybody on the machine may connect. What the standard library would print of a caller who hangs up, says nothing, or
meets a bug of ours goes to the log instead, where an exception has no text and a line is one object.
"""

import logging
import socket
import sys
import threading
import time
from collections.abc import Callable
from socketserver import ThreadingMixIn
from types import TracebackType
from typing import Any
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

log = logging.getLogger(__name__)

PLACES = 16
"""Connections served at the same time; more are closed at once. Prometheus and a monitor need two."""

SECONDS = 10.0
"""A connection's whole life: it is cut then, whatever drips in or out."""

_LONGEST_LINE = 65_536


class _Answering(ServerHandler):
    """Runs the application for one request; a bug of ours is logged like any other."""

    def log_exception(
        self, exc_info: tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
    ) -> None:
        """Log what broke off, without its text."""
        _note(exc_info[1])


class Request(WSGIRequestHandler):
    """One request a connection; says nothing for each."""

    timeout = SECONDS

    def handle(self) -> None:
        """Read the request and answer it, as the standard library does, but for the handler."""
        self.raw_requestline = self.rfile.readline(_LONGEST_LINE + 1)
        if len(self.raw_requestline) > _LONGEST_LINE or not self.parse_request():
            return
        reading: Any = self.rfile
        writing: Any = self.wfile
        answering = _Answering(reading, writing, self.get_stderr(), self.get_environ(), multithread=True)
        answering.request_handler = self  # type: ignore[attr-defined]  # its own way to find the server
        app = self.server.get_app()  # type: ignore[attr-defined]  # socketserver knows no WSGI
        answering.run(app)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Say nothing."""


class Listener(ThreadingMixIn, WSGIServer):
    """Serves ``PLACES`` connections at a time, a thread each, and cuts each after ``seconds``."""

    daemon_threads = True
    request_queue_size = 128  # of five, a crowd would fill the queue, and an honest caller wait a second for his turn
    seconds = SECONDS

    def __init__(self, address: tuple[str, int], handler: Callable[..., Request] = Request) -> None:
        self._free = threading.BoundedSemaphore(PLACES)
        self._open: dict[socket.socket, float] = {}
        self._guard = threading.Lock()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give the connection a thread; one too many is closed."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        with self._guard:
            self._open[request] = time.monotonic() + self.seconds
        try:
            super().process_request(request, client_address)
        except BaseException:  # no thread could be had
            self._leave(request)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve it, in its thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._leave(request)

    def service_actions(self) -> None:
        """Twice a second: cut who has had his time."""
        now = time.monotonic()
        with self._guard:
            late = [connection for connection, until in self._open.items() if now > until]
            for connection in late:
                _cut(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what broke off."""
        del request, client_address
        _note(sys.exception())

    def _leave(self, request: socket.socket) -> None:
        with self._guard:
            left = self._open.pop(request, None)
        if left is not None:
            self._free.release()


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # it has ended meanwhile
        return


def _note(error: BaseException | None) -> None:
    """A caller that hung up or was cut is nothing to wake anybody for."""
    if isinstance(error, OSError):
        log.debug("health.broke_off", extra={"fault": type(error).__name__})
    else:
        log.error("health.bug", exc_info=error)
