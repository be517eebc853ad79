"""The cases in which the real daemon lives for a while: what is urgent among many, and what idling costs."""

import contextlib
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from adapter.model import Priority
from tests.benchmarks import places, processes, servers, urgent
from tests.benchmarks.cases import Asked
from tests.benchmarks.figures import Figure
from tests.benchmarks.places import Place

NOTICES = 20_000
URGENT = 200
PER_MINUTE = 4000
"""What an OA may call in a minute (zalo.md 8)."""

_PATIENCE = 120.0


@contextlib.contextmanager
def daemon(place: Place) -> Iterator["subprocess.Popen[str]"]:
    """The real program, running; stopped with SIGTERM."""
    child = processes.start(
        "adapter",
        "--config",
        str(place.folder / "motcua.toml"),
        "run",
        core=processes.CLIENT,
        env=place.environ,
        log=place.folder / "daemon.log",
    )
    try:
        yield child
    finally:
        child.terminate()
        child.communicate(timeout=60)


def until(holds: Callable[[], bool], every: float = 0.01) -> float:
    """Wait; gives how long it took. Raises RuntimeError when it takes too long."""
    began = time.perf_counter()
    while not holds():
        if time.perf_counter() - began > _PATIENCE:
            raise RuntimeError("waited too long")
        time.sleep(every)
    return time.perf_counter() - began


def priority(asked: Asked) -> list[Figure]:
    """20,000 notices wait under the OA's 4,000 a minute; 200 urgent messages are written within 100 seconds."""
    notices, seconds = (NOTICES // 10, 10.0) if asked.quick else (NOTICES, 100.0)
    waited: list[float] = []
    told: list[float] = []
    with servers.serving(1) as running, tempfile.TemporaryDirectory() as folder:
        place = places.place(Path(folder), running, settings={"MOTCUA_ZALO__OA_PER_MINUTE": str(PER_MINUTE)})
        running.order("knobs", oa_per_minute=PER_MINUTE)
        running.order("users", items=[{"uid": f"{number:019d}", "follows": True} for number in range(notices + URGENT)])
        _file_notices(place, notices)
        with daemon(place):
            until(lambda: running.accepted() > 0, 0.1)
            committed = processes.measure(
                "tests.benchmarks.urgent", str(notices), str(URGENT), str(seconds), env=place.environ
            ).told["committed"]
            until(lambda: _urgent(place).keys() >= committed.keys(), 1.0)
        waited = sorted(_urgent(place)[code] - at for code, at in committed.items())
        told = [running.accepted() - URGENT]
    return [
        Figure(name="notices told meanwhile", values=told),
        Figure(name="urgent: commit to acceptance, median", values=[statistics.median(waited)], unit="s"),
        Figure(name="urgent: 99th of a hundred", values=[_percentile(waited, 0.99)], unit="s", floor=2, most=True),
        Figure(name="urgent: worst", values=[waited[-1]], unit="s"),
    ]


def _file_notices(place: Place, count: int) -> None:
    house = place.house()
    template = house.rulebook.templates[urgent.TEMPLATE]
    for first in range(0, count, 1000):
        urgent.file(house.store, list(urgent.messages(template, Priority.NOTICE, first, min(1000, count - first))))
    house.close()


def _urgent(place: Place) -> dict[str, float]:
    """When Zalo accepted each urgent message, by the code in it."""
    return {
        row["template_data"]["ma_ho_so"]: datetime.fromisoformat(row["at"]).timestamp()
        for row in place.servers.journal()
        if row["template_data"]["ma_ho_so"].startswith(urgent.URGENT)
    }


def _percentile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def idle(asked: Asked) -> list[Figure]:
    """The daemon: start, a minute of idling, and how soon it sends again after SIGKILL."""
    polled, first, memory, cpu, resumed = [], [], [], [], []
    minute = 10.0 if asked.quick else 60.0
    for _ in range(asked.rounds):
        with servers.serving(1) as running, tempfile.TemporaryDirectory() as folder:
            place = places.place(Path(folder), running, settings={"MOTCUA_HEALTH__LISTEN": "127.0.0.1:0"})
            with daemon(place) as child:
                polled.append(until(lambda: running.asked() > 0))
                first.append(polled[-1] + until(lambda: running.accepted() == 1))
                time.sleep(3)  # let it come to rest
                before = processes.cpu_seconds(child.pid)
                time.sleep(minute)
                cpu.append((processes.cpu_seconds(child.pid) - before) / minute * 3600)
                memory.append(processes.resident_mib(child.pid))
                child.kill()
                child.wait()
            _file_notices(place, 100)
            running.order("users", items=[{"uid": f"{number:019d}", "follows": True} for number in range(100)])
            with daemon(place):
                resumed.append(until(lambda: running.accepted() > 1))
    return [
        Figure(name="start to the first poll's request", values=polled, unit="s"),
        Figure(name="start to the first message told", values=first, unit="s"),
        Figure(name="resident memory, idle", values=memory, unit="MiB"),
        Figure(name="CPU an idle hour", values=cpu, unit="s"),
        Figure(name="start after SIGKILL to the next message", values=resumed, unit="s", floor=2, most=True),
    ]
