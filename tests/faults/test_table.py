"""The table that operators read says what the tests have seen: no row without a test, no test without a row."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapter.cli import main
from tests.faults.table import COLUMNS, Row, lines, rows, section

TESTS = Path(__file__).parents[1]
ROWS = list(rows().values())


def marked() -> Iterator[tuple[str, str]]:
    """(id, file) of every ``pytest.mark.fault(id)`` under tests."""
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.fault":
                for name in node.args:
                    assert isinstance(name, ast.Constant), f"{path.name}: a fault's id is written out"
                    yield str(name.value), path.name


def test_every_row_has_a_test_and_every_test_its_row() -> None:
    tested = Counter(name for name, _ in marked())
    assert set(tested) - {row.id for row in ROWS} == set(), "tests without a row"
    assert {row.id for row in ROWS} - set(tested) == set(), "rows without a test"


def test_every_test_of_this_room_is_about_a_row() -> None:
    ours = {path.name for path in Path(__file__).parent.glob("test_*.py")} - {Path(__file__).name}
    assert ours <= {file for _, file in marked()}


def test_the_table_has_its_five_columns_in_both_languages() -> None:
    head, rule, *body = lines()
    assert head == COLUMNS
    assert set(rule) == {"---"}
    assert [row[0] for row in body if len(row) != len(COLUMNS)] == []
    assert len(body) > 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_each_cell_says_something_in_both_languages(row: Row) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row.id), "the event begins with its id in backticks"
    for cell in row.cells:
        words = re.sub(r"`[^`]*`", "", cell)
        assert cell == "—" or " / " in words or not re.search(r"\w", words), cell


@pytest.mark.parametrize("row", [row for row in ROWS if row.commands], ids=lambda row: row.id)
def test_each_command_is_one_the_program_has(row: Row) -> None:
    for words in row.commands:
        names = list(takewhile(lambda word: not word.startswith("--"), words))
        explained = CliRunner().invoke(main, [*names, "--help"])
        assert explained.exit_code == 0, " ".join(words)
        options = {word for word in words if word.startswith("--")}
        assert options <= set(re.findall(r"--[a-z-]+", explained.output)), " ".join(words)


def test_the_section_says_how_to_find_a_row() -> None:
    assert any("motcua status" in line for line in section() if not line.startswith("|"))
