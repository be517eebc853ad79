"""The simulated one-stop on a real socket: HTTP/1.1 with keep-alive, one thread a connection."""

import functools
import socket
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import urlsplit

from adapter.simulators.onestop import answers, control, service, wire
from adapter.simulators.onestop.answers import Answer
from adapter.simulators.onestop.control import Control
from adapter.simulators.onestop.knobs import Knobs, Panel
from adapter.simulators.onestop.province import Province
from adapter.simulators.onestop.service import Service

_HEALTHY: Final = Knobs()
_LARGEST_REQUEST: Final = 32 * 1024 * 1024


class OnestopSimulator:
    """A province's one-stop system that listens; `port` 0 picks a free one. A context manager that starts and stops.

    `province` is its state, `knobs` its faults; both may be used while it serves. `clock` (aware UTC) may be replaced
    for simulated time; the standing knob clock_skew is added to it.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        username: str = "motcua",
        password: str = "mat-khau-thu",  # noqa: S107 - the account of an imitation
    ) -> None:
        self.username = username
        self.password = password
        self.clock: Callable[[], datetime] = _machine_clock
        self.knobs = Panel()
        self.province = Province(self._now)
        self._stop = threading.Event()
        self._service = Service(self.province, self.knobs, username=username, password=password, stop=self._stop)
        boundary = Control(self.province, self.knobs, self._service)
        handler = functools.partial(_Handler, self._service, boundary, self._stop, self._now)
        self._server = _Server((host, port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="onestop-simulator")

    @property
    def base_url(self) -> str:
        """Where it listens, without a path."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def url(self) -> str:
        """The address of the SOAP service; add ?wsdl for its contract."""
        return self.base_url + service.PATH

    def calls(self) -> dict[str, int]:
        """How many calls each operation has had."""
        return self._service.calls()

    def start(self) -> None:
        """Begin to serve, on a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every connection, cutting answers short; returns when all threads have ended."""
        self._stop.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _now(self) -> datetime:
        return self.clock() + timedelta(seconds=self.knobs.standing.clock_skew)


def _machine_clock() -> datetime:
    return datetime.now(UTC)


class _Server(ThreadingHTTPServer):
    """Keeps its open connections in hand, so that stopping does not leave threads waiting for another request."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, *args: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*args)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the other side was quicker

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Microsoft-IIS/8.5"
    sys_version = ""
    disable_nagle_algorithm = True

    def __init__(self, asmx: Service, boundary: Control, stop: threading.Event, now: Any, *args: Any) -> None:
        self._asmx = asmx
        self._control = boundary
        self._stop = stop
        self._now = now
        super().__init__(*args)

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path.startswith(control.PREFIX):
            self._send(self._control.get(self.path))
        elif url.path.lower() != service.PATH:
            self._send(answers.proxy_page(404))
        elif url.query.lower() in {"wsdl", "singlewsdl"}:
            self._send(answers.measured(200, "text/xml; charset=utf-8", [service.WSDL]))
        else:
            self._send(answers.measured(200, answers.HTML, ["<html><body>Dịch vụ MotCua</body></html>".encode()]))

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        path = urlsplit(self.path).path
        if path.startswith(control.PREFIX):
            self._send(self._control.post(self.path, body))
        elif path.lower() == service.PATH:
            kind, action = self.headers.get("Content-Type", ""), self.headers.get("SOAPAction", "")
            self._send(*self._asmx.answer(kind, action, body))
        else:
            self._send(answers.proxy_page(404))

    def log_message(self, *_: Any) -> None:
        """Say nothing: request lines on the terminal would drown the demo."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header follows the province's clock, skew included."""
        moment = datetime.fromtimestamp(timestamp, UTC) if timestamp is not None else self._now()
        return format_datetime(moment, usegmt=True)

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LARGEST_REQUEST:
            self.close_connection = True
            self._send(answers.proxy_page(413 if length.isdecimal() else 411))
            return None
        return self.rfile.read(int(length))

    def _send(self, answer: Answer | None, knobs: Knobs = _HEALTHY) -> None:
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in wire.framing(answer, knobs).items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if not wire.send(self.wfile, answer, knobs, self._stop):
            self.close_connection = True
