"""A thread hangs: its database says nothing any more, and the connection stands, so that no timeout ends the wait."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from adapter.model import DeliveryState
from tests.daemon.test_daemon import PATIENCE, ask, free_port
from tests.faults.machine import MODULE
from tests.faults.scene import scene as staged
from tests.faults.table import Row
from tests.machines.proxy import cable
from tests.postgres import fresh_database, url_of
from tests.towns import town

SILENT = 2.0
"""Seconds within which a thread must beat (60 in real life)."""


def beats(systemd: socket.socket, seconds: float) -> int:
    """How many signs of life systemd hears in so many seconds."""
    heard, deadline = 0, time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        systemd.settimeout(left)
        try:
            heard += systemd.recv(100) == b"WATCHDOG=1"
        except TimeoutError:
            break
    return heard


@pytest.mark.postgres
@pytest.mark.fault("thread-hangs")
def test_threads_that_wait_for_ever_are_seen_and_a_new_process_goes_on(
    tmp_path: Path, row: Row, postgres_server: Engine, postgres_template: str
) -> None:
    port, ear = free_port(), tmp_path / "notify"
    with (
        fresh_database(postgres_server, f"motcua_{os.getpid()}_hang", postgres_template) as name,
        cable(url_of(name)) as wire,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd,
        town(tmp_path, database=url_of(name)) as place,
        staged(place, row) as scene,
    ):
        systemd.bind(str(ear))
        daemon = place.process(
            "run",
            module=MODULE,
            MACHINE_PULSE=str(SILENT),
            MOTCUA_STORE__URL=wire.url,
            MOTCUA_HEALTH__LISTEN=f"127.0.0.1:{port}",
            NOTIFY_SOCKET=str(ear),
        )
        try:
            scene.file(1)
            scene.until_told(1)
            scene.until_are(0, DeliveryState.SENDING)
            assert beats(systemd, 3.0) >= 2
            wire.go_dead()
            scene.file(2)
            scene.until(lambda: b"sender" in ask(port, "/livez")[1])
            assert ask(port, "/livez")[0] == 503
            beats(systemd, 0.1)  # what was said before
            assert beats(systemd, 4.0) == 0
            assert daemon.poll() is None
            daemon.send_signal(signal.SIGABRT)  # as systemd does when WatchdogSec is over
            assert daemon.wait(PATIENCE) == -signal.SIGABRT
        finally:
            daemon.kill()
            daemon.wait()
        scene.ended(daemon)
        wire.mend()
        with scene.running(MOTCUA_STORE__URL=wire.url):
            scene.until_told(2)
            scene.until_are(0, DeliveryState.SENDING)
            scene.motcua("doctor")
        scene.prove()
