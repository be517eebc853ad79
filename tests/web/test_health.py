"""Health and metrics over real HTTP: 200 when all is well, 503 with the name of what is not."""

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import pytest

from adapter.cli.failures import failure
from adapter.errors import StoreError
from adapter.model import (
    DeliveryState,
    Pause,
    PauseScope,
    Raised,
    Snapshot,
    SourceName,
    SourceStatus,
    TokenPair,
    TokenState,
)
from adapter.ports import Store, Tx
from adapter.web.health import HealthServer
from adapter.web.metrics import Signs

T = TypeVar("T")
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
DUE = NOW - timedelta(seconds=7)
TOKEN = TokenPair(access="", refresh="", issued_at=NOW, expires_at=NOW + timedelta(hours=20), generation=3)
WELL = Snapshot(
    at=NOW,
    sources=(
        SourceStatus(
            source=SourceName("vinhphuc"), last_done_at=NOW - timedelta(minutes=3), read_until=NOW, last_fault=""
        ),
    ),
    deliveries=dict.fromkeys(DeliveryState, 0) | {DeliveryState.SENT: 12},
    skipped=4,
    token=TOKEN,
    pauses=(
        Pause(scope=PauseScope.ALL, name="", reason="bảo trì", by="chị Lan", since=NOW),
        Pause(scope=PauseScope.CHANNEL, name="phone", reason="Zalo -124", by="motcua", since=NOW, probe_at=NOW),
    ),
    alarms=(Raised(key="mapping", sentence="Bảng ánh xạ có lỗi.", since=NOW),),
    unsealed=2,
    oldest_unsealed=NOW - timedelta(seconds=1),
)


class OneLook:
    """A store that shows one snapshot, or is away."""

    def __init__(self, snapshot: Snapshot | None) -> None:
        self.snapshot = snapshot

    def read(self, work: Callable[[Tx], T]) -> T:
        if self.snapshot is None:
            raise StoreError("the database is away")
        return work(cast(Tx, SimpleNamespace(snapshot=lambda: self.snapshot)))

    def clock_skew(self) -> float:
        return 0.25


def signs(*silent: str, failing: tuple[str, ...] = (), due: datetime | None = DUE) -> Signs:
    return Signs(silent=lambda: [*silent], failing=lambda: [*failing], oldest_due=lambda: due)


@contextmanager
def serving(
    snapshot: Snapshot | None,
    *silent: str,
    failing: tuple[str, ...] = (),
    sending: bool = True,
    due: datetime | None = DUE,
) -> Iterator[HealthServer]:
    store = cast(Store, OneLook(snapshot))
    server = HealthServer(("127.0.0.1", 0), store, signs(*silent, failing=failing, due=due), sending=sending)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def ask(server: HealthServer, path: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()


def found(body: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(body)
    return answer


LOST = replace(WELL, token=replace(TOKEN, state=TokenState.LOST))
OLD = replace(WELL, token=replace(TOKEN, expires_at=NOW))
NONE = replace(WELL, token=None)
BUSY = replace(WELL, token=replace(TOKEN, state=TokenState.REFRESHING))
READINESS = [
    (WELL, (), 200, []),
    (BUSY, (), 200, []),
    (LOST, (), 503, ["token"]),
    (OLD, (), 503, ["token"]),
    (NONE, (), 503, ["token"]),
    (None, (), 503, ["store"]),
    (WELL, ("sender",), 503, []),
]


@pytest.mark.parametrize(("snapshot", "silent", "status", "missing"), READINESS)
def test_ready_is_who_can_send(
    snapshot: Snapshot | None, silent: tuple[str, ...], status: int, missing: list[str]
) -> None:
    with serving(snapshot, *silent) as server:
        got, body = ask(server, "/readyz")
    assert got == status
    assert found(body) == {"ok": status == 200, "silent": list(silent), "failing": [], "missing": missing}


@pytest.mark.parametrize(("snapshot", "missing"), [(NONE, []), (LOST, []), (OLD, []), (None, ["store"])])
def test_who_sends_nothing_needs_no_token(snapshot: Snapshot | None, missing: list[str]) -> None:
    with serving(snapshot, sending=False) as server:
        got, body = ask(server, "/readyz")
    assert (got, found(body)["missing"]) == (503 if missing else 200, missing)


def test_who_fails_again_and_again_is_alive_but_not_ready() -> None:
    with serving(WELL, failing=("sender",)) as server:
        ready, body = ask(server, "/readyz")
        assert ask(server, "/livez")[0] == 200
        assert b"\nmotcua_failing_jobs 1.0\n" in ask(server, "/metrics")[1]
    assert (ready, found(body)["failing"]) == (503, ["sender"])


@pytest.mark.parametrize(("silent", "status"), [((), 200), (("sender", "scheduler"), 503)])
def test_alive_is_whose_threads_turn_even_without_a_store(silent: tuple[str, ...], status: int) -> None:
    with serving(None, *silent) as server:
        got, body = ask(server, "/livez")
    assert (got, found(body)) == (status, {"ok": status == 200, "silent": list(silent)})


SERIES = [
    'motcua_deliveries{state="sent"} 12.0',
    'motcua_deliveries{state="unknown"} 0.0',
    'motcua_poll_age_seconds{source="vinhphuc"} 180.0',
    "motcua_outbox_oldest_due_seconds 7.0",
    "motcua_ledger_oldest_unsealed_seconds 1.0",
    "motcua_skipped 4.0",
    "motcua_alarms 1.0",
    'motcua_alarms_by_kind{kind="mapping"} 1.0',
    "motcua_pauses 2.0",
    'motcua_pauses_by_scope{by="person",scope="all"} 1.0',
    'motcua_pauses_by_scope{by="motcua",scope="all"} 0.0',
    'motcua_pauses_by_scope{by="motcua",scope="channel"} 1.0',
    'motcua_pauses_by_scope{by="person",scope="office"} 0.0',
    'motcua_poll_failing{source="vinhphuc"} 0.0',
    'motcua_token{state="fresh"} 1.0',
    'motcua_token{state="lost"} 0.0',
    "motcua_clock_skew_seconds 0.25",
    "motcua_silent_threads 0.0",
    "motcua_token_expires_in_seconds 72000.0",
]


def test_metrics_tell_the_state_of_things() -> None:
    with serving(WELL) as server:
        status, body = ask(server, "/metrics")
    assert status == 200
    lines = body.decode().splitlines()
    assert [series for series in SERIES if series not in lines] == []
    assert b"\nprocess_start_time_seconds " in body  # alerts.yml counts restarts by it


def test_metrics_leave_out_what_is_not_known() -> None:
    source = replace(WELL.sources[0], last_done_at=None)
    with serving(replace(WELL, token=None, sources=(source,)), due=None) as server:
        _, body = ask(server, "/metrics")
    assert b"motcua_token_expires_in_seconds " not in body
    assert b"motcua_poll_age_seconds{" not in body
    assert b"motcua_outbox_oldest_due_seconds 0.0" in body


def test_metrics_fail_visibly_without_a_store() -> None:
    with serving(None) as server:
        assert ask(server, "/metrics") == (503, b"the store is away\n")


@pytest.mark.parametrize("path", ["/", "/livez/", "/healthz", "/readyz/../etc/passwd"])
def test_nothing_else_is_served(path: str) -> None:
    with serving(WELL) as server:
        assert ask(server, path)[0] == 404


def test_an_address_that_is_taken_is_said_at_once_with_the_setting_that_names_it() -> None:
    with serving(WELL) as server, pytest.raises(OSError, match="in use") as caught:
        HealthServer(("127.0.0.1", server.port), cast(Store, OneLook(WELL)), signs(), sending=True)
    (line,) = failure(caught.value).lines
    assert line.startswith(f"health.listen = 127.0.0.1:{server.port}: Address already in use → đổi health.listen")
