import json
import socket
import time
from dataclasses import replace
from http.client import RemoteDisconnected
from typing import Any

import pytest

from adapter.simulators.zalo.simulator import ZaloSimulator

PHONE_PATH = "/business/message/template"
TOKEN_PATH = "/oauth/v4/oa/access_token"


def test_a_code_fault_takes_its_calls_and_no_more(sim: ZaloSimulator, wire: Any) -> None:
    wire.control("faults", kind="code", code=-100, path=PHONE_PATH, times=2)
    assert [wire.uid().error, wire.phone().error, wire.phone().error, wire.phone().error] == [0, -100, -100, 0]
    assert [refusal["code"] for refusal in sim.refusals()] == [-100, -100]


def test_a_fault_may_wait_for_one_recipient(wire: Any) -> None:
    wire.control("faults", kind="code", code=-114, only="84912000444")
    assert [wire.phone().error, wire.phone("84912000444").error] == [0, -114]


@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.parametrize(("after", "accepted"), [(False, 0), (True, 1)])
def test_an_http_fault_shows_a_page_before_or_after_accepting(
    sim: ZaloSimulator,
    wire: Any,
    *,
    status: int,
    after: bool,
    accepted: int,
) -> None:
    sim.fault("http", status=status, after=after)
    heard = wire.phone()
    assert (heard.status, heard.headers["Content-Type"].split(";")[0]) == (status, "text/html")
    assert heard.raw.startswith(b"<html>")
    assert [entry["answered"] for entry in sim.journal()] == [False] * accepted


def test_close_before_accepting_leaves_no_message(sim: ZaloSimulator, wire: Any) -> None:
    sim.fault("close")
    with pytest.raises(RemoteDisconnected):
        wire.phone()
    assert sim.journal() == []
    assert sim.refusals()[0]["code"] == 0


def test_a_refusal_says_too_whether_it_was_answered_and_how_late(sim: ZaloSimulator, wire: Any) -> None:
    wire.phone("1")
    sim.fault("close", after=True)
    with pytest.raises(ConnectionError):
        wire.phone("1")
    sim.fault("delay", seconds=0.3)
    wire.phone("1")
    assert [(refusal["answered"], refusal["took"] >= 0.3) for refusal in sim.refusals()] == [
        (True, False),
        (False, False),
        (True, True),
    ]


def test_close_after_accepting_leaves_an_unanswered_message(sim: ZaloSimulator, wire: Any) -> None:
    sim.fault("close", after=True)
    with pytest.raises(RemoteDisconnected):
        wire.phone(tracking_id="m7.1")
    assert wire.phone(tracking_id="m8.1").error == 0
    assert [(entry["tracking_id"], entry["answered"]) for entry in sim.journal()] == [("m7.1", False), ("m8.1", True)]


@pytest.mark.parametrize("after", [False, True])
def test_a_delay_waits_on_its_side_of_the_acceptance(sim: ZaloSimulator, wire: Any, *, after: bool) -> None:
    sim.fault("delay", seconds=0.2, after=after)
    before, behind = _seconds_around_acceptance(sim, wire)
    assert (behind if after else before) >= 0.2


def _seconds_around_acceptance(sim: ZaloSimulator, wire: Any) -> tuple[float, float]:
    began = sim.state.clock.now()
    assert wire.phone().error == 0
    accepted = sim.state.journal.entries[0].at
    return accepted - began, sim.state.clock.now() - accepted


def test_truncated_json_is_a_whole_answer_that_does_not_parse(sim: ZaloSimulator, wire: Any) -> None:
    sim.fault("truncate")
    heard = wire.phone()
    assert heard.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(heard.raw)
    assert [entry["answered"] for entry in sim.journal()] == [False]


def test_null_data_comes_with_error_zero(sim: ZaloSimulator, wire: Any) -> None:
    sim.fault("null_data")
    heard = wire.phone()
    assert (heard.error, heard.json["data"]) == (0, None)
    assert len(sim.journal()) == 1


def test_numeric_ids_are_too_big_for_a_double_and_can_still_be_asked_for(sim: ZaloSimulator, wire: Any) -> None:
    sim.fault("numeric_ids", times=2)
    by_phone, by_uid = wire.phone().json["data"], wire.uid().json["data"]
    assert by_uid["user_id"] == 2468458835296117922 > 2**53
    assert isinstance(by_phone["msg_id"], int)
    assert wire.status(by_phone["msg_id"])["status"] == 0


def test_rate_headers_can_stand_at_zero(sim: ZaloSimulator, wire: Any) -> None:
    sim.fault("rate_zero")
    heard = wire.uid()
    assert (heard.error, heard.headers["X-RateLimit-Remain"]) == (0, "0")


@pytest.mark.parametrize(
    ("shape", "status", "numeric"),
    [("http200_name", 200, False), ("http200_numeric", 200, True), ("http400", 400, True)],
)
def test_a_token_error_spends_nothing(
    sim: ZaloSimulator,
    wire: Any,
    *,
    shape: str,
    status: int,
    numeric: bool,
) -> None:
    token = sim.issue_tokens().refresh_token
    sim.fault("token_error", shape=shape, path=TOKEN_PATH)
    heard = wire.refresh(token)
    assert (heard.status, "error" in heard.json) == (status, numeric)
    assert "access_token" in wire.refresh(token).json


def test_a_token_answer_lost_after_rotation_cannot_be_had_again(sim: ZaloSimulator, wire: Any) -> None:
    token = sim.issue_tokens().refresh_token
    sim.fault("close", after=True, path=TOKEN_PATH)
    with pytest.raises(RemoteDisconnected):
        wire.refresh(token)
    assert sim.state.tokens.rotations == 1
    assert "access_token" not in wire.refresh(token).json


def test_a_token_request_lost_before_rotation_can_be_repeated(sim: ZaloSimulator, wire: Any) -> None:
    token = sim.issue_tokens().refresh_token
    sim.fault("close", path=TOKEN_PATH)
    with pytest.raises(RemoteDisconnected):
        wire.refresh(token)
    assert "access_token" in wire.refresh(token).json


def test_faults_can_be_cleared(wire: Any) -> None:
    wire.control("faults", items=[{"kind": "code"}, {"kind": "close"}])
    wire.control("faults", clear=True)
    assert wire.phone().error == 0


@pytest.mark.parametrize(
    "order", [{"kind": "magic"}, {}, {"kind": "code", "after": True}, {"kind": "code", "tmies": 2}]
)
def test_a_bad_order_is_refused_with_a_reason(wire: Any, order: dict[str, object]) -> None:
    heard = wire.control("faults", **order)
    assert heard.status == 400
    assert heard.json["reason"]


def _codes(wire: Any) -> list[int | str]:
    codes: list[int | str] = []
    for _ in range(60):
        try:
            codes.append(wire.phone().error)
        except RemoteDisconnected:
            codes.append("cut")
    return codes


def test_standing_rates_repeat_with_their_seed(sim: ZaloSimulator, wire: Any) -> None:
    wire.control("knobs", error_rate=0.2, close_after_rate=0.2, seed=7)
    first = _codes(wire)
    assert set(first) == {0, -100, "cut"}
    wire.control("knobs", seed=8)
    assert _codes(wire) != first
    wire.control("knobs", seed=7)
    assert _codes(wire) == first
    accepted = sum(code != -100 for code in first)
    assert len([entry for entry in sim.journal() if entry["n"] in range(1, accepted + 1)]) == accepted


def test_latency_stands_half_before_and_half_after_acceptance(sim: ZaloSimulator, wire: Any) -> None:
    sim.state.knobs = replace(sim.state.knobs, latency=0.2)
    before, behind = _seconds_around_acceptance(sim, wire)
    assert before >= 0.1
    assert behind >= 0.1


def test_stopping_ends_a_call_that_waits() -> None:
    with ZaloSimulator() as sim:
        sim.fault("delay", seconds=60)
        connection = socket.create_connection(("127.0.0.1", int(sim.url.rsplit(":", 1)[1])))
        connection.sendall(b"GET /openapi/v2.0/oa/getoa HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.1)
        started = time.monotonic()
    connection.close()
    assert time.monotonic() - started < 2
