"""From what a desk typed into the phone field to one mobile number that Zalo takes (reference/onestop.md 8.1)."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final

from adapter.model import Phone


class PhoneProblem(StrEnum):
    """Why a phone field gives no number to write to."""

    NONE = "none"  #: nothing typed, or words and zeros that say "none"
    BAD = "bad"  #: something typed that is no Vietnamese number
    LANDLINE = "landline"  #: a fixed line, which cannot have Zalo


# The switch of 2018-09-15: eleven digits became ten, the last seven stayed. Older dossiers still hold the old form.
_OLD_PREFIXES: Final = {
    "0120": "070",
    "0121": "079",
    "0122": "077",
    "0126": "076",
    "0128": "078",  # MobiFone
    "0123": "083",
    "0124": "084",
    "0125": "085",
    "0127": "081",
    "0129": "082",  # VinaPhone
    **{f"016{digit}": f"03{digit}" for digit in "23456789"},  # Viettel
    "0186": "056",
    "0188": "058",
    "0199": "059",  # Vietnamobile, Gmobile
}
_OLD_LENGTH: Final = 11
# The blocks as the plan reserves them, wider than what phonenumbers knows as given out (it lags behind 052 and 055):
# a number nobody has is refused by Zalo without cost, a citizen with a new number would never be told.
_MOBILE: Final = re.compile(r"0(?:3[2-9]|5[25689]|7[06-9]|8[1-9]|9\d)\d{7}", re.ASCII)
_LANDLINE: Final = re.compile(r"02\d{8,9}", re.ASCII)
_INTERNATIONAL: Final = re.compile(r"(?:00|\+)840?([1-9]\d{8,9})", re.ASCII)
# Without a plus, 84 is the country code only when a whole number follows: 84 and seven digits is Vina's 084.
_COUNTRY_CODE: Final = re.compile(r"840?([1-9]\d{8}|1\d{9}|2\d{9})", re.ASCII)
_ZERO_LOST: Final = re.compile(r"[35789]\d{8}|1\d{9}|2\d{9}", re.ASCII)  # a spreadsheet took the leading zero
_PLACEHOLDERS: Final = frozenset({"123456789", "0123456789", "1234567890", "01234567890"})
_LONGEST: Final = 16  # digits of the longest form, 0084 0 and an eleven-digit number without its zero, with room

_BETWEEN_NUMBERS: Final = re.compile(r"[/;,|&\n]+")
_SPREADSHEET_FRACTION: Final = re.compile(r"(\d{9,11})\.0+", re.ASCII)
# A digit that touches a letter is no number: O912345678 must not pass (reference/libraries.md 8).
_RUN: Final = re.compile(r"(?<![^\W_])\+?[ (]*[0-9](?:[\s.()\-–—/,]*[0-9])*+(?![^\W\d_])")
_DIGITS: Final = re.compile(r"[0-9]+")
_INVISIBLE: Final = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD))
_LONGEST_FIELD: Final = 200  # more is a remark, not a phone field


@lru_cache(maxsize=1024)  # a page asks for each number several times
def parse(text: str) -> Phone | PhoneProblem:
    """Return the first mobile number in ``text`` as Zalo wants it (``84…``), or why there is none.

    Understands dots, spaces, +84, 0084, 840, a lost leading zero, eleven-digit numbers from before 2018, and several
    numbers in one field. Never guesses a digit: what does not come out even is BAD. Never raises.
    """
    if _MOBILE.fullmatch(text):  # as nearly every desk types it; the long way round says the same
        return Phone(f"84{text[1:]}") if _national(text) else PhoneProblem.BAD
    plain = unicodedata.normalize("NFKC", text[:_LONGEST_FIELD]).translate(_INVISIBLE).strip()
    plain = _SPREADSHEET_FRACTION.sub(r"\1", plain) if _SPREADSHEET_FRACTION.fullmatch(plain) else plain
    if not re.search(r"[1-9]", plain):
        return PhoneProblem.NONE
    numbers = list(_numbers(plain))
    for number in numbers:
        if _MOBILE.fullmatch(number):
            return Phone(f"84{number[1:]}")
    return PhoneProblem.LANDLINE if numbers else PhoneProblem.BAD


def _numbers(plain: str) -> Iterator[str]:
    """Every number of the field in national form, in its order; first piece by piece, else the field as a whole."""
    found = [number for piece in _BETWEEN_NUMBERS.split(plain) for number in _numbers_of_piece(piece)]
    yield from found or _numbers_of_piece(plain)


def _numbers_of_piece(piece: str) -> Iterator[str]:
    for run in _RUN.finditer(piece):
        groups = _DIGITS.findall(run[0])
        if run[0].startswith("+"):
            groups[0] = f"+{groups[0]}"
        yield from _aligned(groups) or ()


def _aligned(groups: Sequence[str]) -> list[str] | None:
    """Join digit groups into numbers so that none is left over, longest first; None when it does not come out even."""
    if not groups:
        return []
    for count in range(len(groups), 0, -1):
        joined = "".join(groups[:count])
        number = _national(joined) if len(joined) <= _LONGEST else None
        rest = _aligned(groups[count:]) if number else None
        if number and rest is not None:
            return [number, *rest]
    return None


def _national(digits: str) -> str | None:
    """Return one number in today's national form (0…), None when it is none."""
    if digits in _PLACEHOLDERS:
        return None
    if match := _INTERNATIONAL.fullmatch(digits) or _COUNTRY_CODE.fullmatch(digits):
        digits = f"0{match[1]}"
    elif _ZERO_LOST.fullmatch(digits):
        digits = f"0{digits}"
    if len(digits) == _OLD_LENGTH and digits[:4] in _OLD_PREFIXES:
        digits = _OLD_PREFIXES[digits[:4]] + digits[4:]
    if not (_MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits)):
        return None
    return None if len(set(digits[1:])) == 1 else digits  # nine times the same digit fills a compulsory box
