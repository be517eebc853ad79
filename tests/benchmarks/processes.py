"""Processes of a measurement: the servers on core 0, the client on core 1, each measured as a process of its own."""

import contextlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SERVERS, CLIENT = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run of a client. Seconds and MiB. ``work`` leaves out the start and the set-up."""

    wall: float
    cpu: float
    work_wall: float
    work_cpu: float
    peak: float  #: high-water mark of resident memory
    told: Mapping[str, Any]  #: what the client printed besides


@contextlib.contextmanager
def pinned(core: int) -> Iterator[None]:
    """Children started within inherit the core. Where there is none to choose, nothing happens (``can_pin`` tells)."""
    if not can_pin():
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def can_pin() -> bool:
    """Whether servers and client can have a core each."""
    return hasattr(os, "sched_setaffinity") and {SERVERS, CLIENT} <= os.sched_getaffinity(0)


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """What a child sees: never the proxies, nor our own settings."""
    inherited = {name: os.environ[name] for name in ("PATH", "LANG", "TZ", "HOME") if name in os.environ}
    return inherited | {"PYTHONPATH": str(ROOT)} | dict(extra)


def start(
    module: str, *arguments: str, core: int, env: Mapping[str, str] | None = None, log: Path | None = None
) -> "subprocess.Popen[str]":
    """A module of ours as a process, pinned. What it prints can be read; its errors go to ``log`` or to the screen."""
    with contextlib.ExitStack() as stack:
        errors = stack.enter_context(log.open("a", encoding="utf-8")) if log else None
        stack.enter_context(pinned(core))
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=environment(env or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )


def measure(module: str, *arguments: str, env: Mapping[str, str] | None = None) -> Measured:
    """Run a client to its end. It prints, as its last line, what ``report`` gives. Raises RuntimeError on its failure.

    Wall clock from the start of the process to its end; CPU of the process as the kernel counts it (wait4).
    """
    began = time.perf_counter()
    child = start(module, *arguments, core=CLIENT, env=env)
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.close()
    lines = child.stdout.read().splitlines()
    child.stdout.close()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode or not lines:
        raise RuntimeError(f"{module} {' '.join(arguments)} ended with {child.returncode}")
    told = json.loads(lines[-1])
    return Measured(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        work_wall=told["wall"],
        work_cpu=told["cpu"],
        peak=told["peak"],
        told=told,
    )


class Stopwatch:
    """Runs in the client: from the end of its set-up to ``report``."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _cpu()

    def report(self, **told: object) -> None:
        """Print what ``measure`` reads."""
        wall, cpu = time.perf_counter() - self._wall, _cpu() - self._cpu
        print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak_mib(), **told}), flush=True)


def peak_mib(pid: int | str = "self") -> float:
    """The high-water mark of a process's memory, MiB. (``ru_maxrss`` would count the parent it was forked from.)"""
    return _kib(pid, "VmHWM:") / 1024


def resident_mib(pid: int | str = "self") -> float:
    """The memory a process holds now, MiB."""
    return _kib(pid, "VmRSS:") / 1024


def cpu_seconds(pid: int) -> float:
    """CPU that a living process has used so far, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _kib(pid: int | str, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
