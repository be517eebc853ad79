import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.core.graphemes import graphemes
from adapter.core.names import personal_name
from adapter.core.rendering import TemplateTextError, fit, placeholders, render
from adapter.errors import MissingFieldError, TooLongError
from adapter.model import FieldValue, Param

VALUES: dict[str, FieldValue] = {
    "ma": "H62-1",
    "ten": "NGUYỄN THỊ MẪU",
    "tien": 1350000,
    "khong_dong": 0,
    "hen": datetime(2019, 11, 7, 17, 30, tzinfo=UTC),
    "dt": "0912345456",
    "trong": "",
    "la": "{ma} {{ten}} {0.__class__} %s $ma",
}


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("Hồ sơ {ma}.", "Hồ sơ H62-1."),
        ("{hen:ngay}", "08/11/2019"),  # Vietnam's day, not UTC's
        ("{hen:gio_ngay}", "00:30 08/11/2019"),
        ("{hen}", "00:30 08/11/2019"),
        ("{tien:tien}", "1.350.000 đồng"),
        ("{khong_dong:tien}", "0 đồng"),
        ("{tien}", "1350000"),
        ("{ten:ten}", "Nguyễn Thị Mẫu"),
        ("{ma:hoa}", "H62-1"),
        ("{dt:che}", "0912***456"),
        ("{ma:che}", "H***"),
        ("{vang|không rõ}", "không rõ"),
        ("{vang:ngay|theo giấy hẹn}", "theo giấy hẹn"),
        ("{trong|không rõ}", "không rõ"),
        ("{ma|không rõ}", "H62-1"),
        ("{{ma}}", "{ma}"),
        ("{{{ma}}}", "{H62-1}"),
        ("", ""),
        ("{la}", "{ma} {{ten}} {0.__class__} %s $ma"),
    ],
)
def test_placeholders_are_filled_once(text: str, rendered: str) -> None:
    assert render(text, VALUES) == rendered


@pytest.mark.parametrize("name", ["vang", "trong"])
def test_a_missing_field_is_an_error_that_names_it(name: str) -> None:
    with pytest.raises(MissingFieldError) as caught:
        render(f"a {{{name}}}", VALUES)
    assert caught.value.field == name


@pytest.mark.parametrize(
    "text", ["{", "}", "{ma", "ma}", "{}", "{Ma}", "{ma.x}", "{ma!r}", "{0}", "{ma:}", "{ma:la}", "{ma|}"]
)
def test_a_malformed_template_is_refused(text: str) -> None:
    with pytest.raises(TemplateTextError):
        placeholders(text)


@pytest.mark.parametrize("text", ["{ma:ngay}", "{tien:gio_ngay}", "{ten:tien}", "{hen:tien}"])
def test_a_format_on_the_wrong_kind_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="stands on a field"):
        render(text, VALUES)


def test_placeholders_are_named_in_order_with_their_format() -> None:
    assert placeholders("{{x}} {ma} {hen:ngay|a:b} {ma}") == (("ma", ""), ("hen", "ngay"), ("ma", ""))


@given(st.dictionaries(st.sampled_from(["a", "b"]), st.text(min_size=1), min_size=2))
def test_what_comes_out_of_a_field_is_never_read_again(values: dict[str, str]) -> None:
    assert render("{a}|{b:hoa}", values) == f"{values['a']}|{values['b'].upper()}"


@given(st.text(alphabet="{}:|ab_1 đ", max_size=30))
def test_any_text_is_a_template_or_refused(text: str) -> None:
    try:
        names = placeholders(text)
    except TemplateTextError:
        return
    assert render(text, {name: "x" for name, _ in names}).count("{") <= text.count("{{")


def param(length: int, *, cut: bool = True) -> Param:
    return Param(name="p", text="", max_length=length, cut=cut)


@pytest.mark.parametrize(
    ("text", "length", "fitted"),
    [
        ("Cấp bản sao", 11, "Cấp bản sao"),
        ("Cấp bản sao trích lục", 12, "Cấp bản sao…"),
        ("Cấp bản sao trích lục", 13, "Cấp bản sao…"),  # no blank before the ellipsis
        (" a \n\t b ", 30, "a b"),
        (unicodedata.normalize("NFD", "Nguyễn Thị Mẫu"), 14, "Nguyễn Thị Mẫu"),
        ("ab\u0323\u0331cd", 3, "a…"),  # two marks, of which one does not compose, stay with their letter
        ("a👩‍👩‍👧b", 8, "a…"),  # a family of eight units is not torn
        ("👍🏽👍🏽", 5, "👍🏽…"),
        ("🇻🇳🇻🇳", 5, "🇻🇳…"),
        ("abc", 1, "…"),
    ],
)
def test_a_long_text_is_cut_between_whole_characters(text: str, length: int, fitted: str) -> None:
    assert fit(text, param(length)) == unicodedata.normalize("NFC", fitted)


def test_what_may_not_be_cut_is_an_error_and_nothing_is_missing() -> None:
    with pytest.raises(TooLongError, match="may not be cut"):
        fit("H62-241107-0001", param(10, cut=False))
    with pytest.raises(MissingFieldError):
        fit(" \n", param(10))


@given(st.text(min_size=1), st.integers(1, 40))
def test_a_fitted_text_is_never_too_long_and_never_empty(text: str, length: int) -> None:
    if not text.split():
        return
    fitted = fit(text, param(length))
    assert 0 < len(fitted) <= length
    assert "\n" not in fitted


@given(st.text())
def test_graphemes_lose_nothing(text: str) -> None:
    assert "".join(graphemes(text)) == text
    assert all(graphemes(text))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("NGUYỄN THỊ MẪU", "Nguyễn Thị Mẫu"),
        ("ĐẶNG VŨ ĐỨC ANH", "Đặng Vũ Đức Anh"),
        ("Nguyễn Thị mẫu", "Nguyễn Thị mẫu"),
        ("TRẦN VĂN A, LÊ THỊ B", "Trần Văn A, Lê Thị B"),
        ("CÔNG TY TNHH THƯƠNG MẠI & DỊCH VỤ MẪU", "CÔNG TY TNHH THƯƠNG MẠI & DỊCH VỤ MẪU"),
        ("UBND XÃ MẪU", "UBND XÃ MẪU"),
        ("", ""),
    ],
)
def test_names_are_not_shouted(written: str, shown: str) -> None:
    assert personal_name(written) == shown
