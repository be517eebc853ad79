"""JSON in the store: canonical (RFC 8785) for what is hashed, compact for what is sealed away."""

from typing import Any, Final

import orjson
import rfc8785

_EXACT: Final = 2**53


def canonical(value: Any) -> bytes:
    """The one spelling of a value, so that its hash is everybody's; UTF-8.

    For text, whole numbers, truth and nothing under ASCII names orjson writes the bytes that RFC 8785 asks for;
    fractions, and names that must be sorted as UTF-16, are left to the library that knows them. Raises ValueError for
    what JSON has no word for, and for numbers it garbles.
    """
    if not is_plain(value):
        return rfc8785.dumps(value)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:  # half a surrogate pair
        raise ValueError(str(error)) from None


def compact(value: Any) -> bytes:
    """A value as short as it can be written, names in the order they come. Raises TypeError."""
    return orjson.dumps(value)


def parsed(text: bytes | str) -> Any:
    """What JSON says. Raises ValueError."""
    return orjson.loads(text)


def is_plain(value: Any) -> bool:
    """Whether a value is made of text, whole numbers below 2^53, truth and nothing alone, under ASCII names."""
    if value is None or isinstance(value, str):
        return True
    if isinstance(value, int):
        return -_EXACT < value < _EXACT
    if isinstance(value, dict):
        for name, inner in value.items():  # plain loops: this looks at every fact of every entry
            if type(name) is not str or not name.isascii() or not is_plain(inner):
                return False
        return True
    return isinstance(value, list) and all(map(is_plain, value))
