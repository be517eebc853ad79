"""Where the story plays: offices and procedures of an imitated Vĩnh Phúc.

The nine districts are real (reference/onestop.md 1.5), as are the procedure codes (1.4); the office codes follow the
old agency identifier (1.1) but their numbers are invented.
"""

from typing import Final, NamedTuple


class Office(NamedTuple):
    """An office with its old-style agency identifier."""

    code: str
    name: str


class Procedure(NamedTuple):
    """A procedure: national code, name, usual working days (0: same day) and fee in đồng."""

    code: str
    name: str
    working_days: int
    fee: int


PROVINCE_CENTRE: Final = Office("000.00.01.H62", "Trung tâm Phục vụ hành chính công tỉnh")

_DISTRICTS: Final = (
    ("31", "thành phố Vĩnh Yên", ("phường Liên Bảo", "phường Tích Sơn", "xã Định Trung")),
    ("32", "thành phố Phúc Yên", ("phường Trưng Trắc", "phường Hùng Vương", "xã Ngọc Thanh")),
    ("33", "huyện Lập Thạch", ("xã Tử Du", "xã Xuân Hòa", "xã Vân Trục")),
    ("34", "huyện Tam Dương", ("xã Hoàng Hoa", "xã Đồng Tĩnh", "xã Kim Long")),
    ("35", "huyện Tam Đảo", ("xã Minh Quang", "xã Tam Quan", "xã Đạo Trù")),
    ("36", "huyện Bình Xuyên", ("xã Quất Lưu", "xã Tam Hợp", "xã Sơn Lôi")),
    ("37", "huyện Yên Lạc", ("xã Tam Hồng", "xã Đồng Cương", "xã Trung Nguyên")),
    ("38", "huyện Vĩnh Tường", ("xã Thượng Trưng", "xã Tân Tiến", "xã Bình Dương")),
    ("39", "huyện Sông Lô", ("xã Đồng Thịnh", "xã Lãng Công", "xã Hải Lựu")),
)

DISTRICT_CENTRES: Final = tuple(
    Office(f"000.00.{number}.H62", f"Bộ phận Một cửa UBND {name}") for number, name, _ in _DISTRICTS
)
COMMUNES: Final = tuple(
    Office(f"000.{22 + place}.{number}.H62", f"UBND {commune}")
    for number, _, communes in _DISTRICTS
    for place, commune in enumerate(communes)
)
OFFICES: Final = (PROVINCE_CENTRE, *DISTRICT_CENTRES, *COMMUNES)

BIRTH: Final = Procedure("1.001193", "Đăng ký khai sinh", 0, 0)
LAND: Final = Procedure("1.005129", "Đăng ký biến động quyền sử dụng đất, tài sản gắn liền với đất", 30, 1_350_000)
EXTRACT: Final = Procedure("2.000635", "Cấp bản sao trích lục hộ tịch", 1, 8_000)

COMMUNE_PROCEDURES: Final = (
    EXTRACT,
    BIRTH,
    Procedure("1.000894", "Đăng ký kết hôn", 2, 0),
    Procedure("1.000656", "Đăng ký khai tử", 1, 0),
    Procedure("2.000815", "Chứng thực bản sao từ bản chính giấy tờ, văn bản", 0, 20_000),
)
DISTRICT_PROCEDURES: Final = (
    LAND,
    Procedure("2.000908", "Cấp bản sao từ sổ gốc", 1, 0),
    Procedure("2.002493", "Tuyển sinh vào trường mầm non", 5, 0),
)
PROVINCE_PROCEDURES: Final = (
    Procedure("2.000488", "Cấp Phiếu lý lịch tư pháp", 10, 200_000),
    Procedure("3.000181", "Tuyển sinh trung học phổ thông", 7, 0),
)


def procedures_of(office: Office) -> tuple[Procedure, ...]:
    """What may be filed at that office."""
    if office == PROVINCE_CENTRE:
        return PROVINCE_PROCEDURES
    return DISTRICT_PROCEDURES if office in DISTRICT_CENTRES else COMMUNE_PROCEDURES
