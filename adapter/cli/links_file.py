"""The CSV of links: read whole, every bad line named, with a hint."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from adapter.core import phones
from adapter.core.calendar import VIETNAM
from adapter.core.composed import composed
from adapter.model import Link, LinkKind, Phone, Problem, Proof, Uid

COLUMNS = ("uid", "kind", "value", "proof", "proved_at")
M = TypeVar("M", LinkKind, Proof)
_TIMES = ("%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S")


@dataclass(frozen=True, slots=True)
class _BadCellError(ValueError):
    column: str
    text: str
    hint: str = ""


def read_links(file: Path) -> tuple[list[Link], list[Problem]]:
    """Every link of a CSV file and every problem in it (file, line, column of the cell). Never shows a cell's content.

    Comma or semicolon, UTF-8 with or without a mark, as spreadsheets write it. Times without a zone are Vietnam time.
    Raises OSError.
    """
    try:
        text = composed(file.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        return [], [
            Problem(file=str(file), line=0, column=0, text="tệp không ở bảng mã UTF-8", hint="lưu lại dạng CSV UTF-8")
        ]
    heading = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in heading else ",", strict=True)
    names = _names(rows)
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        hint = "dòng đầu phải là " + ",".join(COLUMNS)
        return [], [Problem(file=str(file), line=1, column=1, text=f"thiếu cột {', '.join(missing)}", hint=hint)]
    rows.fieldnames = names
    return _read_rows(str(file), rows)


def _names(rows: "csv.DictReader[str]") -> list[str]:
    """The columns; none when the CSV reader cannot read the first line, whose columns are then all missing."""
    try:
        return [name.strip().lower() for name in rows.fieldnames or ()]
    except csv.Error:
        return []


def _read_rows(file: str, rows: "csv.DictReader[str]") -> tuple[list[Link], list[Problem]]:
    links: list[Link] = []
    problems: list[Problem] = []
    for line, cells in _lines(rows):
        try:
            links.append(_link(cells))
        except _BadCellError as bad:
            column = list(rows.fieldnames or COLUMNS).index(bad.column) + 1
            text = f"{bad.column}: {bad.text}"
            problems.append(Problem(file=file, line=line, column=column, text=text, hint=bad.hint))
    return links, problems


def _lines(rows: "csv.DictReader[str]") -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each row's cells as text; a row the CSV reader itself refuses comes as empty cells, and is then named."""
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error:
            cells = {}
        yield rows.line_num, {column: cells.get(column) or "" for column in COLUMNS}


def _link(cells: Mapping[str, str]) -> Link:
    kind = _member(LinkKind, "kind", cells)
    return Link(
        id=uuid4().hex,
        uid=_uid(cells["uid"].strip()),
        kind=kind,
        value=_value(kind, cells["value"].strip()),
        proof=_member(Proof, "proof", cells),
        proved_at=_moment(cells["proved_at"].strip()),
    )


def _uid(text: str) -> Uid:
    if re.fullmatch(r"[0-9]{5,25}", text):
        return Uid(text)
    spoilt = re.search(r"[eE]\+", text)
    hint = "bảng tính đã làm tròn số này: định dạng cột là văn bản rồi xuất lại" if spoilt else ""
    raise _BadCellError("uid", "mã người dùng Zalo chỉ gồm chữ số", hint)


def _member(kind: type[M], column: str, cells: Mapping[str, str]) -> M:
    try:
        return kind(cells[column].strip().lower())
    except ValueError:
        raise _BadCellError(column, "giá trị không có nghĩa", "một trong: " + ", ".join(kind)) from None


def _value(kind: LinkKind, text: str) -> str:
    if not text:
        raise _BadCellError("value", "để trống")
    if kind is LinkKind.DOSSIER:
        return text
    match phones.parse(text):
        case Phone(value=value):
            return value
        case phones.PhoneProblem.LANDLINE:
            raise _BadCellError("value", "đây là số máy bàn", "cần số di động")
        case _:
            raise _BadCellError("value", "đây không phải số di động Việt Nam", "ví dụ 0912 345 678")


def _moment(text: str) -> datetime:
    moment = _iso(text) or next((found for form in _TIMES if (found := _parsed(text, form))), None)
    try:
        if moment is not None:
            return (moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)).astimezone(UTC)
    except OverflowError:
        pass  # .NET writes 01/01/0001 for "never"; seven hours earlier there is no year
    raise _BadCellError("proved_at", "không đọc được thời điểm", "ví dụ 2026-11-20T09:30 hoặc 20/11/2026 09:30")


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _parsed(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is set by the caller
    except ValueError:
        return None
