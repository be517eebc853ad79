"""What systemd's watchdog hears: a beat while the threads turn, nothing while one of them stands still."""

import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapter.daemon.running import Daemon


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield heard


def hear(systemd: socket.socket) -> list[bytes]:
    heard = []
    while True:
        try:
            heard.append(systemd.recv(100))
        except BlockingIOError:
            return heard


def test_systemd_hears_nothing_while_a_thread_stands_still_and_a_beat_again_when_it_turns(
    systemd: socket.socket,
) -> None:
    house: Any = SimpleNamespace(owner="a:1:x", alarm=None, store=SimpleNamespace(read=lambda _: (0, 0)))
    daemon = Daemon(house, [])
    daemon._pulse.beat("sender", 60)
    daemon._look()
    assert hear(systemd) == [b"WATCHDOG=1"]
    daemon._pulse.beat("sender", -1)  # its next beat is overdue
    daemon._look()
    assert hear(systemd) == []
    daemon._pulse.beat("sender", 60)
    daemon._look()
    assert hear(systemd) == [b"WATCHDOG=1"]
