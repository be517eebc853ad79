"""Scalars of the mapping files beyond plain text: durations, sizes, days, spans of the clock, paths, patterns.

Each refuses with a Vietnamese sentence and says its own form in the JSON Schema.
"""

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from adapter.core.mapping import dates
from adapter.model import Span

_DURATION: Final = re.compile(r"([1-9]\d{0,5})([smhd])", re.ASCII)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SIZE: Final = re.compile(r"([1-9]\d{0,5})(KB|MB)", re.ASCII)
_SIZES: Final = {"KB": 1024, "MB": 1024 * 1024}
_SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s?-\s?([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_NAME: Final = r"[^\W\d][\w.\-]*"
_PATH: Final = re.compile(rf"(?:{_NAME}(?:\[[1-9]\d{{0,3}}\])?/)*(?:{_NAME}(?:\[[1-9]\d{{0,3}}\])?|@{_NAME})")
_DEEPEST: Final = 8


class Shape(BaseModel):
    """One block of a mapping file: unknown keys are refused, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def refusal(sentence: str) -> PydanticCustomError:
    """Return the error that carries a Vietnamese sentence to the admin."""
    return PydanticCustomError("said", "{sentence}", {"sentence": sentence})


def _duration(value: object) -> timedelta:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise refusal("cần một khoảng thời gian như 30s, 3m, 2h hoặc 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _size(value: object) -> int:
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise refusal("cần một dung lượng như 512KB hoặc 64MB")
    return int(match[1]) * _SIZES[match[2]]


def _span(value: object) -> Span:
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise refusal("cần một khoảng giờ như 21:00-07:00")
    start_hour, start_minute, end_hour, end_minute = map(int, match.groups())
    return Span(start=time(start_hour, start_minute), end=time(end_hour, end_minute))


def _day(value: object) -> date:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise refusal("cần một ngày dạng năm-tháng-ngày, ví dụ 2026-02-17")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise refusal("ngày này không có trong lịch") from None


def _path(value: object) -> str:
    if not isinstance(value, str) or not _PATH.fullmatch(value) or value.count("/") >= _DEEPEST:
        raise refusal("đường dẫn viết chưa đúng; cần dạng MaHoSo, A/B, A[2]/B hoặc A/@b")
    return value


def _pattern(value: object) -> str:
    return _said(dates.check_pattern, value)


def _window_pattern(value: object) -> str:
    return _said(dates.strftime_pattern, value)


def _said(check: Callable[[str], object], value: object) -> str:
    if not isinstance(value, str):
        raise refusal("cần một mẫu ngày giờ như dd/MM/yyyy HH:mm:ss")
    try:
        check(value)
    except ValueError as error:
        raise refusal(str(error)) from None
    return value


def _schema(pattern: str, *examples: str) -> WithJsonSchema:
    schema: dict[str, Any] = {"type": "string", "examples": list(examples)}
    return WithJsonSchema(schema | ({"pattern": f"^{pattern}$"} if pattern else {}))


def listed(value: object) -> object:
    """Let an empty value stand for an empty list."""
    return [] if value == "" else value


Duration = Annotated[timedelta, BeforeValidator(_duration), _schema("[1-9][0-9]{0,5}[smhd]", "3m", "1h", "2d")]
Size = Annotated[int, BeforeValidator(_size), _schema("[1-9][0-9]{0,5}(KB|MB)", "64MB")]
ClockSpan = Annotated[Span, BeforeValidator(_span), _schema("", "21:00-07:00")]
Day = Annotated[date, BeforeValidator(_day), _schema("[0-9]{4}-[0-9]{2}-[0-9]{2}", "2026-02-17")]
Path = Annotated[str, BeforeValidator(_path), _schema("", "MaHoSo", "GiayTo[2]/Ten", "@ma")]
DatePattern = Annotated[str, BeforeValidator(_pattern), _schema("", "dd/MM/yyyy HH:mm:ss", "iso")]
WindowPattern = Annotated[str, BeforeValidator(_window_pattern), _schema("", "dd/MM/yyyy HH:mm:ss")]
Text = Annotated[str, StringConstraints(min_length=1)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
"""A name of ours: lower case without diacritics, digits and underscores."""
