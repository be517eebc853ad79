"""How data reaches stdout: a table for people on a terminal, tab-separated lines in a pipe, JSON for programs."""

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from adapter.core import rendering
from adapter.core.calendar import VIETNAM

_UNPRINTABLE = re.compile(r"[^\n\t -~]")  # to be asked one by one
_PHONE = re.compile(r"84\d{9}", re.ASCII)
_UNITS = ((86_400, "days"), (3600, "hours"), (60, "minutes"))


def shown(text: str) -> str:
    """Text as a terminal may get it: what foreign systems said could move its cursor, name its window, answer for us.

    All that is not printable shows as the replacement character; ends of lines and tabs stay.
    """
    return _UNPRINTABLE.sub(lambda found: found[0] if found[0].isprintable() else "\ufffd", text)


def print_json(value: object) -> None:
    """Print one JSON document; times as ISO 8601 in UTC, dataclasses as objects, what is not printable escaped."""
    said = json.dumps(plain(value), ensure_ascii=False, indent=2)
    click.echo(_UNPRINTABLE.sub(lambda found: found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1], said))


def plain(value: Any) -> Any:
    """The same value in what JSON knows."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows: framed on a terminal, else one line a row, cells apart by tabs, under a heading line."""
    console = Console()
    if not console.is_terminal:
        for cells in (headings, *rows):
            click.echo("\t".join(shown(cell).replace("\t", " ").replace("\n", " ") for cell in cells))
        return
    table = Table(*headings, header_style="bold")
    for cells in rows:
        table.add_row(*map(shown, cells))
    console.print(table, markup=False)


def print_facts(facts: Sequence[tuple[str, str]]) -> None:
    """Print one ``name: value`` a line."""
    for name, value in facts:
        click.echo(shown(f"{name}: {value}"))


def when(moment: datetime | None) -> str:
    """A moment in Vietnam time, as people write it; a dash for none."""
    return moment.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M:%S") if moment else "-"


def since(moment: datetime | None, now: datetime) -> str:
    """How long ago, or in how long, in the largest fitting unit; a dash for none."""
    if moment is None:
        return "-"
    seconds = (now - moment).total_seconds()
    return f"{lasting(seconds)} trước" if seconds >= 0 else f"còn {lasting(-seconds)}"


def ago(moment: datetime | None, now: datetime) -> str:
    """The same in English."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    size, unit = next(((size, unit) for size, unit in _UNITS if abs(seconds) >= size), (1, "s"))
    number = f"{abs(seconds) / size:.{int(size > 1)}f}".removesuffix(".0")
    return f"{number} {unit} {'ago' if seconds >= 0 else 'left'}"


def lasting(seconds: float) -> str:
    """A duration in the largest fitting unit, Vietnamese."""
    for size, unit in ((86_400, "ngày"), (3600, "giờ"), (60, "phút")):
        if seconds >= size:
            return f"{seconds / size:.1f}".removesuffix(".0").replace(".", ",") + f" {unit}"
    return f"{seconds:.0f} giây"


def masked(text: str) -> str:
    """A phone number, a user id or a code as a person may see it at a glance: ``0912***456``."""
    return rendering.masked(f"0{text[2:]}" if _PHONE.fullmatch(text) else text)
