"""deploy/SECURITY.md: every control has a test, and every test it names exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "deploy" / "SECURITY.md").read_text("utf-8").splitlines()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in LINES if line.startswith("| ") and "::" in line
]
NAMED = sorted({name for row in ROWS for name in re.findall(r"`([^`]+::[^`]+)`", row[2])})


def functions_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize("name", NAMED)
def test_a_named_test_exists(name: str) -> None:
    file, _, function = name.partition("::")
    assert function in functions_in(ROOT / file)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_each_line_has_a_threat_a_control_and_a_test(row: list[str]) -> None:
    threat, control, tests = row
    assert " / " in threat, "Vietnamese and English"
    assert control
    assert re.fullmatch(r"(`tests/[\w/]+\.py::test_\w+` ?)+", tests)


def test_every_test_of_this_room_stands_in_the_table() -> None:
    mine = {path for path in Path(__file__).parent.glob("test_*.py") if path.name != Path(__file__).name}
    assert {path.name for path in mine} <= {Path(name.partition("::")[0]).name for name in NAMED}
    assert len(ROWS) > 25
