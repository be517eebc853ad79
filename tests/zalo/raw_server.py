"""A server that does on the socket exactly what a test tells it, and counts the requests that reached it."""

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping

Act = Callable[[socket.socket], bool]
"""Answers one request on its connection; True: keep the connection for the next."""

SUCCESS = {"error": 0, "message": "Success", "data": {"msg_id": "96d3cdf3af15", "sent_time": "1626926349402"}}


def reply(body: bytes = b"", status: int = 200, headers: Mapping[str, str] | None = None, *, keep: bool = True) -> Act:
    """An ordinary answer; ``keep`` False closes the connection afterwards without having said so."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return _writes("\r\n".join(lines).encode() + b"\r\n\r\n" + body, keep=keep)


def reply_json(content: object, status: int = 200, *, keep: bool = True) -> Act:
    return reply(json.dumps(content).encode(), status, keep=keep)


def accept(*, keep: bool = True) -> Act:
    return reply_json(SUCCESS, keep=keep)


def raw(data: bytes) -> Act:
    """Bytes as they are, and the end of the connection."""
    return _writes(data, keep=False)


def hang_up(_: socket.socket) -> bool:
    return False


def reset(connection: socket.socket) -> bool:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


class RawServer:
    """Acts on the first request as the first act says, and so on; the last act is for all that follow."""

    def __init__(self, *acts: Act) -> None:
        self.acts = list(acts)
        self.requests: list[bytes] = []
        self.connections = 0
        self._ended = threading.Semaphore(0)  # a permit for each connection the server has closed
        self.over = threading.Event()
        self._guard = threading.Lock()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._listening.settimeout(0.05)
        self.port: int = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def silence(self, _: socket.socket) -> bool:
        """Read the request and say nothing until the end."""
        self.over.wait(30)
        return False

    def drip(self, connection: socket.socket) -> bool:
        """One byte at a time, for ever: each within the read timeout."""
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        with contextlib.suppress(OSError):
            while not self.over.wait(0.05):
                connection.sendall(b" ")
        return False

    def ended(self) -> bool:
        """Wait until one more connection was closed at this end: whoever uses it now has been told."""
        return self._ended.acquire(timeout=30)

    def close(self) -> None:
        self.over.set()
        self._listening.close()
        self._listener.join(5)
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _listen(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                continue
            connection.settimeout(30)
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            for request in _requests(connection):
                if not self._next(request)(connection):
                    break
        self._ended.release()

    def _next(self, request: bytes) -> Act:
        with self._guard:
            self.requests.append(request)
            return self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]


def _writes(data: bytes, *, keep: bool) -> Act:
    def act(connection: socket.socket) -> bool:
        connection.sendall(data)
        return keep

    return act


def _requests(connection: socket.socket) -> Iterator[bytes]:
    """Whole requests off one connection, until the client ends it."""
    seen = b""
    while True:
        while (end := _end_of(seen)) is None:
            part = connection.recv(65536)
            if not part:
                return
            seen += part
        yield seen[:end]
        seen = seen[end:]


def _end_of(seen: bytes) -> int | None:
    head, separator, rest = seen.partition(b"\r\n\r\n")
    if not separator:
        return None
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lengths[0]) if lengths else 0
    return len(head) + 4 + length if len(rest) >= length else None
