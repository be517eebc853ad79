"""Canonical JSON, held against the library that knows RFC 8785."""

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from adapter.model import DeliveryState
from adapter.store.jsons import canonical

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(VALUES)
def test_it_is_what_the_library_writes(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value",
    [
        {"state": DeliveryState.SENT, "moves": 2, "told": True},
        {"b": '\x00\x1f\x7f\u2028"\\/\t', "a": {}, "B": []},
        {"Đ": 1, "đ": 2, "\U0001f600": 3, "\ufb33": 4},
    ],
    ids=["words of ours", "escapes and order", "names sorted as UTF-16"],
)
def test_the_cases_that_encoders_differ_in(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [2**53, {"a": object()}, "\ud800", [float("nan")], {1: "a"}, {"a": b""}])
def test_what_has_no_canonical_spelling_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the sentence is the library's
        canonical(value)
