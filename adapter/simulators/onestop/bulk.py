"""Many big records for measuring: about 1.95 KB of XML each, as in reference/speed.md section 1."""

import html
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from adapter.simulators.onestop import people, places, records

_STATUSES: Final = ("2", "4", "5", "9", "10")
_REMARK: Final = "Hồ sơ đầy đủ thành phần theo quy định, đã kiểm tra bản chính và chuyển bộ phận chuyên môn thẩm định"


def bulk(count: int, seed: int, *, first: datetime, per_second: int = 50) -> Iterator[records.Record]:
    """Make `count` records with unique codes: 24 fields, an applicant with address, two attachments.

    NgayCapNhat starts at `first` (aware) and moves on one second every `per_second` records. Same arguments, same
    records.
    """
    chance = random.Random(seed)
    for number in range(count):
        at = first + timedelta(seconds=number // per_second)
        yield _record(chance, number, at)


def _record(chance: random.Random, number: int, at: datetime) -> records.Record:
    office = chance.choice(places.OFFICES)
    procedure = chance.choice(places.procedures_of(office))
    owner = people.draw(chance)
    code = f"{office.code}-{at.astimezone(records.VIETNAM):%y%m%d}-{number:06d}"
    status = chance.choice(_STATUSES)
    written = records.vietnam_text(at)
    values = {
        "MaHoSo": code,
        "SoBienNhan": f"BN{number:08d}",
        "MaTTHC": procedure.code,
        "TenTTHC": procedure.name,
        "MaDonVi": office.code,
        "DonViXuLy": office.name,
        "ChuHoSo": owner.name,
        "SoGiayToChuHoSo": owner.identity,
        "SoDienThoai": owner.phone,
        "Email": f"hoso{number}@example.vn",
        "KenhThucHien": "1",
        "NgayNopHoSo": written,
        "NgayTiepNhan": written,
        "NgayHenTra": records.vietnam_text(at + timedelta(days=procedure.working_days + 1)),
        "NgayKetThucXuLy": written if status in {"9", "10"} else "",
        "NgayTra": written if status == "10" else "",
        "TrangThaiHoSo": status,
        "NoiDungXuLy": "Bộ phận một cửa tiếp nhận và chuyển phòng chuyên môn xử lý theo quy trình",
        "YKien": _REMARK,
        "SoTien": str(procedure.fee),
        "HinhThuc": "0",
    }
    return records.make(values, at, blocks=_blocks(owner, office, code, written))


def _blocks(owner: people.Owner, office: places.Office, code: str, written: str) -> bytes:
    files = "".join(
        f"<Tep><TenTep>{name}</TenTep><DuongDan>http://10.62.0.5/tep/{code}/{number}.pdf</DuongDan>"
        f"<LoaiTep>application/pdf</LoaiTep><NgayTaiLen>{written}</NgayTaiLen></Tep>"
        for number, name in enumerate(("Tờ khai theo mẫu.pdf", "Bản chụp căn cước công dân.pdf"), start=1)
    )
    commune = html.escape(office.name.removeprefix("UBND "), quote=False)
    return (
        f"<NguoiNop><HoTen>{html.escape(owner.name, quote=False)}</HoTen><SoGiayTo>{owner.identity}</SoGiayTo>"
        f"<SoDienThoai>{owner.phone}</SoDienThoai><Email>congdan@example.vn</Email>"
        "<DiaChi><SoNha>Số nhà 12, ngõ 3, thôn Đông, tổ dân phố số 3</SoNha>"
        f"<XaPhuong>{commune}</XaPhuong><QuanHuyen>Địa bàn cấp huyện cũ</QuanHuyen>"
        "<TinhThanh>Tỉnh Vĩnh Phúc</TinhThanh></DiaChi></NguoiNop>"
        f"<TaiLieuNop>{files}</TaiLieuNop>"
    ).encode()
