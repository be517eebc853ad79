"""The real daemon on a machine whose clock a test sets, whose log is full, or which has less patience or fewer rights.

``MACHINE_CLOCK``   a file with the seconds that this machine's clock is ahead of the truth, read at every look at it.
``MACHINE_HASTE``   seconds that a write waits for a locked database (10 in real life) and between two signs of the
                    daemon's presence (20); thrice as long a job fails before people are told (30).
``MACHINE_PULSE``   seconds within which each thread must beat (60 in real life).
``MACHINE_LOG``     where its output goes.
``MACHINE_RIGHTS``  ``none``: file modes hold for it even when it is started by root.
"""

import ctypes
import datetime as dt
import os
import sys
import time
from pathlib import Path

_true_time, _TrueDatetime = time.time, dt.datetime


class _Kind(type(dt.datetime)):  # type: ignore[misc]  # mypy wants a name where a class's class stands
    """Whatever time was made before or elsewhere is one of ours too."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _TrueDatetime)


def _set_clock(file: Path) -> None:
    """Let everything that asks this process for the time of day hear it as this machine's clock has it."""

    def now() -> float:
        return _true_time() + float(file.read_text("ascii") or "0")

    class Moment(dt.datetime, metaclass=_Kind):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            return _TrueDatetime.fromtimestamp(now(), tz)

    time.time = now
    dt.datetime = Moment  # type: ignore[misc]


def _hurry(seconds: float) -> None:
    from adapter.daemon import running, tally
    from adapter.store import engine

    engine.SERVER_OPTIONS = engine.SERVER_OPTIONS.replace("lock_timeout=10s", f"lock_timeout={int(seconds * 1000)}ms")
    engine.PATIENCE_SECONDS = seconds
    tally.LASTING = 3 * seconds
    running.RENEW_SECONDS = seconds  # type: ignore[attr-defined,assignment]  # its own copy


def _beat_within(seconds: float) -> None:
    from adapter.daemon.pulse import Pulse

    beat = Pulse.beat

    def sooner(pulse: Pulse, name: str, within: float) -> None:
        beat(pulse, name, min(within, seconds) if name == "sender" else within)

    Pulse.beat = sooner  # type: ignore[method-assign,assignment]


def _drop_rights() -> None:
    """Give up root's power over files (capset(2)): every capability, for good."""
    header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None, use_errno=True).capset(header, none):
        raise OSError(ctypes.get_errno(), "capset")


def main() -> None:
    """Do what was asked for and become the program."""
    if log := os.environ.get("MACHINE_LOG"):
        for stream in (sys.stdout, sys.stderr):
            os.dup2(os.open(log, os.O_WRONLY), stream.fileno())
    if os.environ.get("MACHINE_RIGHTS") == "none":
        _drop_rights()
    if file := os.environ.get("MACHINE_CLOCK"):
        _set_clock(Path(file))
    if seconds := os.environ.get("MACHINE_HASTE"):
        _hurry(float(seconds))
    if seconds := os.environ.get("MACHINE_PULSE"):
        _beat_within(float(seconds))
    from adapter.cli import main as motcua

    motcua()


if __name__ == "__main__":
    main()
