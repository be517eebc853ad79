"""Date patterns as admins write them (``dd/MM/yyyy HH:mm:ss``) into readers of one-stop dates.

One-stop dates carry no zone and mean Vietnam local time (reference/onestop.md 0.8); at least seven shapes are seen.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from adapter.core.calendar import VIETNAM

DateReader = Callable[[str], datetime | None]

_TOKENS: Final = {
    "yyyy": ("year", r"\d{4}", "%Y"),
    "MM": ("month", r"\d{2}", "%m"),
    "M": ("month", r"\d{1,2}", ""),
    "dd": ("day", r"\d{2}", "%d"),
    "d": ("day", r"\d{1,2}", ""),
    "HH": ("hour", r"\d{2}", "%H"),
    "H": ("hour", r"\d{1,2}", ""),
    "hh": ("hour", r"\d{2}", ""),
    "h": ("hour", r"\d{1,2}", ""),
    "mm": ("minute", r"\d{2}", "%M"),
    "ss": ("second", r"\d{2}", "%S"),
    "fff": ("fraction", r"\d{1,7}", ""),
    "tt": ("half", "SA|CH|AM|PM|sa|ch|am|pm", ""),
}
_TOKEN: Final = re.compile("yyyy|fff|MM?|dd?|HH?|hh?|mm|ss|tt|[A-Za-z]+")
_AFTERNOON: Final = frozenset({"CH", "PM"})
_NOON: Final = 12
# Outside these years a date is a sentinel (0001-01-01, 1753-01-01, 1900-01-01, 9999-12-31) or a slip of the hand.
_FIRST_YEAR: Final = 1901
_LAST_YEAR: Final = 2999


def check_pattern(pattern: str) -> None:
    """Raise ValueError, in Vietnamese, when ``pattern`` is no date pattern."""
    if pattern not in _NAMED:
        _compiled(pattern)


def strftime_pattern(pattern: str) -> str:
    """Return a pattern with only fixed-width parts as ``strftime`` writes it. Raises ValueError, in Vietnamese."""
    _compiled(pattern)

    def part(match: re.Match[str]) -> str:
        if not (code := _TOKENS[match[0]][2]):
            raise ValueError(f"không dùng «{match[0]}» khi ghi thời gian; dùng yyyy MM dd HH mm ss")
        return code

    return _TOKEN.sub(part, pattern.replace("%", "%%"))


@lru_cache(maxsize=128)
def date_reader(pattern: str) -> DateReader:
    """Return a function from text to an aware UTC moment, None for text of another shape or a sentinel date."""
    if pattern in _NAMED:
        return _NAMED[pattern]
    shape, names = _compiled(pattern)
    match_whole = shape.fullmatch
    if names == ("day", "month", "year", "hour", "minute", "second"):
        return lambda text: _usual(match_whole(text))
    return lambda text: _any(match_whole(text))


def _usual(match: re.Match[str] | None) -> datetime | None:
    """The common order, without the detour over names: this runs several times a record."""
    if match is None:
        return None
    day, month, year, hour, minute, second = map(int, match.groups())
    return _moment((year, month, day), (hour, minute, second, 0))


def _any(match: re.Match[str] | None) -> datetime | None:
    if match is None:
        return None
    parts = match.groupdict()
    half = parts.pop("half", None)
    fraction = parts.pop("fraction", None) or "0"
    numbers = {name: int(text) for name, text in parts.items()}
    hour = numbers.get("hour", 0)
    if half is not None:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half.upper() in _AFTERNOON else 0)
    micro = int(fraction[:6].ljust(6, "0"))
    day = (numbers["year"], numbers["month"], numbers["day"])
    return _moment(day, (hour, numbers.get("minute", 0), numbers.get("second", 0), micro))


def _moment(day: tuple[int, int, int], clock: tuple[int, int, int, int]) -> datetime | None:
    if not _FIRST_YEAR <= day[0] <= _LAST_YEAR:
        return None
    try:
        return datetime(*day, *clock, tzinfo=VIETNAM).astimezone(UTC)
    except ValueError:
        return None


def _iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)).astimezone(UTC)


def _iso_local(text: str) -> datetime | None:
    """As ISO 8601, but what the source writes as ``Z`` or an offset is not believed (reference/onestop.md 3.2)."""
    return _iso(re.sub(r"(?:Z|[+-]\d{2}:?\d{2})$", "", text))


def _epoch(text: str) -> datetime | None:
    match = re.fullmatch(r"(?:/Date\()?(\d{9,13})(?:[+-]\d{4})?(?:\)/)?", text, re.ASCII)
    if match is None:
        return None
    number = int(match[1])
    milliseconds = len(match[1]) > 10 or text.startswith("/")  # noqa: PLR2004 - ten digits of seconds last until 2286
    return datetime.fromtimestamp(number / 1000 if milliseconds else number, tz=UTC)


_NAMED: Final[dict[str, DateReader]] = {"iso": _iso, "iso_local": _iso_local, "epoch": _epoch}


@lru_cache(maxsize=128)
def _compiled(pattern: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    names: list[str] = []
    shape, end = "", 0
    for match in _TOKEN.finditer(pattern):
        if match[0] not in _TOKENS:
            known = "yyyy MM dd HH mm ss, hoặc iso, iso_local, epoch"
            raise ValueError(f"mẫu ngày có ký hiệu lạ «{match[0]}»; dùng {known}")
        name, digits, _ = _TOKENS[match[0]]
        shape += f"{re.escape(pattern[end : match.start()])}(?P<{name}>{digits})" if name not in names else "(?!)"
        names.append(name)
        end = match.end()
    _sensible(names, pattern)
    return re.compile(shape + re.escape(pattern[end:]), re.ASCII), tuple(names)


def _sensible(names: list[str], pattern: str) -> None:
    if len(names) != len(set(names)):
        raise ValueError("mẫu ngày lặp lại một thành phần; MM là tháng, mm là phút, HH là giờ")
    if not {"year", "month", "day"} <= set(names):
        raise ValueError("mẫu ngày cần đủ ngày (dd), tháng (MM) và năm (yyyy)")
    if ("h" in pattern) != ("half" in names):
        raise ValueError("giờ 12 (hh) phải đi cùng sáng/chiều (tt); nếu là giờ 24 thì viết HH")
