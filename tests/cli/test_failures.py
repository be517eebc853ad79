"""Exit codes: one table, and every problem on its own line."""

from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from adapter.cli import main
from adapter.cli.app import COMMANDS
from adapter.cli.failures import failure
from adapter.cli.late import Late
from adapter.cli.telling import told
from adapter.errors import (
    AdapterError,
    BookError,
    ConfigError,
    KeysError,
    LeaseLostError,
    MappingError,
    MissingFieldError,
    RecordError,
    SourceError,
    SourceFault,
    StoreError,
    TokenLostError,
    TooLongError,
)
from adapter.model import Problem
from adapter.store.faults import PassingError
from tests.cli.conftest import Run

PROBLEM = Problem(file="fields.yaml", line=3, column=5, text="sai")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError(["a", "b"]), 78),
        (MappingError([PROBLEM]), 65),
        (RecordError("ma_ho_so", "missing"), 65),
        (SourceError(SourceFault.TIMEOUT, "slow"), 75),
        (SourceError(SourceFault.REFUSED, "no"), 1),
        (PassingError("locked"), 75),
        (LeaseLostError("gone"), 75),
        (StoreError("broken"), 1),
        (KeysError("gone"), 78),
        (TokenLostError("lost"), 1),
        (BookError("remainder"), 1),
    ],
)
def test_each_error_has_its_exit_code(error: AdapterError, code: int) -> None:
    assert failure(error).exit_code == code


def kinds(error: type[AdapterError]) -> Iterator[type[AdapterError]]:
    for kind in error.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_every_kind_of_error_is_told_in_both_languages() -> None:
    """MissingFieldError and TooLongError become a message's fate and reach no operator as a failure."""
    own = [kind for kind in kinds(AdapterError) if kind.__module__.startswith("adapter.")]
    silent = {MissingFieldError, TooLongError, ConfigError, MappingError}  # the last two name each problem
    for kind in set(own) - silent:
        error = kind.__new__(kind)
        Exception.__init__(error, "db revision: OperationalError")
        vietnamese, _, english = told(error).partition(" / ")
        assert vietnamese != "lỗi", kind
        assert not vietnamese.isascii()
        assert english.isascii()
        assert english.endswith(": db revision: OperationalError")


def test_every_problem_of_the_settings_stands_on_its_own_line(installed: Path, run: Run) -> None:
    (installed / "motcua.toml").write_text("[zalo]\nslots = 999\nappid = 'x'\n", encoding="utf-8")
    result = run("status")
    assert result.exit_code == 78
    assert [line.startswith("motcua: ") for line in result.stderr.splitlines()] == [True, True]
    assert "zalo.slots: không được quá 256 / must be 256 or less" in result.stderr
    assert "zalo.appid: không có khóa này / no such key (có phải là app_id?)" in result.stderr
    assert result.stdout == ""


def test_settings_in_a_folder_we_may_not_enter_are_a_matter_of_configuration(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else systemd would start the daemon again and again over rights that only a person can mend."""

    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setenv("MOTCUA_CONFIG", "/etc/motcua/motcua.toml")
    monkeypatch.setattr(Path, "is_file", refuse)
    for command in ("status", "run"):
        result = run(command)
        assert result.exit_code == 78
        assert "/etc/motcua/motcua.toml: không đọc được / cannot be read: Permission denied" in result.stderr
    assert "✗ cấu hình: /etc/motcua/motcua.toml" in run("doctor").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("pause", "--all", "--reason", "t\udca1m d\udcf5ng"),
        ("pause", "--all", "--reason=t\udca1m"),
        ("messages", "show", "\udcff"),
        ("messages", "cancel", "--run", "\udcff", "--yes"),
        ("\udcff",),
    ],
)
def test_words_from_a_terminal_that_is_not_utf8_are_refused_and_it_says_why(run: Run, words: tuple[str, ...]) -> None:
    """Python hands such bytes on as lone surrogates, which no database takes."""
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "UTF-8" in result.stderr


def test_no_settings_anywhere_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["status"])
    assert (result.exit_code, "motcua init" in result.stderr) == (78, True)


def test_a_database_that_was_not_upgraded_is_told(installed: Path, run: Run) -> None:
    (installed / "data/motcua.db").unlink()
    result = run("status")
    assert result.exit_code == 1
    assert 0 < result.stderr.index("motcua db restore") < result.stderr.index("motcua db upgrade")
    assert run("db", "current").exit_code == 1
    assert run("poll").exit_code == 1
    assert not (installed / "data/motcua.db").exists(), "looking for it makes none"
    assert run("db", "upgrade").exit_code == 0
    assert run("status").exit_code == 0


@pytest.mark.parametrize("command", [("status",), ("run",), ("db", "upgrade"), ("db", "check")])
def test_missing_keys_are_a_matter_of_configuration(installed: Path, run: Run, command: tuple[str, ...]) -> None:
    (installed / "secrets/keys.json").unlink()
    result = run(*command)
    assert result.exit_code == 78
    assert "keys.json" in result.stderr


def no_database(file: Path) -> None:
    file.write_bytes(b"no database" * 1000)


def cut_short(file: Path) -> None:
    with file.open("r+b") as database:
        database.truncate(100_000)


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    ("harm", "todo"),
    [(no_database, "motcua db restore FILE"), (cut_short, "motcua db restore FILE"), (a_folder, "chown")],
)
@pytest.mark.parametrize("command", [("status",), ("run",), ("balance",), ("db", "check")])
def test_a_database_that_cannot_be_used_says_what_to_do(
    installed: Path, run: Run, harm: Callable[[Path], None], todo: str, command: tuple[str, ...]
) -> None:
    harm(installed / "data/motcua.db")
    result = run(*command)
    assert result.exit_code == 1
    assert todo in result.stderr


@pytest.mark.parametrize("harm", [Path.unlink, lambda keys: keys.write_text("{"), lambda keys: keys.write_text("[1]")])
def test_keys_that_cannot_be_used_say_what_to_do(installed: Path, run: Run, harm: Callable[[Path], None]) -> None:
    """Whoever makes new ones at 3 a.m. loses every personal value."""
    harm(installed / "secrets/keys.json")
    result = run("status")
    assert result.exit_code == 78
    assert "make no new ones" in result.stderr


@pytest.mark.parametrize("command", [("status",), ("run",), ("deliver",)])
def test_a_server_that_cannot_be_reached_is_for_later(
    run: Run, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTCUA_STORE__URL", "postgresql://motcua:hush@127.0.0.1:1/motcua")
    result = run(*command)
    assert result.exit_code == 75
    assert "PostgreSQL" in result.stderr
    assert "store.url" in result.stderr
    assert "hush" not in result.output


def test_every_command_explains_itself_in_both_languages_with_an_example() -> None:
    commands: list[tuple[list[str], click.Command]] = [([command.name or ""], command) for command in COMMANDS]
    seen = 0
    while commands:
        path, command = commands.pop()
        command = command.real if isinstance(command, Late) else command
        text = CliRunner().invoke(main, [*path, "--help"]).output
        assert "Ví dụ / Example:" in text, path
        first, _, second = (command.help or "").partition("\n\n")
        assert not first.isascii(), path
        assert second.isascii() or "Ví dụ" in second, path
        commands += [([*path, name], inner) for name, inner in getattr(command, "commands", {}).items()]
        seen += 1
    assert seen > 25
