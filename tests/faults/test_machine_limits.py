"""The log's disk is full, or memory comes to its limit."""

import re
import resource
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapter.model import DeliveryState
from adapter.simulators.onestop import records
from tests.daemon.test_daemon import PATIENCE, ask, free_port
from tests.faults.machine import MODULE
from tests.faults.scene import TOLD, Scene
from tests.towns import ROOT

MANY, EACH = 4500, 12_000  # dossiers, bytes of each: near what one answer may have (max_bytes)


@pytest.mark.fault("log-full")
def test_the_disk_of_the_log_is_full(scene: Scene) -> None:
    port = free_port()
    health = f"127.0.0.1:{port}"
    daemon = scene.place.process("run", module=MODULE, MACHINE_LOG="/dev/full", MOTCUA_HEALTH__LISTEN=health)
    try:
        scene.until(lambda: ask(port, "/readyz")[0] == 200)
        scene.file(1)
        scene.until_told(1)
        scene.place.province.knobs.turn(status=503)  # which is a warning in the log
        scene.until(lambda: "source:vinhphuc" in scene.alarms())
        scene.place.province.knobs.reset()
        scene.file(2)
        scene.until_told()
        scene.until(lambda: len(scene.codes_in(*TOLD)) == 2)
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(PATIENCE) == 0
    finally:
        daemon.kill()
        daemon.wait()
    assert scene.place.log() == ""
    scene.prove()


def old(number: int, now: datetime) -> records.Record:
    """A dossier of last month that the province stamps anew: it is read, and nobody is told."""
    received = records.vietnam_text(now - timedelta(days=40))
    fields = {
        "MaHoSo": f"000.22.33.H62-261001-{number:06d}",
        "MaDonVi": "000.22.33.H62",
        "MaTTHC": "2.000635",
        "TenTTHC": "Cấp bản sao trích lục hộ tịch",
        "ChuHoSo": "NGUYỄN THỊ MẪU",
        "SoDienThoai": "0912345678",
        "NgayTiepNhan": received,
        "TrangThaiHoSo": "2",
        "YKien": "x" * EACH,
    }
    return records.make(fields, now, blocks=b"")


def most_memory(daemon: "subprocess.Popen[bytes]") -> int:
    """The most bytes it has had in memory so far."""
    told = Path(f"/proc/{daemon.pid}/status").read_text("ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", told)
    assert found is not None
    return int(found[1]) * 1024


def memory_max() -> int:
    """What the service may have."""
    unit = (ROOT / "deploy" / "motcua.service").read_text("utf-8")
    found = re.search(r"^MemoryMax=(\d+)G$", unit, re.MULTILINE)
    assert found is not None
    return int(found[1]) * 2**30


@pytest.mark.fault("memory-limit")
def test_a_great_answer_fits_and_a_kill_in_the_middle_of_it_loses_nothing(scene: Scene) -> None:
    """The limit is the service's, and on all that it asks for: stricter than MemoryMax, which counts what it uses."""
    scene.place.province.knobs.turn(huge_page=True)  # one answer holds all
    now = datetime.now(UTC)
    scene.place.province.province.load(old(number, now) for number in range(MANY))
    scene.file(1)
    killed = scene.place.process("run")
    scene.until(lambda: 0 < scene.snapshot().skipped < MANY)
    killed.kill()  # as the kernel does when a service comes to its limit
    assert killed.wait(PATIENCE) == -signal.SIGKILL
    scene.ended(killed)
    assert 0 < scene.snapshot().skipped < MANY
    assert not scene.told()
    with scene.running(MOTCUA_POLL__EVERY="1h") as daemon:
        resource.prlimit(daemon.pid, resource.RLIMIT_DATA, (memory_max(), memory_max()))
        before = most_memory(daemon)
        scene.until_told()
        assert scene.snapshot().skipped == MANY
        grown = most_memory(daemon) - before
    assert grown < MANY * EACH  # it holds a page at a time, so a longer answer takes no more
    assert before + MANY * EACH < memory_max() / 4
    assert scene.count(DeliveryState.UNKNOWN) == 0
    scene.prove()
