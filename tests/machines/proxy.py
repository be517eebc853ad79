"""A cable between one machine and a server: it can be cut, go dead for a while, be mended; its port can be closed."""

import contextlib
import socket
import threading
from collections.abc import Iterator

from sqlalchemy import make_url

LOOK = 0.05


class Cable:
    """Forwards connections on ``port`` to a PostgreSQL, or to whatever else listens at a URL's host and port."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._dead = threading.Event()
        self._closed = threading.Event()
        self._ends: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    @property
    def url(self) -> str:
        """The database through the cable."""
        through = self._url.set(host="127.0.0.1", port=self.port, query={})
        return through.render_as_string(hide_password=False)

    def cut(self) -> None:
        """Break every connection off; new ones go through."""
        for end in list(self._ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def go_dead(self) -> None:
        """From now on nothing comes through, and nobody is told: the other side simply says nothing any more."""
        self._dead.set()

    def mend(self) -> None:
        """The connections of before are broken, new ones go through."""
        self.cut()
        self._dead.clear()

    def unplug(self) -> None:
        """Close the port: whoever comes is refused, and whoever was there is cut off. Returns when that is so."""
        self._listener.close()
        self.cut()
        with contextlib.suppress(ConnectionRefusedError):
            while not self._closed.wait(LOOK):
                socket.create_connection(("127.0.0.1", self.port)).close()

    def plug_in(self) -> None:
        """Listen again, on the same port."""
        self._listener = socket.create_server(("127.0.0.1", self.port))

    def close(self) -> None:
        """Take it away."""
        self._closed.set()
        self.cut()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _start(self, work: "object", *arguments: object) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                self._listener.settimeout(LOOK)
                near, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:  # the port is closed
                self._closed.wait(LOOK)
                continue
            far = self._connect()
            self._ends |= {near, far}
            self._start(self._pump, near, far)
            self._start(self._pump, far, near)

    def _connect(self) -> socket.socket:
        host, port = str(self._url.host or self._url.query.get("host")), self._url.port or 5432
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        local = socket.socket(socket.AF_UNIX)
        local.connect(f"{host}/.s.PGSQL.{port}")
        return local

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                while self._dead.is_set() and not self._closed.wait(LOOK):
                    pass
                sink.sendall(data)
        except OSError:
            pass
        finally:
            with contextlib.suppress(OSError):
                sink.shutdown(socket.SHUT_RDWR)
            self._ends.discard(source)
            source.close()


@contextlib.contextmanager
def cable(url: str) -> Iterator[Cable]:
    """A cable to this database, taken away at the end."""
    made = Cable(url)
    try:
        yield made
    finally:
        made.close()
