"""Long commands on the database show what they are at on a terminal, and say nothing of it anywhere else."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from rich.progress import Task

from adapter.cli.progress import Stages, stages
from adapter.cli.restoring import COPYING, EXAMINING, HOLDING, UPGRADING, VERIFYING
from adapter.ports import Store
from adapter.store import backup as copies
from tests.cli.conftest import Run
from tests.towns import ROOT

COMMANDS = [
    (("db", "backup", "new.db"), (EXAMINING, COPYING, VERIFYING)),
    (("db", "check"), (EXAMINING, VERIFYING)),
    (("db", "restore", "copy.db", "--yes"), (EXAMINING, COPYING, UPGRADING, VERIFYING, HOLDING)),
]


@pytest.fixture
def copy(installed: Path, store: Store) -> Path:
    store.write("test", lambda tx: tx.bump("x"))
    copies.copy(installed / "data" / "motcua.db", installed / "copy.db")
    store.close()
    return installed / "copy.db"


def on_a_terminal(folder: Path, arguments: tuple[str, ...]) -> tuple[int, str, str]:
    """Run a command whose stderr is a terminal; gives its exit code, its stdout and what the terminal got."""
    ours, theirs = pty.openpty()
    environ = {"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "120", "PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "adapter", *arguments]
    process = subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    seen = b""
    while part := _read(ours):
        seen += part
    os.close(ours)
    out, _ = process.communicate()
    return process.returncode, out.decode(), seen.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the other end was closed
        return b""


@pytest.mark.parametrize(("arguments", "names"), COMMANDS)
def test_a_terminal_sees_each_stage(copy: Path, arguments: tuple[str, ...], names: tuple[str, ...]) -> None:
    code, out, seen = on_a_terminal(copy.parent, arguments)
    assert code == 0, seen
    places = [seen.find(name) for name in names]
    assert -1 not in places
    assert places == sorted(places)
    assert not any(name in out for name in names)


@pytest.mark.parametrize(("arguments", "names"), COMMANDS)
def test_a_pipe_sees_none(copy: Path, run: Run, arguments: tuple[str, ...], names: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    assert not any(name in result.output for name in names)


def test_a_stage_knows_how_far_it_is_where_that_can_be_known() -> None:
    with stages() as shown:
        for name, share, total in (("a", None, None), ("a", 0.25, 1.0), ("b", None, None), ("b", 7.0, 1.0)):
            shown.at(name, share)
            (task,) = _tasks(shown)
            assert (task.description, task.total) == (name, total)
            assert task.completed == min(share or 0.0, 1.0)


def _tasks(shown: Stages) -> list[Task]:
    return list(shown._progress.tasks)
