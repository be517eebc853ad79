"""Ways to tell people on this machine: the log, and the operator's command."""

import json
import logging
import subprocess
from collections.abc import Mapping, Sequence
from typing import Protocol

_LOG = logging.getLogger(__name__)
COMMAND_SECONDS = 10.0


class Outlet(Protocol):
    """One way to tell people. May raise: the alarm goes to the other outlets all the same, and to this one later."""

    @property
    def name(self) -> str:
        """What it is called where it is written down whether it was told; the same on every machine."""

    def tell(self, key: str, state: str, sentence: str) -> None:
        """Say that an alarm was ``raised`` or ``cleared``; the sentence is empty when it was cleared."""


class LogOutlet:
    """Writes ``alarm.raised`` or ``alarm.cleared`` with the key to the log."""

    name = "log"

    def tell(self, key: str, state: str, sentence: str) -> None:
        """Write one line; the sentence is for people and stays out of it."""
        del sentence
        _LOG.log(logging.WARNING if state == "raised" else logging.INFO, "alarm.%s", state, extra={"key": key})


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
