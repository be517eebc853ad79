"""Canonical JSON (RFC 8785): the one spelling of a value, so that its hash is everybody's."""

import json
from typing import Any, Final

import rfc8785


def canonical(value: Any) -> bytes:
    """The canonical spelling, as UTF-8. Raises ValueError for what JSON has no word for, and for numbers it garbles.

    For text, whole numbers, truth and nothing under ASCII names Python's own encoder writes the same bytes, three
    times as fast; fractions, and names that must be sorted as UTF-16, are left to the library.
    """
    return _PLAIN.encode(value).encode() if _is_plain(value) else rfc8785.dumps(value)


_PLAIN: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))

_EXACT: Final = 2**53


def _is_plain(value: Any) -> bool:
    match value:
        case None | str():
            return True
        case int():
            return -_EXACT < value < _EXACT
        case list():
            return all(map(_is_plain, value))
        case dict():
            return all(type(name) is str and name.isascii() for name in value) and all(map(_is_plain, value.values()))
        case _:
            return False
