from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapter.core import mapping
from adapter.errors import RecordError
from adapter.model import Event, FieldSpec, Record, Rulebook

D1 = {
    "MaHoSo": "000.22.33.H62-191107-0001",
    "SoBienNhan": "",
    "MaTTHC": "2.000635",
    "TenTTHC": "Cấp bản sao trích lục hộ tịch",
    "MaDonVi": "000.22.33.H62",
    "DonViXuLy": "UBND xã Tử Du",
    "ChuHoSo": "NGUYỄN THỊ MẪU",
    "SoDienThoai": "0168.123.4567",
    "NgayTiepNhan": "07/11/2019 08:02:11",
    "NgayHenTra": "08/11/2019 17:00:00",
    "NgayKetThucXuLy": "",
    "NgayTra": "",
    "TrangThaiHoSo": "2",
    "NoiDungXuLy": "Tiếp nhận hồ sơ",
    "YKien": "",
    "LyDo": "",
    "SoTien": "8.000",
    "NgayCapNhat": "07/11/2019 08:02:12",
}


def record(changes: Mapping[str, str | None]) -> Record:
    merged: dict[str, str | None] = {**D1, **changes}
    return Record(inputs={path: text for path, text in merged.items() if text is not None})


def test_a_d1_record_becomes_a_dossier(vinhphuc: Rulebook) -> None:
    dossier = mapping.read(record({}), vinhphuc)
    assert (dossier.source, dossier.code, dossier.office) == ("vinhphuc", D1["MaHoSo"], D1["MaDonVi"])
    assert dossier.identity == "000.22.33.H62-191107-0001\x1f000.22.33.H62"
    assert (dossier.procedure, dossier.status, dossier.event) == ("2.000635", "2", Event.RECEIVED)
    assert dossier.as_of == datetime(2019, 11, 7, 1, 2, 12, tzinfo=UTC)
    assert dossier.happened_at == datetime(2019, 11, 7, 1, 2, 11, tzinfo=UTC)
    assert dossier.due_at == datetime(2019, 11, 8, 10, tzinfo=UTC)
    assert (dossier.applicant, dossier.phones) == ("NGUYỄN THỊ MẪU", "0168.123.4567")
    assert dossier.step == "Tiếp nhận hồ sơ"
    assert dossier.values["so_tien"] == 8000
    assert dossier.values["ten_trang_thai"] == "Đã tiếp nhận"
    assert dossier.values["dia_chi_don_vi"] == "Xã Tử Du, huyện Lập Thạch, tỉnh Vĩnh Phúc"
    assert not {"tra_luc", "xong_luc", "ly_do", "so_bien_nhan"} & set(dossier.values)


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"MaHoSo": None}, "ma_ho_so", "missing"),
        ({"MaHoSo": "  "}, "ma_ho_so", "cannot be read"),
        ({"MaDonVi": ""}, "ma_don_vi", "missing"),
        ({"NgayCapNhat": "hôm qua"}, "cap_nhat_luc", "cannot be read"),
        ({"NgayCapNhat": "01/01/1900 00:00:00"}, "cap_nhat_luc", "cannot be read"),
        ({"TrangThaiHoSo": "NULL"}, "trang_thai", "cannot be read"),
        ({"TrangThaiHoSo": "11"}, "trang_thai", "does not know"),
    ],
)
def test_a_record_that_is_no_dossier_names_the_field(
    vinhphuc: Rulebook, changes: dict[str, str | None], field: str, reason: str
) -> None:
    with pytest.raises(RecordError, match=reason) as caught:
        mapping.read(record(changes), vinhphuc)
    assert caught.value.field == field
    assert all(text not in str(caught.value) for text in changes.values() if text and text.strip())


def test_an_unreadable_optional_field_is_absent(vinhphuc: Rulebook) -> None:
    dossier = mapping.read(record({"NgayHenTra": "khi có kết quả", "SoTien": "miễn phí"}), vinhphuc)
    assert dossier.due_at is None
    assert not {"hen_tra_luc", "so_tien"} & set(dossier.values)


@pytest.mark.parametrize(
    ("finished", "event", "words"),
    [
        ("", Event.STEP, "Đang giải quyết"),
        ("01/01/0001 00:00:00", Event.STEP, "Đang giải quyết"),
        ("07/11/2019 08:00:00", Event.READY, "Đã có kết quả"),
    ],
)
def test_a_nine_is_believed_only_with_an_end_of_processing(
    vinhphuc: Rulebook, finished: str, event: Event, words: str
) -> None:
    dossier = mapping.read(record({"TrangThaiHoSo": "9", "NgayKetThucXuLy": finished}), vinhphuc)
    assert (dossier.status, dossier.event, dossier.values["ten_trang_thai"]) == ("9", event, words)


@pytest.mark.parametrize(
    ("status", "changes", "hour"),
    [
        ("1", {"NgayNopHoSo": "07/11/2019 07:00:00"}, 0),
        ("3", {"NgayKetThucXuLy": "07/11/2019 07:30:00"}, 0),
        ("9", {"NgayKetThucXuLy": "07/11/2019 08:00:00"}, 1),
        ("10", {"NgayTra": "07/11/2019 08:01:00"}, 1),
        ("10", {"NgayTra": "07/11/2020 08:01:00"}, 1),  # typed into the future: never after the record was written
        ("4", {}, 1),
    ],
)
def test_happened_at_is_the_best_time_of_the_status(
    vinhphuc: Rulebook, status: str, changes: dict[str, str], hour: int
) -> None:
    dossier = mapping.read(record({"TrangThaiHoSo": status, **changes}), vinhphuc)
    assert dossier.happened_at.hour == hour
    assert dossier.happened_at <= dossier.as_of


def test_an_office_name_comes_from_the_list_when_the_record_has_none(vinhphuc: Rulebook) -> None:
    assert mapping.read(record({"DonViXuLy": ""}), vinhphuc).values["ten_don_vi"] == "UBND xã Tử Du"
    unknown = mapping.read(record({"DonViXuLy": "", "MaDonVi": "H62.99"}), vinhphuc)
    assert not {"ten_don_vi", "noi_tra_ket_qua"} & set(unknown.values)


@pytest.mark.parametrize(
    ("updated", "place"),
    [("30/06/2025 23:59:59", "UBND xã Bắc Bình"), ("01/07/2025 00:00:00", "UBND xã Tử Du")],
)
def test_a_closed_office_sends_citizens_to_its_successor(vinhphuc: Rulebook, updated: str, place: str) -> None:
    dossier = mapping.read(
        record({"MaDonVi": "000.25.33.H62", "DonViXuLy": "UBND xã Bắc Bình", "NgayCapNhat": updated}), vinhphuc
    )
    assert dossier.values["noi_tra_ket_qua"] == place
    assert dossier.values["ten_don_vi"] == "UBND xã Bắc Bình"
    assert dossier.office == "000.25.33.H62"


@pytest.mark.parametrize(
    ("path", "inputs", "value"),
    [
        ("A/B", {"A/B": "x"}, "x"),
        ("A/B", {"A[1]/B": "x", "A[2]/B": "y"}, "x"),
        ("A[1]/B", {"A/B": "x"}, "x"),
        ("A[2]/B", {"A[1]/B": "x", "A[2]/B": "y"}, "y"),
        ("A[2]/B", {"A/B": "x"}, None),
        ("A/@ma", {"A/@ma": "x"}, "x"),
        ("@ma", {"@ma": "x"}, "x"),
        ("B", {"A/B": "x"}, None),
    ],
)
def test_paths_find_repeated_elements_and_attributes(
    vinhphuc: Rulebook, path: str, inputs: dict[str, str], value: str | None
) -> None:
    rulebook = replace(vinhphuc, fields=(*vinhphuc.fields, FieldSpec(name="x", paths=(path,), kind="text")))
    assert mapping.read(record(inputs), rulebook).values.get("x") == value


def test_the_first_path_that_holds_something_wins_then_the_default(vinhphuc: Rulebook) -> None:
    spec = FieldSpec(name="x", paths=("P", "Q"), kind="text", transforms=("office_name", "upper"), default="không rõ")
    rulebook = replace(vinhphuc, fields=(*vinhphuc.fields, spec))
    assert mapping.read(record({"P": " - ", "Q": "000.22.33.H62"}), rulebook).values["x"] == "UBND XÃ TỬ DU"
    assert mapping.read(record({}), rulebook).values["x"] == "không rõ"


PATHS = st.sampled_from([*D1, "Email", "NgayNopHoSo", "La/Lung"])
TEXTS = st.text(max_size=30) | st.sampled_from([*D1.values(), "9", "10", "NULL", "0001-01-01T00:00:00"])


@settings(max_examples=300, deadline=None)
@given(changes=st.dictionaries(PATHS, TEXTS | st.none(), max_size=12), empty=st.booleans())
def test_any_record_is_a_dossier_or_a_record_error(
    vinhphuc: Rulebook, changes: dict[str, str | None], *, empty: bool
) -> None:
    base: Mapping[str, str | None] = dict.fromkeys(D1) if empty else {}
    try:
        dossier = mapping.read(record({**base, **changes}), vinhphuc)
    except RecordError:
        return
    assert dossier.code
    assert dossier.status in vinhphuc.statuses
    assert all(value != "" for value in dossier.values.values())
    assert all(value.tzinfo is UTC for value in dossier.values.values() if isinstance(value, datetime))
