from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.simulators.onestop import bulk, records
from tests.simulators.onestop import asking

AT = datetime(2026, 11, 23, 16, 59, 59, 999_999, tzinfo=UTC)
XML_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="￾￿"))


@given(st.dictionaries(st.sampled_from(records.FIELDS), XML_TEXT))
def test_a_record_reads_back_what_it_was_made_of(values: dict[str, str]) -> None:
    record = records.make(values, AT)
    expected = {name: values.get(name, "") for name in records.FIELDS}
    expected["TenTrangThai"] = records.STATUSES.get(values.get("TrangThaiHoSo", ""), "")
    assert record.values() == expected
    parsed = {child.tag: child.text or "" for child in asking.parsed(record.xml)}
    assert parsed == {**expected, "NgayCapNhat": "23/11/2026 23:59:59"}


def test_an_absent_value_is_an_empty_element() -> None:
    assert b"<NgayTra />" in records.make({"MaHoSo": "X"}, AT).xml


def test_decomposed_text_stays_decomposed() -> None:
    record = records.make({"ChuHoSo": "LE\N{COMBINING CIRCUMFLEX ACCENT}"}, AT)
    assert "LE\N{COMBINING CIRCUMFLEX ACCENT}".encode() in record.xml


def test_a_change_keeps_everything_else_and_takes_the_new_stamp() -> None:
    [before] = bulk.bulk(1, 7, first=AT)
    after = before.changed({"TrangThaiHoSo": "10"}, AT + timedelta(hours=1))
    assert after.values() == {**before.values(), "TrangThaiHoSo": "10", "TenTrangThai": "Đã trả kết quả"}
    assert after.updated_at == AT.replace(microsecond=0) + timedelta(hours=1)
    assert after.xml.count(b"<Tep>") == 2


def test_a_stamp_changes_only_the_last_field() -> None:
    [before] = bulk.bulk(1, 7, first=AT)
    after = before.stamped(AT + timedelta(seconds=1))
    assert after.xml == before.xml.replace(b"<NgayCapNhat>23/11/2026 23:59:59<", b"<NgayCapNhat>24/11/2026 00:00:00<")


def test_a_field_that_d1_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="DaXoa"):
        records.make({"DaXoa": "1"}, AT)


def test_vietnam_text_and_time_are_inverse_to_the_second() -> None:
    assert records.vietnam_time(records.vietnam_text(AT)) == AT.replace(microsecond=0)


def test_bulk_records_are_of_the_measured_size_and_distinct() -> None:
    made = list(bulk.bulk(2000, 3, first=AT))
    assert 1900 < sum(len(record.xml) for record in made) / len(made) < 2000
    assert len({record.code for record in made}) == 2000
    assert made[-1].updated_at - made[0].updated_at == timedelta(seconds=39)
    assert made == list(bulk.bulk(2000, 3, first=AT))
