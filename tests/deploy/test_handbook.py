"""deploy/README.md names everything an operator may meet: alarms, alerts, settings, scripts."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapter.config.problems import keys_of
from adapter.config.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
HANDBOOK = (DEPLOY / "README.md").read_text("utf-8")
ROWS = [re.findall(r"`([^`]+)`", line.split("|")[1]) for line in HANDBOOK.splitlines() if line.startswith("| `")]


def alarm_kinds() -> Iterator[str]:
    """The first word of every key that the program raises an alarm with."""
    for path in (ROOT / "adapter").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        words = {
            node.target.id: node.value.value
            for node in ast.walk(tree)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
            if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "raise_":
                yield first_word(node.args[0], words)


def first_word(key: ast.expr, words: dict[str, str]) -> str:
    match key:
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]) | ast.Constant(value=str(start)):
            return start.partition(":")[0]
        case ast.Name(id=name):
            return words[name]
        case _:
            pytest.fail(f"an alarm whose key cannot be read: {ast.unparse(key)}")


def test_every_alarm_has_its_line() -> None:
    told = {name.partition(":")[0] for row in ROWS for name in row}
    kinds = set(alarm_kinds())
    assert {"source", "mapping", "zalo-token-lost"} <= kinds  # the search itself works
    assert kinds - told == set()


def test_every_alert_has_its_line() -> None:
    alerts = set(re.findall(r"- alert: (\w+)", (DEPLOY / "alerts.yml").read_text("utf-8")))
    assert alerts ^ {name for row in ROWS for name in row if name.startswith("Motcua")} == set()


@pytest.mark.parametrize("section", Settings.model_fields)
def test_every_setting_has_its_line(section: str) -> None:
    told = {name.removeprefix(f"{section}.") for row in ROWS for name in row if row[0].startswith(f"{section}.")}
    assert set(keys_of(section)) - told == set()


def test_every_file_of_the_folder_is_named() -> None:
    words = set(re.findall(r"[\w.@-]+", HANDBOOK))
    aside = {"README.md", "postgres"} | {path.name for path in DEPLOY.glob("requirements*.lock")}
    assert {path.name for path in DEPLOY.iterdir() if path.is_file()} - words - aside == set()


def test_every_link_within_the_page_leads_somewhere() -> None:
    """GitHub's anchors: lower case, punctuation gone, a hyphen for each space."""
    titles = re.findall(r"^#+ (.+)$", HANDBOOK, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    links = re.findall(r"\]\(#([^)]+)\)", HANDBOOK)
    assert links
    assert set(links) - anchors == set()
