"""Composed letters (NFC) in a time that grows with the text and no faster.

``unicodedata.normalize`` sorts the marks on a letter by insertion: eighty thousand on one letter take nine seconds, and
a million, which fit into one field of a hostile record, hours, in which no other thread runs.
"""

import re
import unicodedata
from typing import Final

_AT_ONCE: Final = 1000
# An ASCII letter never joins what stands before it. Where none comes for so long nobody is writing words, and it does
# not matter that a mark may lose its letter.
_PIECES: Final = re.compile(rf"(?s:.{{1,{_AT_ONCE}}})(?=[\0-\x7f]|\Z)|(?s:.{{1,{_AT_ONCE}}})")


def composed(text: str) -> str:
    """Return ``text`` in NFC."""
    if len(text) <= _AT_ONCE:
        return unicodedata.normalize("NFC", text)
    if text.isascii():
        return text
    return "".join(unicodedata.normalize("NFC", piece) for piece in _PIECES.findall(text))
