"""The operators' table of deploy/README.md, "Khi nào thì sao / What happens when", as the tests read it."""

import re
from dataclasses import dataclass
from pathlib import Path

HANDBOOK = Path(__file__).parents[2] / "deploy" / "README.md"
TITLE = "## Khi nào thì sao / What happens when"
COLUMNS = (
    "chuyện / event",
    "dừng / stops",
    "vẫn chạy / goes on",
    "cảnh báo / alarm",
    "làm gì / what to do",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. ``id``: the code word that its event begins with."""

    id: str
    cells: tuple[str, ...]  #: the five columns

    @property
    def alarms(self) -> set[str]:
        """The kinds of alarm of ours that it promises; those of Prometheus begin with ``Motcua``."""
        named = re.findall(r"`([^`]+)`", self.cells[3])
        return {name.partition(":")[0] for name in named if not name.startswith(("Motcua", "motcua "))}

    @property
    def commands(self) -> set[tuple[str, ...]]:
        """The words of every ``motcua`` command that it tells operators to give; capitals stand for their own words."""
        told = re.findall(r"`motcua ([^`]+)`", self.cells[4])
        each = [command.removeprefix("motcua ") for line in told for command in line.split(" && ")]
        return {tuple(word for word in command.split() if not word.isupper()) for command in each}


def section() -> list[str]:
    """The lines of the section, without its title."""
    text = HANDBOOK.read_text("utf-8").partition(f"{TITLE}\n")[2]
    return text.partition("\n## ")[0].splitlines()


def lines() -> list[tuple[str, ...]]:
    """The lines of the section's table as cells: the heading, the rule under it, and the rows."""
    table = [line for line in section() if line.startswith("|")]
    return [tuple(cell.strip() for cell in line.strip().strip("|").split("|")) for line in table]


def rows() -> dict[str, Row]:
    """The rows by id. A row without an id stands under its whole first cell, which fits no id."""
    found: dict[str, Row] = {}
    for cells in lines()[2:]:
        named = re.match(r"`([a-z0-9-]+)` ", cells[0])
        name = named[1] if named else cells[0]
        assert name not in found, f"two rows of the table have the id {name}"
        found[name] = Row(id=name, cells=cells)
    return found
