"""What is imported only when it is needed, and that nobody notices."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from adapter.cli import main
from adapter.cli.app import COMMANDS
from adapter.cli.late import Late
from adapter.cli.messages import ACTS

ROOT = Path(__file__).parents[2]

HEAVY = {"aiohttp", "alembic", "apscheduler", "httpx", "lxml", "pydantic", "rich", "sqlalchemy", "structlog", "zeep"}
LOADED = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"


def _loaded(*lines: str) -> set[str]:
    """The packages a fresh interpreter has imported after these lines."""
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*lines, LOADED])], cwd=ROOT, check=True, text=True, capture_output=True
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("command", [*COMMANDS, *ACTS], ids=lambda command: str(command.name))
def test_each_command_says_of_itself_what_the_list_says_of_it(command: Late) -> None:
    real = command.real
    assert (real.name, real.get_short_help_str(1000)) == (command.name, command.short_help)


@pytest.mark.parametrize("asked", ["--help", "--version"])
def test_help_and_version_wait_for_no_library(asked: str) -> None:
    assert not _loaded("from adapter.cli import main", f"main(['{asked}'], standalone_mode=False)") & HEAVY


def test_the_shells_completion_waits_for_no_library() -> None:
    ask = "print([item.value for item in ShellComplete(main, {}, 'motcua', '').get_completions([], 're')])"
    lines = ["from click.shell_completion import ShellComplete", "from adapter.cli import main", ask]
    assert not _loaded(*lines) & HEAVY


def test_completion_goes_on_within_a_command() -> None:
    complete = ShellComplete(main, {}, "motcua", "_MOTCUA_COMPLETE")
    assert [item.value for item in complete.get_completions([], "re")] == ["reload", "resume"]
    assert [item.value for item in complete.get_completions(["db"], "ba")] == ["backup"]
    assert "--wait" in [item.value for item in complete.get_completions(["stop"], "--")]


@pytest.mark.parametrize("name", ["audit", "links", "messages", "pause", "reload", "status"])
def test_who_only_looks_at_the_books_waits_for_no_door(name: str) -> None:
    opened = "from adapter.wiring.books import open_store, read_mapping"
    loaded = _loaded("from adapter.cli.app import main", f"main.commands['{name}'].real", opened)
    assert "sqlalchemy" in loaded
    assert not loaded & {"aiohttp", "alembic", "apscheduler", "httpx", "requests", "zeep"}


def test_the_daemon_never_loads_what_only_migrations_need() -> None:
    assert "alembic" not in _loaded("from adapter.cli.app import main", "main.commands['run'].real")


def test_a_command_called_by_hand_is_the_real_one() -> None:
    result = CliRunner().invoke(main, ["db", "backup", "--help"])
    assert result.output.startswith("Usage: main db backup [OPTIONS] FILE"), result.output
    assert isinstance(Late("db", "db", "").real, click.Group)
    assert CliRunner().invoke(main, ["nothing"]).exit_code == click.UsageError.exit_code
