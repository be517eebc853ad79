"""The lives that dossiers lead: the fixtures of reference/onestop.md 9 that dialect D1 can tell, and ordinary ones."""

import random
import unicodedata
from collections.abc import Mapping
from typing import Final, NamedTuple

from adapter.simulators.onestop import beats, places
from adapter.simulators.onestop.beats import Beat

_NOTHING: Final[Mapping[str, str]] = {}


class Plot(NamedTuple):
    """One dossier's life. `values` replace what the drawn owner would have; `twin` files the same code twice."""

    name: str
    beats: tuple[Beat, ...]
    procedure: places.Procedure = places.EXTRACT
    values: Mapping[str, str] = _NOTHING
    twin: bool = False


_SHORT: Final = (
    beats.received(),
    beats.working(1200, "Thẩm định hồ sơ"),
    beats.ready(3600),
    beats.returned(1800),
)
_LAND: Final = (
    beats.received(days=30),
    beats.working(900, "Văn phòng Đăng ký đất đai tiếp nhận"),
    beats.working(900, "Thẩm tra hồ sơ"),
    beats.working(900, "Xác minh thực địa"),
    beats.rescheduled(300, days=35, remark="Gia hạn do phải xác minh thực địa"),
    beats.working(900, "Lấy ý kiến UBND xã"),
    beats.working(900, "Trình lãnh đạo phê duyệt"),
    beats.supplement(900, "Bổ sung trích đo địa chính thửa đất"),
    beats.working(2700, "Đã nhận giấy tờ bổ sung, tiếp tục thẩm tra"),
    beats.rescheduled(300, days=38, remark="Điều chỉnh ngày hẹn trả theo thời gian bổ sung hồ sơ"),
    beats.payment(900, 1_350_000),
    beats.working(2700, "Công dân đã hoàn thành nghĩa vụ tài chính"),
    beats.ready(1800),
    beats.returned(1800),
)
_BIRTH: Final = (
    beats.submitted(),
    beats.received(12, days=0),
    beats.working(12, "Công chức tư pháp hộ tịch xử lý"),
    beats.ready(18),
    beats.returned(15),
)
_OVERDUE: Final = (
    beats.received(days=-2),
    beats.working(900, "Thẩm định hồ sơ"),
    beats.rescheduled(2700, days=3, remark="Phiếu xin lỗi và hẹn lại ngày trả kết quả: cơ quan phối hợp trả lời chậm"),
    beats.ready(3600),
    beats.returned(1800),
)
_WITHDRAWN: Final = (
    beats.submitted(),
    beats.received(900),
    beats.working(900, "Thẩm định hồ sơ"),
    beats.withdrawal(1800, "Công dân không còn nhu cầu"),
    beats.stopped(900, "Đồng ý cho rút hồ sơ theo đề nghị của công dân"),
)
_RECALLED: Final = (
    *_SHORT[:3],
    beats.working(900, "Thu hồi kết quả để đính chính sai sót"),
    beats.ready(2700),
    beats.returned(900),
)
_REOPENED: Final = (
    *_SHORT,
    beats.working(1800, "Mở lại hồ sơ theo kiến nghị của công dân"),
    beats.ready(2700),
    beats.returned(900),
)
_EXPORTED: Final = (
    *_SHORT[:2],
    beats.copied_as_processed(1800),
    beats.working(3600, "Công dân đã bổ sung, tiếp tục xử lý"),
    beats.ready(1800),
    beats.returned(1800),
)
_NO_DUE_DATE: Final = (beats.received(days=None), *_SHORT[1:])

_COMPANY: Final = {"ChuHoSo": "CÔNG TY TNHH THƯƠNG MẠI & DỊCH VỤ MẪU", "SoDienThoai": "0912000111/0987000222"}
_NFD_NAME: Final = {"ChuHoSo": unicodedata.normalize("NFD", "LÊ THỊ HỒNG NHUNG")}
_TEST_DOSSIER: Final = {"ChuHoSo": "HỒ SƠ TEST", "SoDienThoai": "0123456789", "Email": "test@example.vn"}

FIXTURES: Final = (
    Plot("same-day birth registration", _BIRTH, places.BIRTH),
    Plot("land dossier", _LAND, places.LAND),
    Plot(
        "refused online",
        (beats.submitted(), beats.refused(1800, "Thành phần hồ sơ không đúng quy định: thiếu bản sao giấy khai sinh")),
    ),
    Plot("withdrawn", _WITHDRAWN),
    Plot("overdue with apology", _OVERDUE),
    Plot("company with two phones", _SHORT, values=_COMPANY),
    Plot("eleven-digit phone", _SHORT, values={"SoDienThoai": "0168.000.1234"}),
    Plot("landline only", _SHORT, values={"SoDienThoai": "0211 3000 345"}),
    Plot("decomposed name", _SHORT, values=_NFD_NAME),
    Plot("same code from two offices", _SHORT, twin=True),
    Plot("recalled result", _RECALLED),
    Plot("reopened", _REOPENED),
    Plot("test dossier", _SHORT, values=_TEST_DOSSIER),
    Plot("no due date", _NO_DUE_DATE),
    Plot("exporter's false 9", _EXPORTED),
)
"""Fixtures 1–5, 8–11, 13, 16, 17, 20, 21 and 23; 18 and 24 are arguments of the story."""

_STEPS: Final = ("Thẩm định hồ sơ", "Lấy ý kiến cơ quan phối hợp", "Trình lãnh đạo phê duyệt", "Đóng dấu, phát hành")
_PAPERS: Final = ("Bổ sung bản sao căn cước công dân", "Bổ sung giấy ủy quyền", "Bổ sung sơ đồ vị trí")
_SHAPES: Final = ("plain", "two steps", "online", "supplement", "payment", "at once", "refused", "stopped")
_WEIGHTS: Final = (52, 15, 12, 8, 5, 4, 2, 2)


def ordinary(chance: random.Random, procedure: places.Procedure) -> Plot:
    """Draw an everyday life for a dossier of that procedure; most are received, worked on, ready and returned."""
    shape = chance.choices(_SHAPES, _WEIGHTS)[0]
    return Plot(shape, tuple(_steps(shape, chance, procedure)), procedure)


def _steps(shape: str, chance: random.Random, procedure: places.Procedure) -> list[Beat]:
    def gap() -> int:
        return chance.randint(60, 5400)

    if shape == "refused":
        return [beats.submitted(), beats.refused(gap(), "Hồ sơ không thuộc thẩm quyền giải quyết")]
    accepted = beats.received(days=procedure.working_days)
    first = beats.working(gap(), chance.choice(_STEPS[:2]))
    ending = [beats.ready(gap()), beats.returned(gap())]
    if shape == "at once":
        return [accepted, *ending]
    if shape == "stopped":
        return [accepted, first, beats.stopped(gap(), "Công dân không bổ sung hồ sơ đúng thời hạn")]
    detours = {
        "two steps": [beats.working(gap(), chance.choice(_STEPS[2:]))],
        "supplement": [beats.supplement(gap(), chance.choice(_PAPERS)), beats.working(gap(), _STEPS[0])],
        "payment": [beats.payment(gap(), procedure.fee or 50_000), beats.working(gap(), _STEPS[2])],
    }
    opening = [beats.submitted(), accepted._replace(gap=gap())] if shape == "online" else [accepted]
    return [*opening, first, *detours.get(shape, []), *ending]
