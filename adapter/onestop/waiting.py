"""How long we wait for the other side: a limit for each read, and one for all reads of an answer together.

The read timeout of requests starts anew with every byte, so a system that drips would hold us for ever, in the
headers already. Here the socket itself is told before each read how much waiting is left.
"""

import contextlib
import contextvars
import io
import socket
import ssl
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any, Final, cast

import urllib3
import urllib3.connection
from requests.adapters import HTTPAdapter

_BUFFER: Final = 64 * 1024


class Patience:
    """The waiting that is left for one answer, repeats included, in seconds.

    Only time spent waiting for bytes is counted: what our own reader does between two reads is not the source's fault.
    """

    def __init__(self, *, one_read: float, in_all: float) -> None:
        self._one_read = one_read
        self._left = in_all

    @property
    def gone(self) -> bool:
        """Whether nothing is left."""
        return self._left <= 0

    def next_wait(self) -> float:
        """How long the next read may take. Raises TimeoutError when nothing is left."""
        if self.gone:
            raise TimeoutError("past the deadline")
        return min(self._one_read, self._left)

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the time spent in here as waiting."""
        start = time.monotonic()
        try:
            yield
        finally:
            self._left -= time.monotonic() - start


_patience: Final[contextvars.ContextVar[Patience | None]] = contextvars.ContextVar("patience", default=None)


@contextlib.contextmanager
def limited(patience: Patience) -> Iterator[None]:
    """Every answer begun in here is read with this patience, to its end, wherever that is read."""
    token = _patience.set(patience)
    try:
        yield
    finally:
        _patience.reset(token)


class _TimedReads(io.RawIOBase):
    """A socket's bytes, each read bounded by what patience is left."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, patience: Patience) -> None:
        self._raw = raw
        self._sock = sock
        self._patience = patience

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._patience.next_wait())
        with self._patience.waiting():
            return cast("Any", self._raw).readinto(buffer)  # type: ignore[no-any-return]  # typeshed leaves it out

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        patience = _patience.get()
        if patience is not None:
            raw = self.fp.detach()
            self.fp = io.BufferedReader(_TimedReads(raw, sock, patience), _BUFFER)


class _Http(urllib3.connection.HTTPConnection):
    response_class = _TimedResponse


class _Https(urllib3.connection.HTTPSConnection):
    response_class = _TimedResponse


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Https


class PatientAdapter(HTTPAdapter):
    """Connections of requests whose answers are read under `limited`; never repeats anything by itself.

    Who is believed is `context`'s alone to say: ``verify`` and ``cert`` of a session or a call change nothing.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools of requests open our connections."""
        super().init_poolmanager(*args, ssl_context=self._context, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave the connection as its context made it; requests would add the public authorities to a private one."""
        del url, verify, cert
        conn.cert_reqs = "CERT_REQUIRED"

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        """The pool a request belongs to, whatever ``verify`` and ``cert`` say."""
        del verify, cert
        return super().build_connection_pool_key_attributes(request, verify=True, cert=None)
