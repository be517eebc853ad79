"""The single steps a dossier takes, as changes of D1 fields: the vocabulary that plots are written in."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from adapter.simulators.onestop.happenings import NOW, After


class Beat(NamedTuple):
    """One step, `gap` story seconds after the step before it."""

    gap: int
    changes: Mapping[str, str | After]


_NO_REMARK: Final = {"YKien": "", "LyDo": ""}


def submitted(gap: int = 0) -> Beat:
    """Filed online, not yet accepted (1)."""
    step = "Công dân nộp hồ sơ trực tuyến"
    return Beat(gap, {"TrangThaiHoSo": "1", "KenhThucHien": "2", "NgayNopHoSo": NOW, "NoiDungXuLy": step})


def received(gap: int = 0, *, days: int | None = 1) -> Beat:
    """Accepted by the one-stop (2), due after `days` working days; None for a procedure without a due date."""
    due: str | After = "" if days is None else After(working_days=days)
    step = "Tiếp nhận hồ sơ, chuyển bộ phận chuyên môn"
    return Beat(gap, {"TrangThaiHoSo": "2", "NgayTiepNhan": NOW, "NgayHenTra": due, "NoiDungXuLy": step, **_NO_REMARK})


def refused(gap: int, reason: str) -> Beat:
    """Not accepted (3), with the reason of form 03."""
    changes = {"TrangThaiHoSo": "3", "LyDo": reason, "NoiDungXuLy": "Từ chối tiếp nhận hồ sơ"}
    return Beat(gap, {**changes, "NgayKetThucXuLy": NOW})


def working(gap: int, step: str) -> Beat:
    """In the hands of somebody (4); also how a recalled result or a reopened dossier looks."""
    return Beat(gap, {"TrangThaiHoSo": "4", "NoiDungXuLy": step, "NgayKetThucXuLy": "", "NgayTra": "", **_NO_REMARK})


def supplement(gap: int, what: str) -> Beat:
    """Papers are asked for (5), as on form 02."""
    return Beat(gap, {"TrangThaiHoSo": "5", "YKien": what, "NoiDungXuLy": "Yêu cầu công dân bổ sung hồ sơ"})


def payment(gap: int, dong: int) -> Beat:
    """A financial duty is asked for (6), in đồng."""
    step = "Thông báo nghĩa vụ tài chính"
    return Beat(gap, {"TrangThaiHoSo": "6", "SoTien": str(dong), "NoiDungXuLy": step})


def withdrawal(gap: int, reason: str) -> Beat:
    """The citizen asks to withdraw (7)."""
    return Beat(gap, {"TrangThaiHoSo": "7", "LyDo": reason, "NoiDungXuLy": "Công dân đề nghị rút hồ sơ"})


def stopped(gap: int, reason: str) -> Beat:
    """Processing ends without a result (8), as on form 05."""
    changes = {"TrangThaiHoSo": "8", "LyDo": reason, "NoiDungXuLy": "Dừng xử lý hồ sơ"}
    return Beat(gap, {**changes, "NgayKetThucXuLy": NOW})


def ready(gap: int) -> Beat:
    """Processed, the result lies at the desk (9)."""
    step = "Đã có kết quả tại bộ phận trả kết quả"
    return Beat(gap, {"TrangThaiHoSo": "9", "NgayKetThucXuLy": NOW, "NoiDungXuLy": step, **_NO_REMARK})


def returned(gap: int) -> Beat:
    """The result has been handed over (10)."""
    return Beat(gap, {"TrangThaiHoSo": "10", "NgayTra": NOW, "NoiDungXuLy": "Đã trả kết quả cho công dân"})


def rescheduled(gap: int, *, days: int, remark: str) -> Beat:
    """The due date moves to `days` working days from now; the status stays."""
    return Beat(gap, {"NgayHenTra": After(working_days=days), "YKien": remark})


def copied_as_processed(gap: int) -> Beat:
    """What a copying exporter makes of a 5, 6 or 8 (fixture 23): a 9 with no end of processing behind it."""
    return Beat(gap, {"TrangThaiHoSo": "9", "NgayKetThucXuLy": "", "NoiDungXuLy": "Chờ công dân bổ sung hồ sơ"})
