import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.core.phones import PhoneProblem, parse
from adapter.model import Phone

OLD_TO_NEW = [
    *[("0120", "070"), ("0121", "079"), ("0122", "077"), ("0126", "076"), ("0128", "078")],
    *[("0123", "083"), ("0124", "084"), ("0125", "085"), ("0127", "081"), ("0129", "082")],
    *[("0162", "032"), ("0163", "033"), ("0164", "034"), ("0165", "035"), ("0166", "036"), ("0167", "037")],
    *[("0168", "038"), ("0169", "039"), ("0186", "056"), ("0188", "058"), ("0199", "059")],
]
MOBILE_PREFIXES = [
    *(f"3{digit}" for digit in range(2, 10)),
    *("52", "55", "56", "58", "59", "70", "76", "77", "78", "79"),
    *(f"8{digit}" for digit in range(1, 10)),
    *(f"9{digit}" for digit in (0, 1, 2, 3, 4, 6, 7, 8, 9)),
]


@pytest.mark.parametrize(("old", "new"), OLD_TO_NEW)
def test_eleven_digits_become_ten(old: str, new: str) -> None:
    wanted = Phone(f"84{new[1:]}0001234")
    for written in (
        f"{old}0001234",
        f"{old}.000.1234",
        f"+84{old[1:]}0001234",
        f"84{old[1:]}0001234",
        f"{old[1:]}0001234",
    ):
        assert parse(written) == wanted, written


@pytest.mark.parametrize("prefix", MOBILE_PREFIXES)
def test_every_mobile_prefix_in_every_spelling(prefix: str) -> None:
    national = f"{prefix}0001234"
    wanted = Phone(f"84{national}")
    for before in ("0", "", "84", "+84", "0084", "840", "+840", "00840", "+84 ", "(+84)", "+84 (0)"):
        assert parse(before + national) == wanted, before


@pytest.mark.parametrize("prefix", ["32", "56", "79", "84", "86", "91", "98"])
@given(rest=st.from_regex(r"[0-9]{7}", fullmatch=True))
def test_whatever_the_numbering_plan_calls_mobile_is_one(prefix: str, rest: str) -> None:
    number = phonenumbers.parse(f"0{prefix}{rest}", "VN")
    if phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE and len(set(prefix + rest)) > 1:
        assert parse(f"0{prefix}{rest}") == Phone(f"84{prefix}{rest}")


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("0168.123.4567", "84381234567"),
        ("0912 345 678", "84912345678"),
        ("0912-345-678", "84912345678"),
        ("(0912) 345.678", "84912345678"),
        ("0912/345/678", "84912345678"),
        ("０９１２３４５６７８", "84912345678"),
        ("\u200b0912345678\u00a0", "84912345678"),
        ("912345678", "84912345678"),
        ("912345678.0", "84912345678"),
        ("'0912345678", "84912345678"),
        ("0841234567", "84841234567"),  # Vina 084 written with its zero
        ("841234567", "84841234567"),  # the same without: nine digits are no country code
        ("84841234567", "84841234567"),
        ("0912000111/0987000222", "84912000111"),
        ("0912000111; 0987000222", "84912000111"),
        ("0912000111 - 0987000222", "84912000111"),
        ("0912000111-0987000222", "84912000111"),
        ("0912000111 0987000222", "84912000111"),
        ("0912 000 111 0987 000 222", "84912000111"),
        ("0211 3000 345/0912000111", "84912000111"),
        ("0912000111/2", "84912000111"),
        ("ĐT: 0912000111 (con trai)", "84912000111"),
        ("nhà riêng 02113000345, di động 0912000111", "84912000111"),
    ],
)
def test_what_desks_type_is_understood(written: str, phone: str) -> None:
    assert parse(written) == Phone(phone)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        *(
            (text, PhoneProblem.NONE)
            for text in ("", "  ", "không có", "Không có", "0", "0000000000", "NULL", "-", "x")
        ),
        *(
            (text, PhoneProblem.LANDLINE)
            for text in ("0211 3000 345", "02113000345", "(0211) 3861.234", "+842113000345")
        ),
        *((text, PhoneProblem.LANDLINE) for text in ("2113000345", "0210 3846 647", "02438251234")),
        *((text, PhoneProblem.BAD) for text in ("123456789", "0123456789", "1234567890", "01234567890")),
        *((text, PhoneProblem.BAD) for text in ("0999999999", "999999999", "1111111111")),
        *((text, PhoneProblem.BAD) for text in ("O912345678", "09O2345678", "0912345678a", "a0912345678")),
        *(
            (text, PhoneProblem.BAD)
            for text in ("091234567", "09123456789", "0912 345 678 9", "0312345678", "+1 202 555 0123")
        ),
        *((text, PhoneProblem.BAD) for text in ("026040000001", "0601234567", "9.12345678E8", "1900 1234", "113")),
    ],
)
def test_what_is_no_mobile_says_why(written: str, problem: PhoneProblem) -> None:
    assert parse(written) is problem


@given(st.text() | st.text(alphabet="0123456789 +-./()Oo;,84", max_size=60))
def test_no_text_makes_parsing_raise_and_every_phone_has_zalos_shape(text: str) -> None:
    result = parse(text)
    if isinstance(result, Phone):
        assert result.value.isascii()
        assert result.value.isdecimal()
        assert len(result.value) == 11
        assert result.value.startswith("84")
        assert parse(result.value) == result


@given(st.text(alphabet="0123456789 -", max_size=5000))
def test_a_very_long_field_is_quick(text: str) -> None:
    parse(text * 3)
