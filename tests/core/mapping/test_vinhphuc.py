"""Golden renderings: what a citizen of the shipped set reads, word for word."""

import json
from pathlib import Path

import pytest

from adapter.core import mapping, rendering
from adapter.model import Channel, Record, Rulebook

GOLDEN = json.loads((Path(__file__).parent / "golden_vinhphuc.json").read_text(encoding="utf-8"))
"""Template name -> text and params. Written once and read by a person; a change here is a change citizens see."""

FULL = {
    "MaHoSo": "000.22.33.H62-191107-0001",
    "MaTTHC": "1.005129",
    "TenTTHC": "Đăng ký biến động quyền sử dụng đất, tài sản gắn liền với đất",
    "MaDonVi": "000.22.33.H62",
    "DonViXuLy": "UBND xã Tử Du",
    "ChuHoSo": "NGUYỄN THỊ MẪU",
    "SoDienThoai": "0912000345",
    "NgayTiepNhan": "07/11/2019 08:02:11",
    "NgayHenTra": "18/12/2019 17:00:00",
    "NgayKetThucXuLy": "17/12/2019 15:30:00",
    "NgayTra": "18/12/2019 09:15:00",
    "TrangThaiHoSo": "9",
    "NoiDungXuLy": "Thẩm tra hồ sơ",
    "LyDo": "Bổ sung trích đo địa chính thửa đất",
    "SoTien": "1350000",
    "NgayCapNhat": "18/12/2019 09:15:02",
}
BARE = {key: FULL[key] for key in ("MaHoSo", "TrangThaiHoSo", "NgayCapNhat", "NgayHenTra")} | {"MaDonVi": "H62.99"}


def rendered(rulebook: Rulebook, name: str, inputs: dict[str, str]) -> tuple[str, dict[str, str]]:
    values = mapping.read(Record(inputs=inputs), rulebook).values
    template = rulebook.templates[name]
    params = template.zbs[Channel.PHONE].params
    fitted = {param.name: rendering.fit(rendering.render(param.text, values), param) for param in params}
    return rendering.render(template.text, values), fitted


def test_every_template_has_a_golden_rendering(vinhphuc: Rulebook) -> None:
    assert set(GOLDEN) == set(vinhphuc.templates)


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_a_template_says_what_was_agreed(vinhphuc: Rulebook, name: str) -> None:
    text, params = rendered(vinhphuc, name, FULL)
    assert {"text": text, "params": params} == GOLDEN[name]


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_a_poor_record_still_gives_whole_sentences(vinhphuc: Rulebook, name: str) -> None:
    text, params = rendered(vinhphuc, name, BARE)
    assert "{" not in text
    assert "chủ hồ sơ" in text
    assert all(params.values())


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_every_parameter_keeps_zalos_limit_however_long_the_names(vinhphuc: Rulebook, name: str) -> None:
    words = "Ủy ban nhân dân thị trấn Nguyễn Thị Phương Thảo 👩‍👩‍👧 "
    long = FULL | dict.fromkeys(("ChuHoSo", "TenTTHC", "DonViXuLy", "NoiDungXuLy", "LyDo"), words * 20)
    _, params = rendered(vinhphuc, name, long)
    limits = {param.name: param.max_length for param in vinhphuc.templates[name].zbs[Channel.PHONE].params}
    assert all(0 < len(text) <= limits[key] for key, text in params.items())


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_text_and_parameters_say_the_same(vinhphuc: Rulebook, name: str) -> None:
    """What Zalo shows is the approved body with our parameters; so each parameter must stand in our own text."""
    text, params = rendered(vinhphuc, name, FULL)
    assert all(shown in text for shown in params.values())


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_no_text_leads_a_citizen_astray(vinhphuc: Rulebook, name: str) -> None:
    text = vinhphuc.templates[name].text
    assert "http" not in text
    assert text.replace("dichvucong.gov.vn", "").count(".vn") == 0
    assert "Ông/Bà" in text
    assert len(vinhphuc.templates[name].zbs[Channel.UID].params) <= 10
