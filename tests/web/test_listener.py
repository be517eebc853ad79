"""Whoever on this machine connects to the health page gets little, not for long, and says nothing past the log."""

import http.client
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace

import pytest

from adapter import logs
from adapter.web import listener
from adapter.web.listener import Listener
from tests.web.test_health import WELL, ask, serving, signs

SECRET = "Nguyễn Thị Mẫu 0912345678"


class Written:
    """What a service manager would have got from us, at debug."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture, self._text = capture, ""

    def getvalue(self) -> str:
        """All of it, so far."""
        self._text += self._capture.readouterr().err
        return self._text


@pytest.fixture
def stderr(capsys: pytest.CaptureFixture[str]) -> Iterator[Written]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.configure("debug", "json")
    yield Written(capsys)
    root.handlers[:] = before
    root.setLevel(level)


def lines(stderr: Written) -> list[dict[str, object]]:
    """Its lines; every one of them must be an object."""
    return [json.loads(line) for line in stderr.getvalue().splitlines()]


def until(true: object, seconds: float = 5.0) -> None:
    assert callable(true)
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_caller_that_says_nothing_is_cut_and_leaves_one_line(
    stderr: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener.Request, "timeout", 0.2)
    with serving(WELL) as server, closing(socket.create_connection(("127.0.0.1", server.port), timeout=5)) as idle:
        assert idle.recv(1) == b""
        until(stderr.getvalue)
    assert [line["event"] for line in lines(stderr)] == ["health.broke_off"]


def test_a_caller_that_drips_is_cut_at_the_deadline_though_every_byte_is_in_time(
    stderr: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Listener, "seconds", 0.5)
    began = time.monotonic()
    with serving(WELL) as server, closing(socket.create_connection(("127.0.0.1", server.port), timeout=0.1)) as slow:
        while time.monotonic() - began < 10:
            try:
                slow.sendall(b"G")
                if slow.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        assert time.monotonic() - began < 5
        assert ask(server, "/livez")[0] == 200
    lines(stderr)


def test_a_crowd_is_turned_away_and_takes_few_threads(stderr: Written) -> None:
    before = set(threading.enumerate())  # of tests before us, some of which may end meanwhile

    def ours() -> int:
        return len(set(threading.enumerate()) - before)

    with serving(WELL) as server, ExitStack() as crowd:
        for _ in range(5 * listener.PLACES):
            crowd.enter_context(closing(socket.create_connection(("127.0.0.1", server.port), timeout=5)))
        until(lambda: ours() >= listener.PLACES)
        assert ours() <= listener.PLACES + 1  # and the one that accepts
        with pytest.raises((http.client.HTTPException, OSError)):
            ask(server, "/livez")
        crowd.close()
        until(lambda: ours() <= 1)
        assert ask(server, "/livez")[0] == 200
    lines(stderr)


def test_a_bug_behind_a_page_is_told_by_its_class_only(stderr: Written) -> None:
    def silent() -> list[str]:
        raise ValueError(SECRET)

    with serving(WELL) as server:
        server._signs = replace(signs(), silent=silent)
        status, body = ask(server, "/readyz")
    assert status == 500
    (line,) = lines(stderr)
    assert (line["event"], line["level"]) == ("health.bug", "error")
    assert "ValueError" in str(line["exception"])
    for said in (stderr.getvalue(), body.decode()):
        assert "Mẫu" not in said
        assert "0912345678" not in said
    assert "Traceback" not in body.decode()


@pytest.mark.parametrize("line", [b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"X" * 70_000 + b"\r\n\r\n"])
def test_what_is_no_request_is_refused_in_silence(stderr: Written, line: bytes) -> None:
    with serving(WELL) as server:
        with closing(socket.create_connection(("127.0.0.1", server.port), timeout=5)) as caller:
            caller.sendall(line)
            try:
                while caller.recv(4096):
                    pass
            except ConnectionResetError:
                pass
        assert ask(server, "/livez")[0] == 200
    assert {line["level"] for line in lines(stderr)} <= {"debug"}
