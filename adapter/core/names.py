"""How a name is written: systems shout them, letters should not (reference/onestop.md 8.3)."""

import unicodedata
from functools import lru_cache
from typing import Final

_ORGANISATIONS: Final = (
    "CÔNG TY",
    "DOANH NGHIỆP",
    "HỢP TÁC XÃ",
    "HTX",
    "TRƯỜNG",
    "TRUNG TÂM",
    "UBND",
    "ỦY BAN",
    "CHI NHÁNH",
)
_LONGEST_WORD: Final = 100  # sorting a heap of marks takes its square in time
_VOWELS: Final = frozenset("AEIOUY")


def personal_name(name: str) -> str:
    """Return a name that is all capitals with capital first letters only: ``NGUYỄN THỊ MẪU`` -> ``Nguyễn Thị Mẫu``.

    A name in mixed case was written by hand and stays; so do organisations (``CÔNG TY TNHH …``, whose style is theirs)
    and abbreviations, known by a digit or by having no vowel.
    """
    if not name.isupper() or name.startswith(_ORGANISATIONS):
        return name
    return " ".join(map(_word, name.split(" ")))


@lru_cache(maxsize=4096)  # few words make up all the names of a province
def _word(word: str) -> str:
    if len(word) > _LONGEST_WORD:
        return word
    letters = unicodedata.normalize("NFD", word)
    if word.isalpha() and _VOWELS.isdisjoint(letters):
        return word
    return word if any(letter.isdigit() for letter in word) else word.title()
