"""The truth as JSON: one line for each moment of the timeline."""

import json
from pathlib import Path
from typing import Self

from adapter.simulators.onestop import records
from adapter.simulators.onestop.province import Moment


def line(moment: Moment, *, fields: bool) -> bytes:
    """One moment as a line of UTF-8 JSON: at (UTC, ISO 8601), kind, code, office, status, updated (as on the wire).

    With `fields` also every value of the record, names and numbers included: they are invented, but treat them alike.
    """
    record = moment.record
    shown: dict[str, object] = {
        "at": moment.at.isoformat(),
        "kind": moment.kind,
        "code": record.code,
        "office": record.office,
        "status": record.status,
        "updated": records.vietnam_text(record.updated_at),
    }
    if fields:
        shown["fields"] = record.values()
    return json.dumps(shown, ensure_ascii=False).encode() + b"\n"


class Journal:
    """A file that every moment is appended to as it happens, flushed line by line. A context manager."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")

    def write(self, moment: Moment) -> None:
        """Append one moment with all its fields."""
        self._file.write(line(moment, fields=True))
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
