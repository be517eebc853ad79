"""Composing letters is one thing for every text that people write, and no way to make the program stand still."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.core import mapping
from adapter.core.composed import composed
from adapter.core.graphemes import graphemes
from adapter.core.mapping.texts import TRANSFORMS, clean

PILE = "e" + "\u0301\u0316" * 200_000
WORDS = "Nguyễn Thị Mẫu nộp hồ sơ tại phường Vĩnh Yên. "


@given(st.text())
def test_a_short_text_is_composed_as_unicode_says(text: str) -> None:
    assert composed(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("shift", range(5))
def test_a_long_text_is_composed_as_unicode_says(shift: int) -> None:
    text = unicodedata.normalize("NFD", "x" * shift + WORDS * 200)
    assert composed(text) == unicodedata.normalize("NFC", text)


def test_no_text_makes_the_program_stand_still() -> None:
    begun = time.process_time()
    clean(PILE)
    graphemes(PILE)
    TRANSFORMS["title_name"](PILE.upper())
    mapping.load({"source.yaml": f"ten: {PILE}"}, "m")
    assert time.process_time() - begun < 10  # hours without care
