"""What goes wrong with the machine under the daemon and with its database, and what the people on duty hear of it."""

import contextlib
import shlex
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from tests.daemon.test_daemon import ask, free_port
from tests.faults.scene import TOLD, Scene, code_of
from tests.postgres import psycopg_url

MODULE = "tests.faults.machine_daemon"
HASTE = 0.4
"""Seconds that the daemon waits for a database before it calls it sick (10 in real life), and SQLite's lock for us."""

HOST = socket.gethostname()

Trouble = Callable[[Scene, "subprocess.Popen[bytes]"], contextlib.AbstractContextManager[None]]


@contextlib.contextmanager
def running(scene: Scene, **environ: str) -> Iterator["subprocess.Popen[bytes]"]:
    """The daemon with shorter waits, a bell as its alarm command; ``environ`` as ``machine_daemon`` knows it."""
    bell = shlex.join(["/bin/sh", "-c", f'echo "$MOTCUA_ALARM_STATE $MOTCUA_ALARM_KEY" >> {bell_of(scene)}'])
    settings = {"module": MODULE, "MACHINE_HASTE": str(HASTE), "MOTCUA_ALARM__COMMAND": bell}
    bell_of(scene).touch()
    with scene.running(**settings, **environ) as daemon:
        yield daemon


def bell_of(scene: Scene) -> Path:
    """Where the bell writes: not on the disk of the town, which may be full."""
    return scene.place.folder.with_name(f"{scene.place.folder.name}.bell")


def hears(scene: Scene, key: str, state: str = "raised") -> None:
    """Wait until the people on duty were told by the alarm command: the store may be what is sick."""
    scene.until(lambda: f"{state} {key}" in bell_of(scene).read_text("utf-8").splitlines())
    scene._rung.add(key.partition(":")[0])


ON_ITS_WAY = 3.0
"""Seconds from Zalo's acceptance to its answer: long enough for the trouble to begin in between on a busy machine."""


def lives_through(scene: Scene, trouble: Trouble, *, reads: bool = True, logs: bool = True, doctor: int = 0) -> None:
    """The daemon at work while its database takes no write.

    ``reads``: whether it still can be read; ``logs``: whether the log can be written; ``doctor``: the exit code of
    ``motcua doctor`` afterwards.
    """
    port = free_port()
    with running(scene, MOTCUA_HEALTH__LISTEN=f"127.0.0.1:{port}") as daemon:
        scene.file(1)
        scene.until_told(1)
        scene.place.zalo.fault("delay", path="/business/message/template", after=True, seconds=ON_ITS_WAY)
        scene.file(2)
        scene.until_told(2)  # accepted, and the answer is still on its way to us
        with trouble(scene, daemon):
            scene.file(3)
            hears(scene, f"database:{HOST}")
            scene.until(lambda: all(row["answered"] for row in scene.place.zalo.journal()))
            if logs:  # then it is seen that the answer has come, and can be written nowhere
                scene.until(lambda: "sender.fault" in scene.place.log())
            assert ask(port, "/livez")[0] == 200
            assert ask(port, "/readyz")[0] == (200 if reads else 503)
            if reads:
                scene.motcua("status")
                assert scene.codes_in(*TOLD) == {code_of(1)}
            assert set(scene.told()) == {code_of(1), code_of(2)}
        hears(scene, f"database:{HOST}", "cleared")
        scene.until_told(3)
        scene.until(lambda: len(scene.codes_in(*TOLD)) == 3)
        scene.motcua("doctor", code=doctor)
        scene.motcua("messages", "list", "--state", "unknown")
    scene.prove()


@contextlib.contextmanager
def connected(scene: Scene) -> Iterator[Connection]:
    """A hand of our own in the PostgreSQL database of the scene."""
    engine = create_engine(psycopg_url(scene.place.database), poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


class Clock:
    """The clock of the daemon's machine: a file that ``machine_daemon`` reads at every look."""

    def __init__(self, scene: Scene) -> None:
        self._file = scene.place.folder / "clock"
        self._file.write_text("0", "ascii")

    @property
    def environ(self) -> dict[str, str]:
        """For a daemon on this machine."""
        return {"MACHINE_CLOCK": str(self._file)}

    def set(self, ahead: float) -> None:
        """Set it so many seconds ahead of the truth."""
        new = self._file.with_suffix(".new")
        new.write_text(repr(ahead), "ascii")
        new.replace(self._file)
