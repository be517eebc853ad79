"""Ways to tell people on this machine: the log, and the operator's command."""

import json
import logging
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from adapter.model import AlarmState

_LOG = logging.getLogger(__name__)
COMMAND_SECONDS = 10.0


class Outlet(Protocol):
    """One way to tell people. May raise: the alarm goes to the other outlets all the same, and to this one later."""

    @property
    def name(self) -> str:
        """What it is called where it is written down whether it was told; the same on every machine."""

    def tell(self, key: str, state: str, sentence: str) -> None:
        """Say that an alarm was ``raised`` or ``cleared``; the sentence is empty when it was cleared."""

    def probe(self) -> None:
        """Raise what telling would surely raise now, and tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """What became of one outlet. ``fault``: the class of the error, and a command's exit code; empty: all is well."""

    outlet: str
    fault: str = ""


def ring(outlets: Iterable[Outlet], key: str, sentence: str) -> list[Rung]:
    """Tell every outlet once, whatever stands in the store. Never raises."""
    return [_rung(outlet.name, partial(outlet.tell, key, AlarmState.RAISED, sentence)) for outlet in outlets]


def probe(outlets: Iterable[Outlet]) -> list[Rung]:
    """Look whether each outlet could tell anybody; tells nobody. Never raises."""
    return [_rung(outlet.name, outlet.probe) for outlet in outlets]


def _rung(name: str, work: Callable[[], None]) -> Rung:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - one broken outlet must not hide the others
        return Rung(outlet=name, fault=fault_of(error))
    return Rung(outlet=name)


def fault_of(error: Exception) -> str:
    """What went wrong with an outlet, without what it said: the class, and a command's exit code."""
    code = getattr(error, "returncode", None)
    return type(error).__name__ if code is None else f"{type(error).__name__} {code}"


class LogOutlet:
    """Writes ``alarm.raised`` or ``alarm.cleared`` with the key to the log."""

    name = "log"

    def tell(self, key: str, state: str, sentence: str) -> None:
        """Write one line; the sentence is for people and stays out of it."""
        del sentence
        _LOG.log(logging.WARNING if state == "raised" else logging.INFO, "alarm.%s", state, extra={"key": key})

    def probe(self) -> None:
        """The log is always there."""


class CommandOutlet:
    """Runs the operator's command with the alarm as JSON on its standard input.

    The command sees MOTCUA_ALARM_KEY, MOTCUA_ALARM_STATE and MOTCUA_ALARM_SENTENCE beside ``environ``, and nothing of
    our own environment, which holds secrets. Waits at most ten seconds; its output is thrown away.
    """

    name = "command"

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], seconds: float = COMMAND_SECONDS) -> None:
        self._command = tuple(command)
        self._environ = dict(environ)
        self._seconds = seconds

    def tell(self, key: str, state: str, sentence: str) -> None:
        """Run the command. Raises OSError or subprocess.SubprocessError when it cannot start, fails or is too slow."""
        alarm = {"key": key, "state": state, "sentence": sentence}
        said = {f"MOTCUA_ALARM_{name.upper()}": text for name, text in alarm.items()}
        subprocess.run(  # noqa: S603 - the operator's own command, from the settings, without a shell
            self._command,
            input=json.dumps(alarm, ensure_ascii=False).encode(),
            env=self._environ | said,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=self._seconds,
            check=True,
        )

    def probe(self) -> None:
        """Look for the program. Raises FileNotFoundError or PermissionError."""
        program = self._command[0]
        if shutil.which(program, path=self._environ.get("PATH")) is None:
            raise PermissionError(program) if Path(program).exists() else FileNotFoundError(program)
