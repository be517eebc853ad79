"""Raw strings of a record into clean text, and the named transforms that admins choose from."""

import html
import re
from collections.abc import Callable, Mapping
from typing import Final

from adapter.core.composed import composed
from adapter.core.names import personal_name

Transform = Callable[[str], str]

# Invisible characters, blanks that do not break, and the Icelandic letter often typed for Đ (onestop.md 3.2 "Text").
_STRANGE: Final = {
    **dict.fromkeys((0x00AD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF)),
    **dict.fromkeys((0x00A0, 0x2007, 0x202F), " "),
    0x00D0: "Đ",
    0x00F0: "đ",
}
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# What systems write for "nothing" (onestop.md 3.2 "Null"). The lone 0 is left out: it is a real code and a real fee.
_NOTHING: Final = frozenset({"null", "n/a", "không có", "khong co", "-", "--", "–", "—"})
_LONGEST_NOTHING: Final = max(map(len, _NOTHING))
_BREAKS: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
_NO_SIGN: Final = re.compile("&#[0-9]{10,};?")  # of thousands of digits html.unescape makes no number: it raises
_MONEY: Final = re.compile(
    r"(\d+|\d{1,3}(?:[.,\s]\d{3})+)(?:[.,]0{1,2})?\s*(?:đ|đồng|vnđ|vnd)?", re.ASCII | re.IGNORECASE
)
_NOT_DIGIT: Final = re.compile("[^0-9]")
_LONGEST_NUMBER: Final = 15


def clean(raw: str) -> str:
    """Return text without blanks around it, in NFC, free of control and invisible characters; ``""`` for "nothing"."""
    text = raw.strip()
    if not text.isascii():
        text = composed(text.translate(_STRANGE)).strip()
    if not text.isprintable():
        text = _CONTROLS.sub("", text).strip()
    return "" if len(text) <= _LONGEST_NOTHING and text.casefold() in _NOTHING else text


def whole_number(text: str) -> int | None:
    """Return a count or an amount in đồng: ``135000``, ``135.000``, ``135,000 đ``; None for anything else.

    A lone group of three digits after a dot or comma is thousands, as Vietnam writes them; only zeros are decimals.
    """
    match = _MONEY.fullmatch(text)
    digits = _NOT_DIGIT.sub("", match[1]) if match else ""
    return int(digits) if 0 < len(digits) <= _LONGEST_NUMBER else None


def _collapse(text: str) -> str:
    return " ".join(text.split())


def _unescape(text: str) -> str:
    return _unescaped(_BREAKS.sub(" ", _unescaped(text)))


def _unescaped(text: str) -> str:
    return html.unescape(_NO_SIGN.sub("\ufffd", text))


def _digits(text: str) -> str:
    return _NOT_DIGIT.sub("", text)


TRANSFORMS: Final[Mapping[str, Transform]] = {
    "upper": str.upper,
    "title_name": personal_name,
    "collapse_spaces": _collapse,
    "digits": _digits,
    "unescape": _unescape,
}
"""Transform by name. ``office_name`` is known besides; it needs the list of offices and is made by the reader."""
