"""What each of Zalo's templates must say of a record: the parameters of ``templates.yaml``, written down once more."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from adapter.simulators.onestop.records import VIETNAM, vietnam_time
from tests.week.meaning import Values, meaning, reason

Offices = Mapping[str, Mapping[str, Any]]
Words = Callable[[Values, Offices], str]

TEMPLATES = {
    "submitted": "300001",
    "received": "300002",
    "refused": "300003",
    "step": "300004",
    "supplement": "300005",
    "payment": "300006",
    "withdrawal": "300007",
    "stopped": "300008",
    "ready": "300009",
    "returned": "300010",
    "recalled": "300011",
    "reopened": "300012",
    "rescheduled": "300013",
    "reminder": "300014",
}

STATUS_WORDS = {
    "submitted": "Đã nộp, chờ tiếp nhận",
    "received": "Đã tiếp nhận",
    "refused": "Chưa được tiếp nhận",
    "step": "Đang giải quyết",
    "supplement": "Cần bổ sung giấy tờ",
    "payment": "Cần nộp phí, lệ phí hoặc thuế",
    "withdrawal": "Đã ghi nhận đề nghị rút",
    "stopped": "Dừng giải quyết",
    "ready": "Đã có kết quả",
    "returned": "Đã trả kết quả",
}

_LONGEST_NAME, _LONGEST = 30, 200
_ORGANISATIONS = ("CÔNG TY", "DOANH NGHIỆP", "UBND", "TRƯỜNG", "TRUNG TÂM")


def offices_of(folder: Path) -> Offices:
    """The offices as the admins wrote them."""
    found = YAML(typ="safe").load((folder / "offices.yaml").read_text("utf-8"))["offices"]
    assert isinstance(found, dict)
    return found


def _of(field: str, instead: str, values: Values, offices: Offices) -> str:
    del offices
    return values[field] or instead


def _when(field: str, instead: str, values: Values, offices: Offices) -> str:
    del offices
    text = values[field]  # dd/MM/yyyy HH:mm:ss
    return f"{text[11:16]} {text[:10]}" if text else instead


def _why(instead: str, values: Values, offices: Offices) -> str:
    del offices
    return reason(values) or instead


def _name(values: Values, offices: Offices) -> str:
    """A shouted name is written as people write it; an organisation's stays as it is."""
    del offices
    name = unicodedata.normalize("NFC", values["ChuHoSo"])
    personal = name.isupper() and not name.startswith(_ORGANISATIONS)
    return (" ".join(map(str.capitalize, name.split())) if personal else name) or "chủ hồ sơ"


def _money(values: Values, offices: Offices) -> str:
    del offices
    dong = values["SoTien"]
    return f"{int(dong):,} đồng".replace(",", ".") if dong else "theo thông báo nộp tiền"


def _place(field: str, instead: str, values: Values, offices: Offices) -> str:
    """Of the office, or of who took over after it closed."""
    office, today = offices.get(values["MaDonVi"]), vietnam_time(values["NgayCapNhat"]).astimezone(VIETNAM).date()
    while office and date.fromisoformat(str(office.get("valid_to", date.max))) < today:
        office = offices[office["successor"]]
    return str(office[field]) if office else instead


def _state(values: Values, offices: Offices) -> str:
    del offices
    return STATUS_WORDS[meaning(values)]


_EVERYWHERE: Mapping[str, Words] = {
    "ten": _name,
    "ma_ho_so": partial(_of, "MaHoSo", ""),
    "thu_tuc": partial(_of, "TenTTHC", "thủ tục hành chính"),
}
_STAMP = partial(_when, "NgayCapNhat", "")
_STEP = partial(_of, "NoiDungXuLy", "Đang giải quyết")


def _by(instead: str) -> Words:
    return partial(_of, "DonViXuLy", instead)


SAYS: Mapping[str, Mapping[str, Words]] = {
    "submitted": {"don_vi": _by("cơ quan tiếp nhận")},
    "received": {
        "don_vi": _by("Cơ quan tiếp nhận"),
        "tiep_nhan": partial(_when, "NgayTiepNhan", "theo giấy tiếp nhận"),
        "hen_tra": partial(_when, "NgayHenTra", "theo giấy tiếp nhận"),
    },
    "refused": {"don_vi": _by("Cơ quan tiếp nhận"), "ly_do": partial(_why, "xem trong phiếu từ chối tiếp nhận hồ sơ")},
    "step": {"buoc": _STEP, "cap_nhat": _STAMP, "hen_tra": partial(_when, "NgayHenTra", "theo giấy tiếp nhận")},
    "supplement": {
        "don_vi": _by("cơ quan giải quyết"),
        "noi_dung": partial(_why, "xem trong phiếu yêu cầu bổ sung hồ sơ"),
    },
    "payment": {"so_tien": _money, "don_vi": _by("cơ quan giải quyết")},
    "withdrawal": {"don_vi": _by("Cơ quan giải quyết"), "ghi_nhan": _STAMP},
    "stopped": {"don_vi": _by("Cơ quan giải quyết"), "ly_do": partial(_why, "xem trong thông báo dừng giải quyết")},
    "ready": {
        "noi_nhan": partial(_place, "name", "nơi đã nộp hồ sơ"),
        "dia_chi": partial(_place, "address", "ghi trên giấy tiếp nhận"),
        "gio_lam_viec": partial(_place, "hours", "giờ hành chính"),
    },
    "returned": {
        "tra_luc": partial(_when, "NgayTra", "theo sổ trả kết quả"),
        "noi_tra": partial(_place, "name", "nơi đã nộp hồ sơ"),
    },
    "recalled": {"cap_nhat": _STAMP},
    "reopened": {"buoc": _STEP, "cap_nhat": _STAMP, "don_vi": _by("nơi đã nộp hồ sơ")},
    "rescheduled": {"hen_moi": partial(_when, "NgayHenTra", ""), "don_vi": _by("ghi trên giấy tiếp nhận")},
    "reminder": {
        "trang_thai": _state,
        "noi_dung": partial(_why, "xem tại nơi đã nộp hồ sơ"),
        "don_vi": _by("nơi đã nộp hồ sơ"),
    },
}
"""Event -> the parameters of its template beside those that every template has."""


def says(event: str, said: Mapping[str, str], values: Values, offices: Offices) -> bool:
    """Whether a message says of this record what it must, all of it and nothing else."""
    wanted = {name: words(values, offices) for name, words in {**_EVERYWHERE, **SAYS[event]}.items()}
    return said.keys() == wanted.keys() and all(_same(name, said[name], text) for name, text in wanted.items())


def _same(name: str, said: str, text: str) -> bool:
    """Equal, or cut at Zalo's limit."""
    room = _LONGEST_NAME if name == "ten" else _LONGEST
    cut = len(text) > room and said.endswith("…") and room - 3 <= len(said) <= room
    return text.startswith(said[:-1]) if cut else said == text
