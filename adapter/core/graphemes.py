"""Where a text may be cut so that no character as a reader sees it is torn apart.

The part of Unicode's rules (UAX 29) that Vietnamese, emoji and flags need: combining marks, joiners, modifiers, tags
and pairs of regional indicators stay with what they stand on. Scripts beyond that may be cut inside a syllable.
"""

import unicodedata
from collections.abc import Sequence
from typing import Final

_JOINER: Final = "\u200d"
_CLINGING: Final = frozenset({"Mn", "Me", "Mc"})


def graphemes(text: str) -> list[str]:
    """Split ``text`` into characters as a reader sees them. Joined again they are ``text``."""
    if text.isascii():
        return list(text)
    clusters: list[list[str]] = []
    for letter in text:
        if clusters and _clings(letter, clusters[-1]):
            clusters[-1].append(letter)
        else:
            clusters.append([letter])
    return list(map("".join, clusters))


def _clings(letter: str, before: Sequence[str]) -> bool:
    if letter == _JOINER or before[-1] == _JOINER or unicodedata.category(letter) in _CLINGING:
        return True
    if "\U0001f3fb" <= letter <= "\U0001f3ff" or "\U000e0020" <= letter <= "\U000e007f":
        return True
    return _regional(letter) and len(before) == 1 and _regional(before[0])


def _regional(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"
