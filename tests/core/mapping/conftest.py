from pathlib import Path

import pytest

from adapter.core import mapping
from adapter.model import Rulebook

SETS = Path(__file__).parents[3] / "mappings"


@pytest.fixture(scope="session")
def vinhphuc_files() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in (SETS / "vinhphuc").glob("*.yaml")}


@pytest.fixture(scope="session")
def vinhphuc(vinhphuc_files: dict[str, str]) -> Rulebook:
    rulebook, problems = mapping.load(vinhphuc_files, "/etc/motcua/mappings/vinhphuc")
    assert not problems, "\n".join(map(str, problems))
    assert rulebook is not None
    return rulebook


SOURCE = """\
name: thu
wsdl: motcua.wsdl
endpoint: https://motcua.example/ws
soap: "1.2"
operations:
  changes:
    name: LayDanhSach
    arguments:
      tu: "{from}"
      den: "{to}"
    records: A/HoSo
  lookup:
    name: TraCuu
    arguments: {ma: "{code}"}
    records: B/HoSo
identity: [ma_ho_so]
time_format: yyyy-MM-dd HH:mm:ss
max_window: 1d
overlap: 10m
"""
FIELDS = """\
fields:
  ma_ho_so:
    paths: [MaHoSo]
    required: true
  trang_thai:
    paths: [TrangThai]
    required: true
  cap_nhat_luc:
    paths: [CapNhat]
    kind: time
    formats: [dd/MM/yyyy HH:mm:ss]
    required: true
  so_tien:
    paths: [SoTien]
    kind: number
  hen_tra_luc:
    paths: [HenTra]
    kind: time
    formats: [dd/MM/yyyy]
"""
STATUSES = """\
statuses:
  "4": {event: step, text: Đang giải quyết}
  "08": {text: Mã nội bộ}
"""
MESSAGES = """\
rules:
  buoc:
    on: step
    template: buoc
    channels: [uid, phone]
"""
TEMPLATES = """\
templates:
  buoc:
    text: "Hồ sơ {ma_ho_so} tại {ten_don_vi}"
    zbs:
      - template_id: "1"
        channels: [uid, phone]
        params:
          ma: {text: "{ma_ho_so}", kind: code}
"""
OFFICES = """\
offices:
  "H1": {name: Xã Một}
  "H2": {name: Xã Hai, valid_to: 2025-06-30, successor: H1}
"""
CALENDAR = """\
quiet: 21:00-07:00
days_off:
  - day: 2026-01-02
make_up_days:
  - day: 2026-01-10
"""


@pytest.fixture
def small() -> dict[str, str]:
    """The smallest set that loads; tests break it in one place."""
    return {
        "source.yaml": SOURCE,
        "fields.yaml": FIELDS,
        "statuses.yaml": STATUSES,
        "messages.yaml": MESSAGES,
        "templates.yaml": TEMPLATES,
        "offices.yaml": OFFICES,
        "calendar.yaml": CALENDAR,
    }
