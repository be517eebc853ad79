"""The simulated Zalo as one thing to start and stop: in a test's thread, or blocking for the command line."""

import json
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from adapter.simulators.zalo.accounts import App, OfficialAccount
from adapter.simulators.zalo.control import Control
from adapter.simulators.zalo.faults import FaultDesk, fault_from
from adapter.simulators.zalo.knobs import Knobs
from adapter.simulators.zalo.platform import Platform
from adapter.simulators.zalo.server import ZaloServer
from adapter.simulators.zalo.state import State
from adapter.simulators.zalo.tokens import Pair

_POLL_SECONDS = 0.01  # how long a stop may wait for the listening thread


class ZaloSimulator:
    """OAuth, OA and ZBS hosts on one port, under ``/oauth``, ``/openapi`` and ``/business``.

    ``port`` 0 takes a free one; ``url`` is known at once, calls are served between ``start`` and ``stop``, and the
    journal stays readable afterwards. ``refresh_token`` is the first living refresh token; without it nothing is
    issued until ``issue_tokens``. ``state`` may be changed under ``state.lock``.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        app_id: str = "1234567890123456789",
        app_secret: str = "app-secret-for-tests",  # noqa: S107 - invented, guards nothing
        oa_id: str = "579745863508352884",
        refresh_token: str | None = None,
        templates: Iterable[Mapping[str, object]] = (),
        knobs: Knobs | None = None,
        journal_path: Path | None = None,
    ) -> None:
        app = App(app_id=app_id, app_secret=app_secret)
        account = OfficialAccount(oa_id=oa_id)
        self.state = State(app=app, account=account, knobs=knobs or Knobs(), journal_path=journal_path)
        self.state.put_templates(templates)
        if refresh_token:
            self.state.tokens.issue(self.state.clock.now(), refresh_token=refresh_token)
        self._faults = FaultDesk()
        self._halt = threading.Event()
        platform = Platform(self.state, self._faults, self._halt)
        self._server = ZaloServer((host, port), platform, Control(self.state, self._faults))
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), name="zalo-simulator", daemon=True
        )
        self.url = f"http://{host}:{self._server.server_port}"

    def start(self) -> None:
        """Serve in a thread; may be called once."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving, end every connection and wait, and close the journal file. May be called twice."""
        self._halt.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.hang_up()
        self._server.server_close()
        self.state.journal.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def journal(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the accepted messages after number ``since``, in order."""
        with self.state.lock:
            return [entry.record() for entry in self.state.journal.entries[since:]]

    def refusals(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the refused calls after number ``since``, in order."""
        with self.state.lock:
            return [refusal.record() for refusal in self.state.journal.refusals[since:]]

    def fault(self, kind: str, **details: object) -> None:
        """Order trouble; ``details`` are the fields of ``faults.Fault``. Raises ValueError on a bad order."""
        self._faults.order(fault_from({"kind": kind, **details}))

    def clear_faults(self) -> None:
        """Forget the orders that wait."""
        self._faults.clear()

    def issue_tokens(self) -> Pair:
        """Issue a pair as API Explorer would; the pair before it dies."""
        with self.state.lock:
            return self.state.tokens.issue(self.state.clock.now())


def serve(
    *,
    port: int,
    app_id: str,
    app_secret: str,
    oa_id: str,
    refresh_token: str,
    templates_path: Path | None,
    journal_path: Path | None,
    latency: float,
    stop: threading.Event,
    host: str = "127.0.0.1",
) -> None:
    """Serve until ``stop`` is set, for the command line; ``latency`` in seconds a call.

    Raises:
        OSError: the port is taken, or a file cannot be read or written.
        ValueError: the templates file is no JSON list of templates.
    """
    simulator = ZaloSimulator(
        host,
        port,
        app_id=app_id,
        app_secret=app_secret,
        oa_id=oa_id,
        refresh_token=refresh_token,
        templates=json.loads(templates_path.read_text("utf-8")) if templates_path else (),
        knobs=Knobs(latency=latency),
        journal_path=journal_path,
    )
    with simulator:
        stop.wait()
