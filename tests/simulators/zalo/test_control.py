import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.simulators.zalo.exchange import json_object
from adapter.simulators.zalo.simulator import ZaloSimulator, serve


def test_the_journal_tells_what_was_said_to_whom(sim: ZaloSimulator, wire: Any) -> None:
    sent = wire.phone(tracking_id="m1.1").json["data"]
    wire.uid()
    first, second = wire.call("GET", "/_control/journal").json
    assert first == {
        "n": 1,
        "at": first["at"],
        "channel": "phone",
        "phone": "84987654321",
        "template_id": "100",
        "template_data": {"ten": "Nguyễn Văn A", "ngay": "23/11/2026"},
        "tracking_id": "m1.1",
        "message_id": sent["msg_id"],
        "development": False,
        "answered": True,
        "took": first["took"],
        "delivered_at": first["delivered_at"],
    }
    assert (second["n"], second["channel"], second["uid"], second["tracking_id"]) == (
        2,
        "uid",
        "2468458835296117922",
        None,
    )
    assert wire.call("GET", "/_control/journal?since=1").json == [second]


def test_refusals_are_listed_apart(wire: Any) -> None:
    wire.phone("1", tracking_id="m2.1")
    (refusal,) = wire.call("GET", "/_control/refusals").json
    assert (refusal["code"], refusal["recipient"], refusal["tracking_id"]) == (-108, "1", "m2.1")
    assert wire.call("GET", "/_control/journal").json == []


def test_a_journal_line_stands_in_the_file_before_the_answer(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    templates = [{"template_id": "100", "params": [{"name": "ten"}]}]
    with ZaloSimulator(templates=templates, journal_path=path) as sim:
        sim.state.tokens.issue(sim.state.clock.now())
        assert sim.state.tokens.current
        sim.fault("delay", after=True, seconds=30)
        body = {"phone": "84912000111", "template_id": "100", "template_data": {"ten": "Ất"}, "tracking_id": "m.1"}
        _send_and_leave(sim, json.dumps(body).encode(), sim.state.tokens.current.access_token)
        deadline = time.monotonic() + 5
        while not path.read_text("utf-8") and time.monotonic() < deadline:
            time.sleep(0.01)
        (line,) = path.read_text("utf-8").splitlines()
        assert json.loads(line) == {
            name: value for name, value in sim.journal()[0].items() if name not in ("answered", "took", "delivered_at")
        }
        assert sim.journal()[0]["answered"] is False
    assert "Ất" in line


def _send_and_leave(sim: ZaloSimulator, body: bytes, token: str) -> None:
    with socket.create_connection(("127.0.0.1", int(sim.url.rsplit(":", 1)[1]))) as connection:
        lines = [f"access_token: {token}", "Content-Type: application/json", f"Content-Length: {len(body)}"]
        head = "\r\n".join(["POST /business/message/template HTTP/1.1", *lines, "", ""])
        connection.sendall(head.encode() + body)


def test_a_connection_is_kept_alive(sim: ZaloSimulator) -> None:
    with socket.create_connection(("127.0.0.1", int(sim.url.rsplit(":", 1)[1]))) as connection:
        for _ in range(3):
            connection.sendall(b"GET /_control/health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b'"ok":true' in connection.recv(4096)


def test_a_request_cut_short_is_no_request(sim: ZaloSimulator) -> None:
    with socket.create_connection(("127.0.0.1", int(sim.url.rsplit(":", 1)[1]))) as connection:
        connection.sendall(b"POST /business/message/template HTTP/1.1\r\nContent-Length: 50\r\n\r\n{}")
        connection.shutdown(1)
        assert connection.recv(4096) == b""
    assert sim.refusals() == []


def test_state_shows_the_stage_but_no_secret(sim: ZaloSimulator, wire: Any) -> None:
    heard = wire.call("GET", "/_control/state")
    assert heard.json["oa"]["oa_id"] == "579745863508352884"
    assert heard.json["users"][0]["follows"] is True
    assert sim.state.app.app_secret.encode() not in heard.raw
    assert wire.token.encode() not in heard.raw


def test_tokens_are_issued_as_api_explorer_does(wire: Any) -> None:
    pair = wire.control("tokens").json
    assert wire.phone().error == -124
    wire.token = pair["access_token"]
    assert wire.phone().error == 0
    assert wire.control("tokens", refresh_token="mine").json["refresh_token"] == "mine"


def test_the_clock_can_be_set_shifted_and_put_back(sim: ZaloSimulator, wire: Any) -> None:
    assert wire.control("clock", at="2027-01-31T23:59:00+07:00").json["now"].startswith("2027-01-31T16:59:0")
    assert wire.control("clock", shift=3600).json["now"].startswith("2027-01-31T17:59:0")
    wire.control("clock", offset=0)
    assert abs(sim.state.clock.now() - time.time()) < 1


def test_a_user_is_changed_by_phone_or_uid(sim: ZaloSimulator, wire: Any) -> None:
    wire.control("users", uid="77001", phone="84912000777", last_interaction="2026-11-20T08:00:00+07:00")
    wire.control("users", uid="77001", blocked=True)
    user = sim.state.users.by_phone["84912000777"]
    assert (user.blocked, user.last_interaction) == (True, 1_795_136_400.0)
    detail = wire.call("GET", "/openapi/v3.0/oa/user/detail?data=%7B%22user_id%22:%2277001%22%7D").json["data"]
    assert (detail["user_is_follower"], detail["user_last_interaction_date"]) == (False, "20/11/2026")


def test_a_stranger_has_no_detail(wire: Any) -> None:
    assert wire.call("GET", "/openapi/v3.0/oa/user/detail?data=%7B%22user_id%22:%2299999%22%7D").error == -213


@pytest.mark.parametrize(
    ("door", "body"),
    [
        ("users", {}),
        ("users", {"uid": 5}),
        ("users", {"phone": "84912000111", "folows": True}),
        ("users", {"phone": "84912000111", "follows": "yes"}),
        ("clock", {"at": "2026-11-23T00:00:00"}),
        ("clock", {"hour": 3}),
        ("oa", {"balance": "much"}),
        ("app", {"secret": "x"}),
        ("knobs", {"night_tag1": "20-08"}),
        ("knobs", {"error_rate": 1.5}),
        ("knobs", {"latency": -1}),
        ("templates", {"template_id": "9"}),
    ],
)
def test_a_wrong_word_to_the_control_door_is_told(wire: Any, door: str, body: dict[str, object]) -> None:
    heard = wire.control(door, **body)
    assert heard.status == 400
    assert heard.json["reason"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/_control/nothing", 404),
        ("GET", "/openapi/v3.0/oa/conversation", 404),
        ("GET", "/oauth/v4/oa/access_token", 404),
        ("GET", "/", 404),
        ("GET", "/business/message/template", 200),
        ("POST", "/business/message/status", 200),
    ],
)
def test_unknown_paths_are_404_and_wrong_methods_an_error(wire: Any, method: str, path: str, status: int) -> None:
    heard = wire.call(method, path)
    assert heard.status == status
    if status == 200:
        assert heard.error == -106


def test_serve_runs_from_a_template_file_until_told_to_stop(tmp_path: Path) -> None:
    templates, journal, stop = tmp_path / "templates.json", tmp_path / "journal.jsonl", threading.Event()
    templates.write_text(json.dumps([{"template_id": "1", "params": []}]), "utf-8")
    serving = threading.Thread(
        target=serve,
        kwargs={
            "port": 0,
            "app_id": "1",
            "app_secret": "s",
            "oa_id": "2",
            "refresh_token": "r",
            "templates_path": templates,
            "journal_path": journal,
            "latency": 0.0,
            "stop": stop,
        },
    )
    serving.start()
    stop.set()
    serving.join(5)
    assert not serving.is_alive()
    assert journal.exists()


@given(st.binary(max_size=60) | st.just(b"[" * 100_000))
def test_foreign_bytes_are_an_object_or_nothing(raw: bytes) -> None:
    assert isinstance(json_object(raw), dict | None)
