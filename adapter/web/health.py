"""``/livez``, ``/readyz`` and ``/metrics`` on a listener of their own, meant for loopback. WSGI, no framework needed.

``/livez``: the engine's threads turn. ``/readyz``: besides, none of its jobs fails again and again, the store answers
and, where messages are sent, Zalo's token is usable; the body names what is wrong. Both answer 200 or 503 with a small
JSON object and hold no personal data.
"""

import json
import threading
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app

from adapter.errors import StoreError
from adapter.model import TokenState
from adapter.ports import Store
from adapter.web.listener import Listener
from adapter.web.metrics import Signs, StoreCollector


class HealthServer:
    """Serves health in a thread of its own. Raises OSError, which names setting and address, when it is taken.

    ``sending``: whether anything may go to Zalo at all; in a shadow week a missing token is no unreadiness.
    """

    def __init__(self, address: tuple[str, int], store: Store, signs: Signs, *, sending: bool) -> None:
        self._store, self._signs, self._sending = store, signs, sending
        registry = CollectorRegistry()
        registry.register(StoreCollector(store, signs))
        ProcessCollector(registry=registry)  # memory, open files, start; it registers itself
        self._metrics = make_wsgi_app(registry)
        self._server = _listening(address)
        self._server.set_app(self._app)
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.server_port

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()

    def _app(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        match environ.get("PATH_INFO"):
            case "/livez":
                return _answer(start, {"silent": self._signs.silent()})
            case "/readyz":
                signs = {"silent": self._signs.silent(), "failing": self._signs.failing()}
                return _answer(start, signs | {"missing": self._missing()})
            case "/metrics":
                return self._scrape(environ, start)
            case _:
                start("404 Not Found", [("Content-Type", "text/plain")])
                return [b"not found\n"]

    def _missing(self) -> list[str]:
        try:
            snapshot = self._store.read(lambda tx: tx.snapshot())
        except StoreError:
            return ["store"]
        if not self._sending:
            return []
        token = snapshot.token
        usable = token is not None and token.state is not TokenState.LOST and token.expires_at > snapshot.at
        return [] if usable else ["token"]

    def _scrape(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        try:
            body: Iterable[bytes] = self._metrics(environ, start)
        except StoreError:
            start("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b"the store is away\n"]
        return body


def _listening(address: tuple[str, int]) -> Listener:
    try:
        return Listener(address)
    except OSError as error:
        where = f"health.listen = {address[0]}:{address[1]}"
        todo = "đổi health.listen, hoặc dừng tiến trình đang giữ cổng / change it, or stop who holds the port"
        raise OSError(error.errno, f"{error.strerror} → {todo}", where) from None


def _answer(start: StartResponse, findings: dict[str, list[str]]) -> Iterable[bytes]:
    well = not any(findings.values())
    start("200 OK" if well else "503 Service Unavailable", [("Content-Type", "application/json")])
    return [json.dumps({"ok": well, **findings}).encode() + b"\n"]
