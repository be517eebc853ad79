"""Changing named fields of a value from JSON, strictly: an unknown name or a wrong type is an error, not a shrug."""

from collections.abc import Mapping
from dataclasses import Field, fields, replace
from typing import Any, ClassVar, Protocol, TypeVar


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Value = TypeVar("Value", bound=_Dataclass)


def with_fields(value: Value, changes: Mapping[str, object]) -> Value:
    """Return a copy of the dataclass ``value`` with ``changes``; the original is untouched.

    Raises:
        ValueError: a field does not exist, or has another type than the present value has.
    """
    known = {field.name for field in fields(value)}
    for name, new in changes.items():
        if name not in known:
            raise ValueError(f"unknown field: {name}")
        _require_same_type(name, getattr(value, name), new)
    return replace(value, **changes)


def _require_same_type(name: str, old: object, new: object) -> None:
    if old is None or new is None or type(old) is type(new):
        return
    if isinstance(old, float) and type(new) is int:
        return
    raise ValueError(f"{name} must be {type(old).__name__}, not {type(new).__name__}")
