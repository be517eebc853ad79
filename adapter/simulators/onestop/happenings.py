"""What happens to a dossier, as a value: told by a story, by a test, or over the control endpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from adapter.simulators.onestop import records


class OrderError(ValueError):
    """An order sent to the control endpoint has not the shape it must have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """A date that is only known when the happening is applied: so many seconds later, or a due date.

    With `working_days` set it means 17:00 Vietnam time on that many weekdays from the day of the happening (negative:
    before it; zero: the same day, or the next weekday from 15:00 on, the usual cut-off). Holidays count as weekdays:
    the imitation has no calendar.
    """

    seconds: int = 0
    working_days: int | None = None

    def from_moment(self, now: datetime) -> datetime:
        """The date this stands for when the happening is applied at `now` (aware)."""
        if self.working_days is None:
            return now + timedelta(seconds=self.seconds)
        step = timedelta(days=1 if self.working_days >= 0 else -1)
        day = now.astimezone(records.VIETNAM)
        too_late_for_today = day.hour >= 15 or day.weekday() >= 5
        left = abs(self.working_days) or int(too_late_for_today)
        while left:
            day += step
            left -= day.weekday() < 5
        return day.replace(hour=17, minute=0, second=0, microsecond=0)


NOW = After()
"""The moment of the happening itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happens to one dossier, `after_seconds` of story time from the beginning.

    `office` names the office that holds the dossier; it may stay empty when only one office uses the code. A code the
    province does not know yet is opened with `changes` as its first values. A change of MaDonVi moves the dossier.
    """

    after_seconds: float
    code: str
    changes: Mapping[str, str | After]
    office: str = ""

    def resolved(self, now: datetime) -> dict[str, str]:
        """The changes as D1 writes them when applied at `now`."""
        return {
            name: records.vietnam_text(value.from_moment(now)) if isinstance(value, After) else value
            for name, value in self.changes.items()
        }


def from_json(document: object) -> Happening:
    """Read a happening sent to the control endpoint.

    `{"code": …, "office"?: …, "changes": {field: text | {"seconds": n} | {"working_days": n}}}`. Raises OrderError.
    """
    if not isinstance(document, dict) or not isinstance(document.get("code"), str):
        raise OrderError('a happening is an object with a text "code"')
    changes = document.get("changes")
    if not isinstance(changes, dict):
        raise OrderError('a happening has an object "changes"')
    return Happening(
        after_seconds=0.0,
        code=document["code"],
        office=str(document.get("office", "")),
        changes={str(name): _value(value) for name, value in changes.items()},
    )


def _value(value: object) -> str | After:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and len(value) == 1 and set(value) <= {"seconds", "working_days"}:
        number = next(iter(value.values()))
        if isinstance(number, int):
            return After(**cast(dict[str, int], value))
    raise OrderError('a value is text, {"seconds": n} or {"working_days": n}')
