import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.core.mapping.texts import TRANSFORMS, clean, whole_number


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("  UBND xã Mẫu \n", "UBND xã Mẫu"),
        (unicodedata.normalize("NFD", "LÊ THỊ HỒNG NHUNG"), "LÊ THỊ HỒNG NHUNG"),
        ("\u00a0Ðỗ\u200b Văn\u00a0A", "Đỗ Văn A"),
        ("a\x00b\x1fc", "abc"),
        *((nothing, "") for nothing in ("", " ", "NULL", "null", "N/A", "Không có", "không có ", "-", "--")),
        ("0", "0"),
    ],
)
def test_text_is_cleaned_and_nothing_is_nothing(raw: str, text: str) -> None:
    assert clean(raw) == text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("135000", 135000),
        ("135.000", 135000),
        ("1,350,000", 1350000),
        ("1.350.000 đồng", 1350000),
        ("135.000,00", 135000),
        ("135000.0", 135000),
        ("8000 VND", 8000),
        ("0", 0),
        ("1.35", None),
        ("12.50", None),
        ("-5", None),
        ("1.3500", None),
        ("miễn phí", None),
        ("", None),
        ("9" * 16, None),
    ],
)
def test_amounts_are_read_as_vietnam_writes_them(text: str, number: int | None) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize(
    ("name", "text", "result"),
    [
        ("upper", "hồ sơ", "HỒ SƠ"),
        ("title_name", "NGUYỄN THỊ MẪU", "Nguyễn Thị Mẫu"),
        ("collapse_spaces", "a \t\n b\u00a0c", "a b c"),
        ("digits", "0912.345", "0912345"),
        ("unescape", "C&#244;ng ty A &amp;amp; B<br/>C", "Công ty A & B C"),
        ("unescape", "A &#" + "9" * 5000 + ";&amp;#" + "9" * 5000 + "; B", "A \ufffd\ufffd B"),
    ],
)
def test_transforms_do_what_they_say(name: str, text: str, result: str) -> None:
    assert TRANSFORMS[name](text) == result


@given(st.text(max_size=60))
def test_cleaning_any_text_twice_changes_nothing_more(raw: str) -> None:
    once = clean(raw)
    assert clean(once) == once
    assert whole_number(once) is None or whole_number(once) >= 0  # type: ignore[operator]  # None is excluded before
