"""`motcua simulate`: real processes that listen, and stop when they are asked to."""

import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

PATHS = {"onestop": "/_control/health", "zalo": "/_control/health"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own loopback address
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.05)
    return False


@pytest.mark.parametrize("name", sorted(PATHS))
def test_a_simulator_listens_until_it_is_stopped(name: str) -> None:
    port = free_port()
    command = [sys.executable, "-m", "adapter", "simulate", name, "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        heard = answers(f"http://127.0.0.1:{port}{PATHS[name]}")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
    assert heard, errors
    assert (process.returncode, errors) == (0, "")
