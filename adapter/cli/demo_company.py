"""The processes of a demo: the real program, called as an operator calls it, watched, and put away in every case."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import adapter
from adapter.cli.demo_door import Door
from adapter.cli.failures import Failure
from adapter.config import FILE_NAME, environment

_ORDER_SECONDS = 120.0  # making keys and a database takes a second or two; a slow disk may need longer
_READY_SECONDS = 60.0
_STOP_SECONDS = 25.0  # the daemon promises less: what is on the wire, a page of a poll, the last seals
_TICK = 0.05
_LAST_LINES = 15
_PACKAGE = Path(adapter.__file__).resolve().parent


class StoppedError(Exception):
    """Somebody asked the demo to stop before the stage was set."""


class Bell:
    """Remembers that somebody asked to stop: Ctrl-C, SIGTERM, a closed terminal.

    A plain flag, because an Event set by a signal handler can deadlock with the thread it interrupts.
    """

    def __init__(self) -> None:
        self.rung = False
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._ring)

    def _ring(self, *_: object) -> None:
        self.rung = True

    def pause(self, seconds: float) -> bool:
        """Wait so long, or until the bell has rung; say whether it has."""
        until = time.monotonic() + seconds
        while not self.rung and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _TICK))
        return self.rung


@dataclass(frozen=True, slots=True)
class _Actor:
    name: str
    process: "subprocess.Popen[bytes]"
    log: Path


class Company:
    """Starts processes, each in a group of its own so that Ctrl-C reaches them only through us, and stops them all.

    A context manager: whatever happens inside it, no process of ours is left. Killing the demo itself with SIGKILL
    takes them along where the system has setpriv (Linux).
    """

    def __init__(self, folder: Path, bell: Bell) -> None:
        self.folder, self.bell = folder, bell
        self._leash = _leash()
        self._acting: list[_Actor] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for actor in reversed(self._acting):
            _stop(actor.process)

    def order(self, *arguments: str, given: str = "") -> None:
        """Run one command to its end. Raises Failure with what it said when it fails, StoppedError after the bell."""
        self._listen()
        try:
            done = subprocess.run(  # noqa: S603 - our own program, our own arguments
                self._command(arguments),
                input=given.encode(),
                capture_output=True,
                check=False,
                timeout=_ORDER_SECONDS,
                cwd=self.folder,
                env=_environment(),
                process_group=_group(),
                creationflags=_creation_flags(),
            )
        except subprocess.TimeoutExpired as error:
            raise Failure([f"motcua {arguments[0]}: quá {_ORDER_SECONDS:.0f} giây chưa xong"]) from error
        if done.returncode:
            said = (done.stdout + done.stderr).decode("utf-8", errors="replace").splitlines()
            raise Failure([f"motcua {arguments[0]}: mã thoát {done.returncode}", *said[-_LAST_LINES:]])

    def start(self, name: str, *arguments: str) -> None:
        """Start one that goes on in the background; what it says goes to ``log/<name>.log``."""
        self._listen()
        log = self.folder / "log" / f"{name}.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("ab") as file:
            process = subprocess.Popen(  # noqa: S603 - our own program, our own arguments
                self._command(arguments),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=_environment(),
                process_group=_group(),
                creationflags=_creation_flags(),
            )
        self._acting.append(_Actor(name, process, log))

    def wait_for(self, door: Door, path: str) -> None:
        """Wait until that endpoint answers with 200. Raises Failure, or StoppedError after the bell."""
        until = time.monotonic() + _READY_SECONDS
        while not door.opens(path):
            self.check()
            self._listen()
            if time.monotonic() > until:
                raise Failure([f"{door.url}{path}: quá {_READY_SECONDS:.0f} giây chưa trả lời"])
            self.bell.pause(_TICK)

    def check(self) -> None:
        """Raise Failure with the last lines of a process that ended although nobody told it to."""
        for actor in self._acting:
            code = actor.process.poll()
            if code is not None:
                said = actor.log.read_text("utf-8", errors="replace").splitlines()[-_LAST_LINES:]
                raise Failure([f"tiến trình {actor.name} đã dừng, mã thoát {code}; những dòng cuối:", *said])

    def stop(self, name: str) -> bool:
        """Stop one as an operator does (SIGTERM); False when it had to be killed or ended with an error."""
        actor = next(actor for actor in self._acting if actor.name == name)
        self._acting.remove(actor)
        return _stop(actor.process)

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [*self._leash, sys.executable, "-m", "adapter", "--config", str(self.folder / FILE_NAME), *arguments]

    def _listen(self) -> None:
        if self.bell.rung:
            raise StoppedError


def _stop(process: "subprocess.Popen[bytes]") -> bool:
    """SIGTERM, then patience, then SIGKILL. True when it ended by itself without an error."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(_STOP_SECONDS) == 0
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False


def _environment() -> dict[str, str]:
    """Ours without settings of a real installation, which must not leak into a demo."""
    kept = {name: value for name, value in environment().items() if not name.startswith("MOTCUA_")}
    paths = [str(_PACKAGE.parent), kept.get("PYTHONPATH", "")]
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONUTF8": "1"}


def _group() -> int | None:
    return 0 if os.name == "posix" else None


def _creation_flags() -> int:
    flags: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # Windows only
    return flags


def _leash() -> tuple[str, ...]:
    """What ties a process to our life where the system can: then even SIGKILL leaves no orphan."""
    setpriv = shutil.which("setpriv")
    leash = (setpriv or "", "--pdeathsig", "TERM", "--")
    if setpriv is None or subprocess.run([*leash, "true"], capture_output=True, check=False).returncode:  # noqa: S603 - a probe of a system tool
        return ()
    return leash
