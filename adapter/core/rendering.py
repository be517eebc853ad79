"""Text with placeholders into text for citizens, in one pass: what comes out of a field is never read again.

A placeholder is ``{field}``, ``{field:format}`` or, where a dossier may lawfully lack the field, ``{field|words}`` and
``{field:format|words}``. ``{{`` and ``}}`` are the braces themselves. Without words a missing field is an error, never
an empty hole.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from adapter.core.calendar import VIETNAM
from adapter.core.composed import composed
from adapter.core.graphemes import graphemes
from adapter.core.names import personal_name
from adapter.errors import MissingFieldError, TooLongError
from adapter.model import FieldValue, Param

ELLIPSIS: Final = "…"

_PIECE: Final = re.compile(r"\{\{|\}\}|\{(?P<inside>[^{}]*)\}|(?P<stray>[{}])")
_INSIDE: Final = re.compile(r"(?P<name>[a-z][a-z0-9_]*)(?::(?P<format>[a-z_]+))?(?:\|(?P<words>.+))?", re.DOTALL)
_SHOWN_AT_START: Final = 4  # 0912***456: how the law's commentators mask a phone (reference/onestop.md 5.2)
_SHOWN_AT_END: Final = 3
_MASK: Final = "***"


class TemplateTextError(ValueError):
    """A template text is malformed. The message is Vietnamese, for the admin who wrote it."""


class Placeholder(NamedTuple):
    """One hole of a template text. ``words`` None: a missing field is an error. ``shown``: what its format does."""

    name: str
    format: str
    words: str | None
    shown: Callable[[FieldValue], str]


@lru_cache(maxsize=512)  # a message says the same time on every route and in its text
def _date(value: FieldValue) -> str:
    return _moment(value).strftime("%d/%m/%Y")


@lru_cache(maxsize=512)
def _time_and_date(value: FieldValue) -> str:
    return _moment(value).strftime("%H:%M %d/%m/%Y")


def _moment(value: FieldValue) -> datetime:
    if not isinstance(value, datetime):
        raise ValueError("a date format stands on a field that is no time")  # noqa: TRY004 - documented as ValueError
    return value.astimezone(VIETNAM)


def _money(value: FieldValue) -> str:
    if not isinstance(value, int):
        raise ValueError("the money format stands on a field that is no number")  # noqa: TRY004 - the same
    return f"{value:,}".replace(",", ".") + " đồng"


def masked(value: FieldValue) -> str:
    """Enough of a number or a code to know it again, and no more: ``0912***456``; of a short one its first letter."""
    letters = graphemes(str(value))
    if len(letters) < _SHOWN_AT_START + 2 * _SHOWN_AT_END:
        return f"{letters[0]}{_MASK}" if letters else ""
    return "".join((*letters[:_SHOWN_AT_START], _MASK, *letters[-_SHOWN_AT_END:]))


def _plain(value: FieldValue) -> str:
    return _time_and_date(value) if isinstance(value, datetime) else str(value)


FORMATS: Final[Mapping[str, tuple[str, Callable[[FieldValue], str]]]] = {
    "": ("", _plain),
    "ngay": ("time", _date),
    "gio_ngay": ("time", _time_and_date),
    "tien": ("number", _money),
    "hoa": ("", lambda value: _plain(value).upper()),
    "ten": ("", lambda value: personal_name(_plain(value))),
    "che": ("", masked),
}
"""Format name -> the kind of field it needs (empty: any) and what it does. Times are shown in Vietnam time."""


def render(text: str, values: Mapping[str, FieldValue]) -> str:
    """Fill every placeholder of ``text``.

    Raises MissingFieldError for a field that ``values`` lacks (an empty text counts as lacking), TemplateTextError for
    a malformed template and ValueError for a format that does not fit its value; a checked mapping set has neither.
    """
    return "".join([piece if isinstance(piece, str) else _fill(piece, values) for piece in compile_text(text)])


def placeholders(text: str) -> tuple[tuple[str, str], ...]:
    """Return (field, format) of every placeholder in order; an empty format is none. Raises TemplateTextError."""
    return tuple((piece.name, piece.format) for piece in compile_text(text) if isinstance(piece, Placeholder))


def fit(text: str, param: Param) -> str:
    """Return ``text`` as one line of NFC that Zalo takes for ``param``: at most ``max_length`` long.

    Too long, it is cut between whole characters and ends with an ellipsis; a character beyond the basic plane counts
    twice, the more careful of two possible readings of Zalo's limit.
    Raises MissingFieldError when nothing is left to say (Zalo refuses an empty parameter), and TooLongError when the
    text is too long and ``param.cut`` forbids cutting.
    """
    line = " ".join((text if text.isascii() else composed(text)).split())
    if not line:
        raise MissingFieldError(param.name)
    if 2 * len(line) <= param.max_length or _length(line) <= param.max_length:
        return line
    if not param.cut:
        raise TooLongError(param.name, param.max_length)
    return _cut(line, param.max_length - len(ELLIPSIS)) + ELLIPSIS


@lru_cache(maxsize=2048)
def compile_text(text: str) -> tuple[str | Placeholder, ...]:
    """Split a template text into literal text and placeholders. Raises TemplateTextError."""
    pieces: list[str | Placeholder] = []
    end = 0
    for match in _PIECE.finditer(text):
        pieces.append(text[end : match.start()])
        pieces.append(_piece(match))
        end = match.end()
    pieces.append(text[end:])
    return tuple(piece for piece in pieces if piece != "")


def _piece(match: re.Match[str]) -> str | Placeholder:
    if match["stray"]:
        raise TemplateTextError(
            f"dấu «{match['stray']}» đứng lẻ; muốn in chính dấu này thì viết «{match['stray'] * 2}»"
        )
    if match["inside"] is None:
        return match[0][0]
    inside = _INSIDE.fullmatch(match["inside"])
    if inside is None:
        raise TemplateTextError(f"chỗ điền «{match[0]}» viết chưa đúng, cần dạng {{truong}} hoặc {{truong:dinh_dang}}")
    if (inside["format"] or "") not in FORMATS:
        raise TemplateTextError(f"không có định dạng «{inside['format']}»")
    format_ = inside["format"] or ""
    return Placeholder(inside["name"], format_, inside["words"], FORMATS[format_][1])


def _fill(hole: Placeholder, values: Mapping[str, FieldValue]) -> str:
    value = values.get(hole.name, "")
    if value != "":
        return hole.shown(value)
    if hole.words is None:
        raise MissingFieldError(hole.name)
    return hole.words


def _cut(line: str, room: int) -> str:
    kept: list[str] = []
    for cluster in graphemes(line):
        room -= _length(cluster)
        if room < 0:
            break
        kept.append(cluster)
    return "".join(kept).rstrip()


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
