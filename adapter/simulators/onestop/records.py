"""One dossier as the one-stop shows it, kept as the XML it goes out in.

A record *is* its rendered XML plus the few values the province searches by: 100,000 records then cost their bytes
once, an answer is a list of references, and every version is rendered exactly once. The other values are read back
from the XML on the rare occasion that a dossier changes.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

VIETNAM: Final = timezone(timedelta(hours=7), "ICT")
"""Vietnam local time: UTC+7, no daylight saving. D1 dates carry no zone and mean this one."""

FIELDS: Final = (
    "MaHoSo",
    "SoBienNhan",
    "MaTTHC",
    "TenTTHC",
    "MaDonVi",
    "DonViXuLy",
    "ChuHoSo",
    "SoGiayToChuHoSo",
    "SoDienThoai",
    "Email",
    "KenhThucHien",
    "NgayNopHoSo",
    "NgayTiepNhan",
    "NgayHenTra",
    "NgayKetThucXuLy",
    "NgayTra",
    "TrangThaiHoSo",
    "TenTrangThai",
    "NoiDungXuLy",
    "YKien",
    "LyDo",
    "SoTien",
    "HinhThuc",
)
"""The fields of a record in wire order; NgayCapNhat follows them and is only ever written by the province's clock."""

STATUSES: Final[Mapping[str, str]] = {
    "1": "Mới đăng ký",
    "2": "Được tiếp nhận",
    "3": "Không được tiếp nhận",
    "4": "Đang xử lý",
    "5": "Yêu cầu bổ sung giấy tờ",
    "6": "Yêu cầu thực hiện nghĩa vụ tài chính",
    "7": "Công dân yêu cầu rút hồ sơ",
    "8": "Dừng xử lý",
    "9": "Đã xử lý xong",
    "10": "Đã trả kết quả",
}
"""The national list of dossier statuses (reference/onestop.md 2.4)."""

_FIELD = re.compile(r"<(\w+)>([^<]*)</\1>")
_BLOCKS = b"<NguoiNop>"
_TAIL_LENGTH = len("<NgayCapNhat>dd/MM/yyyy HH:mm:ss</NgayCapNhat></HoSo>")


def vietnam_text(at: datetime) -> str:
    """An aware moment as D1 writes it: dd/MM/yyyy HH:mm:ss in Vietnam local time; fractions of a second are cut."""
    return at.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M:%S")


def vietnam_time(text: str) -> datetime:
    """The aware UTC moment that a D1 date means. Raises ValueError for any other shape."""
    return datetime.strptime(text, "%d/%m/%Y %H:%M:%S").replace(tzinfo=VIETNAM).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One version of one dossier.

    `updated_at` is aware UTC on a whole second, because the wire carries no more. `xml` is the complete HoSo element
    in UTF-8, without a namespace declaration: the envelope around it declares the default one.
    """

    code: str
    office: str
    status: str
    updated_at: datetime
    xml: bytes

    def values(self) -> dict[str, str]:
        """Every field of FIELDS with its text; an absent value is the empty string."""
        flat = self._body().partition(_BLOCKS)[0].decode()
        written = {name: html.unescape(text) for name, text in _FIELD.findall(flat)}
        return {name: written.get(name, "") for name in FIELDS}

    def changed(self, changes: Mapping[str, str], at: datetime) -> "Record":
        """The next version, with `changes` applied and stamped `at`. Raises ValueError for a field D1 does not have."""
        _, mark, blocks = self._body().partition(_BLOCKS)
        return make(self.values() | dict(changes), at, blocks=mark + blocks)

    def stamped(self, at: datetime) -> "Record":
        """The same content with a new NgayCapNhat: what a re-send after a migration looks like."""
        whole = at.replace(microsecond=0)
        xml = self._body() + _tail(whole)
        return Record(code=self.code, office=self.office, status=self.status, updated_at=whole, xml=xml)

    def _body(self) -> bytes:
        return self.xml[:-_TAIL_LENGTH]


def make(values: Mapping[str, str], updated_at: datetime, *, blocks: bytes = b"") -> Record:
    """Render a record from its values; TenTrangThai follows TrangThaiHoSo.

    `blocks` is ready XML (NguoiNop, TaiLieuNop) put before NgayCapNhat, or nothing. Text goes out exactly as given:
    no normalisation, so that NFD names stay NFD. Raises ValueError for a field that D1 does not have.
    """
    strange = set(values) - set(FIELDS)
    if strange:
        raise ValueError(f"D1 has no field {', '.join(sorted(strange))}")
    status = values.get("TrangThaiHoSo", "")
    filled = {**values, "TenTrangThai": STATUSES.get(status, "")}
    flat = "".join(_element(name, filled.get(name, "")) for name in FIELDS)
    whole = updated_at.replace(microsecond=0)
    return Record(
        code=values.get("MaHoSo", ""),
        office=values.get("MaDonVi", ""),
        status=status,
        updated_at=whole,
        xml=b"<HoSo>" + flat.encode() + blocks + _tail(whole),
    )


def _element(name: str, text: str) -> str:
    return f"<{name}>{html.escape(text, quote=False)}</{name}>" if text else f"<{name} />"


def _tail(at: datetime) -> bytes:
    return f"<NgayCapNhat>{vietnam_text(at)}</NgayCapNhat></HoSo>".encode()
