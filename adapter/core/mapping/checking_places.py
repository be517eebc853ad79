"""Checks about offices.yaml and calendar.yaml."""

from collections.abc import Generator, Iterator
from datetime import date, timedelta
from typing import Final

from adapter.core import calendar
from adapter.core.mapping.documents import Document, Loc
from adapter.core.mapping.drafts import Drafts
from adapter.core.mapping.explaining import meant
from adapter.core.mapping.shapes_telling import CalendarFile, DaysShape, OfficesFile
from adapter.model import Calendar, Problem

_LONGEST_HOLIDAY: Final = timedelta(days=31)


def office_problems(drafts: Drafts) -> Iterator[Problem]:
    """What is wrong in offices.yaml beyond its form."""
    document, shape = drafts.documents.get("offices.yaml"), drafts.shape("offices.yaml", OfficesFile)
    written = drafts.names("offices.yaml", "offices")
    if document is None or shape is None or written is None:
        return
    for code, office in shape.offices.items():
        loc = ("offices", code)
        if office.valid_from and office.valid_to and office.valid_to < office.valid_from:
            yield document.problem((*loc, "valid_to"), "ngày kết thúc đứng trước ngày bắt đầu")
        if not office.successor:
            continue
        if office.successor not in written:
            text = f"không có đơn vị tiếp nối «{office.successor}»"
            yield document.problem((*loc, "successor"), text, meant(office.successor, written))
        elif _in_circle(code, shape):
            yield document.problem((*loc, "successor"), "các đơn vị tiếp nối nhau thành vòng tròn")
        if not office.valid_to:
            text = f"đơn vị «{code}» có đơn vị tiếp nối nhưng thiếu valid_to"
            yield document.problem((*loc, "successor"), text, "ghi ngày hoạt động cuối cùng")


def _in_circle(code: str, shape: OfficesFile) -> bool:
    seen: set[str] = set()
    step = code
    while step in shape.offices and step not in seen:
        seen.add(step)
        step = shape.offices[step].successor
    return step == code


def calendar_problems(drafts: Drafts) -> Iterator[Problem]:
    """What is wrong in calendar.yaml beyond its form."""
    document, shape = drafts.documents.get("calendar.yaml"), drafts.shape("calendar.yaml", CalendarFile)
    if document is None or shape is None:
        return
    if shape.quiet and shape.quiet.start == shape.quiet.end:
        yield document.problem(("quiet",), "giờ yên lặng trùm cả ngày thì không tin nào gửi được")
    off = yield from _days(document, "days_off", shape.days_off)
    made_up = yield from _days(document, "make_up_days", shape.make_up_days)
    without = Calendar(days_off=frozenset(off))
    for day, loc in made_up.items():
        if day in off:
            yield document.problem(loc, f"ngày {day:%d/%m/%Y} vừa là ngày nghỉ vừa là ngày làm bù")
        elif not calendar.is_day_off(day, without):
            yield document.problem(loc, f"ngày {day:%d/%m/%Y} vốn đã là ngày làm việc")


def _days(document: Document, key: str, listed: list[DaysShape]) -> Generator[Problem, None, dict[date, Loc]]:
    found: dict[date, Loc] = {}
    for number, days in enumerate(listed):
        until = days.until or days.day
        if not days.day <= until <= days.day + _LONGEST_HOLIDAY:
            yield document.problem((key, number, "until"), "until phải sau day và trong vòng một tháng")
            continue
        for offset in range((until - days.day).days + 1):
            day = days.day + timedelta(days=offset)
            if day in found:
                yield document.problem((key, number, "day"), f"ngày {day:%d/%m/%Y} ghi hai lần")
            found.setdefault(day, (key, number, "day"))
    return found
