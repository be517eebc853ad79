"""Every command that an alarm, the doctor, an error, an alert or the handbook tells people to give: it can be given."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import click
import pytest

from adapter.cli import main
from adapter.cli.late import Late

ROOT = Path(__file__).parents[1]
PAPERS = ("deploy/README.md", "deploy/alerts.yml", "deploy/setup", "deploy/motcua.service", "README.md")
PROSE = {"a", "does"}  #: "motcua does not know …" is no command
OTHERS = re.compile(
    r"\b(?:systemctl|createuser|createdb|runuser|journalctl)\b[^`;,:()\n&]*$"
)  #: whose words name the user
WHOLE = {"pause", "resume", "release", "cancel"}  #: they ask for a choice that click alone does not demand
GIVEN = "CHỖ_NÀY"  #: stands for what a sentence fills in


@dataclass(frozen=True, slots=True)
class Named:
    """A command as a text names it."""

    where: str
    words: tuple[str, ...]


def sentences(path: Path) -> Iterator[str]:
    """The strings of a module that people may read; what is filled in stands as a word of its own."""
    tree = ast.parse(path.read_text("utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body
        if isinstance(node.body[0], ast.Expr)
    }
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else filled(part) for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs | parts:
            yield node.value


def filled(part: ast.expr) -> str:
    """A scope is an option's name; anything else somebody's word."""
    return "channel" if ast.unparse(part) == "{pause.scope}" else GIVEN


def named(where: str, text: str) -> Iterator[Named]:
    """The commands of a text, up to where its own words go on."""
    for found in re.finditer(r"(?<![\w/.-])motcua (?=[a-z])([^`;,()\n\"'…|&]+)", text):
        words = found[1].split()
        if words[0] not in PROSE and not OTHERS.search(text[: found.start()]):
            yield Named(where, tuple(words))


def every() -> list[Named]:
    found = [
        one
        for path in sorted((ROOT / "adapter").rglob("*.py"))
        if not path.name.startswith("demo_")  # it tells what it has done itself
        for text in sentences(path)
        for one in named(path.relative_to(ROOT).as_posix(), re.sub(r"\s+", " ", text))
    ]
    return found + [one for paper in PAPERS for one in named(paper, (ROOT / paper).read_text("utf-8"))]


def leaf(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the first words name, and the words after it. Raises LookupError."""
    command: click.Command = main
    rest = list(words)
    while isinstance(command, click.Group) and rest:
        name = rest[0].rstrip(".:")
        if name.startswith("-"):
            break
        if name not in command.commands:
            raise LookupError(f"there is no command {name}")
        command = command.commands[name]
        ended = rest.pop(0) != name
        command = command.real if isinstance(command, Late) else command
        if ended:
            return command, []
    return command, rest


def arguments(command: click.Command, rest: list[str]) -> list[str]:
    """What belongs to the command of the words after it: options with their values, and words that stand for others."""
    valued = {opt for p in command.params if isinstance(p, click.Option) and not p.is_flag for opt in p.opts}
    kept: list[str] = []
    for word in rest:
        bare = word.rstrip(".:")
        if not (word.startswith("--") or (kept and kept[-1] in valued) or stands_for_another(bare)):
            break
        kept.append(bare)
        if bare != word:
            break
    return kept


def stands_for_another(word: str) -> bool:
    return word == GIVEN or word.isupper() or any(mark in word for mark in "/:.")


@pytest.mark.parametrize("one", every(), ids=lambda one: f"{one.where}: {' '.join(one.words[:4])}")
def test_the_command_can_be_given(one: Named) -> None:
    command, rest = leaf(list(one.words))
    assert not isinstance(command, click.Group), "a group alone does nothing"
    given = arguments(command, rest)
    options = {opt for param in command.params for opt in param.opts} | {"--help"}
    assert {word for word in given if word.startswith("--")} <= options
    assert command.name not in WHOLE or given, "it asks which"
    needed = [p for p in command.params if isinstance(p, click.Argument) and p.required]
    free = list(takewhile(lambda word: not word.startswith("--"), given))
    assert len(free) >= len(needed) or "--help" in given, "it asks of what"


def test_the_search_finds_the_alarms_the_doctor_and_the_papers() -> None:
    where = {one.where for one in every()}
    assert {"adapter/steps/duty.py", "adapter/cli/doctor_house.py", "deploy/alerts.yml", "deploy/README.md"} <= where


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("motcua mesages list", "no command"),
        ("motcua messages release --state held", "options"),
        ("motcua resume.", "it asks which"),
        ("motcua messages show", "it asks of what"),
    ],
)
def test_the_test_notices_what_cannot_be_given(text: str, why: str) -> None:
    (one,) = named("here", text)
    with pytest.raises((LookupError, AssertionError)):
        test_the_command_can_be_given(one)
    assert why
