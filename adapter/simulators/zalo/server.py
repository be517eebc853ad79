"""The HTTP/1.1 door: keep-alive, one thread a connection, one write an answer."""

import email.utils
import functools
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from adapter.simulators.zalo.control import PREFIX, Control
from adapter.simulators.zalo.exchange import Answer, Request
from adapter.simulators.zalo.journal import Entry, Refusal
from adapter.simulators.zalo.platform import Platform

MAX_BODY = 1_000_000
_STOP_SECONDS = 5.0


class ZaloServer(ThreadingHTTPServer):
    """Listens, and remembers its connections so that stopping leaves no thread and no socket behind."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], platform: Platform, control: Control) -> None:
        super().__init__(address, Handler)
        self.platform = platform
        self.control = control
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()

    def hang_up(self) -> None:
        """Close every open connection and wait until its thread has let go."""
        with self._changed:
            for connection in self._open:
                _shut(connection)
            self._changed.wait_for(lambda: not self._open, _STOP_SECONDS)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection and remember it."""
        connection, address = super().get_request()
        with self._changed:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """End a connection and forget it."""
        super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about a client that went away; everything else is a bug of ours and is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@functools.lru_cache(maxsize=16)
def _http_date(seconds: int) -> str:
    """The Date of an answer (RFC 9110 6.6.1), by the simulator's own clock."""
    return email.utils.formatdate(seconds, usegmt=True)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: ZaloServer

    def do_GET(self) -> None:
        """Serve a GET."""
        self._exchange()

    def do_POST(self) -> None:
        """Serve a POST."""
        self._exchange()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing: the journal tells the truth, and phones do not belong into logs."""

    def _exchange(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True  # the body cannot be skipped safely
            self._write(Answer(b"{}", status=411))
            return
        body = self.rfile.read(int(length))
        came = time.monotonic()
        if len(body) < int(length):
            self.close_connection = True  # the client went away in mid-request: nothing was asked
            return
        path, _, query = self.path.partition("?")
        request = Request(self.command, path, query, self.headers, body)
        door = self.server.control if path.startswith(PREFIX) else self.server.platform
        answer = door.answer(request)
        if answer.entry:
            answer.entry.took = time.monotonic() - came
        self._write(answer)

    def _write(self, answer: Answer) -> None:
        if answer.cut:
            self.close_connection = True
            return
        lines = [f"HTTP/1.1 {answer.status} {self.responses.get(answer.status, ('Error',))[0]}"]
        lines += [f"Content-Type: {answer.content_type};charset=utf-8", f"Content-Length: {len(answer.body)}"]
        lines.append(f"Date: {_http_date(int(self.server.platform.now()))}")
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join(lines) + "\r\n\r\n"
        self._send(head.encode() + answer.body, None if answer.broken else answer.entry)

    def _send(self, wire: bytes, entry: Entry | Refusal | None) -> None:
        # Marked before the write and unmarked when it fails: whoever has heard the answer must find it marked.
        if entry:
            entry.answered = True
        try:
            self.connection.sendall(wire)
        except OSError:
            if entry:
                entry.answered = False
            raise


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was gone already, which is what we want
