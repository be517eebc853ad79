"""The three operations of the service, against the province and under the knobs of one call."""

import html
import itertools
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from adapter.simulators.onestop import records
from adapter.simulators.onestop.knobs import Knobs
from adapter.simulators.onestop.province import Moment, Province
from adapter.simulators.onestop.records import Record
from adapter.simulators.onestop.soap import Call, FaultError, Reply

BAD_PAGE: Final = 2
BAD_DATE: Final = 3
WINDOW_TOO_LONG: Final = 4


def perform(call: Call, province: Province, knobs: Knobs, serial: int) -> Reply:
    """Answer a call that is allowed to be made. `serial` numbers the calls, so that disorder is never twice the same.

    Raises FaultError for arguments .NET could not have read.
    """
    if knobs.error_code:
        return Reply(code=knobs.error_code, message="Hệ thống đang bận, vui lòng thử lại sau")
    if call.operation == "LayDanhSachHoSo":
        return _list(call, province, knobs, serial)
    code = call.arguments.get("maHoSo", "").strip()
    if call.operation == "TraCuuHoSo":
        return _found([record.xml for record in province.lookup(code)])
    return _found([_step(moment) for moment in province.history(code)])


def _found(rows: Sequence[bytes]) -> Reply:
    return Reply(total=len(rows), rows=rows) if rows else Reply(message="Không tìm thấy hồ sơ")


def _list(call: Call, province: Province, knobs: Knobs, serial: int) -> Reply:
    start, size = _number(call, "pStartRowIndex"), _number(call, "pPageSize")
    if start < 0 or size <= 0:
        return Reply(code=BAD_PAGE, message="Tham số phân trang không hợp lệ")
    try:
        since, until = _date(call, "tuNgay"), _date(call, "denNgay")
    except ValueError:
        return Reply(code=BAD_DATE, message="Ngày không đúng định dạng dd/MM/yyyy HH:mm:ss")
    if until < since:
        return Reply(code=BAD_DATE, message="Từ ngày phải nhỏ hơn hoặc bằng đến ngày")
    if knobs.max_window_days and until - since > timedelta(days=knobs.max_window_days):
        return Reply(code=WINDOW_TOO_LONG, message=f"Khoảng thời gian vượt quá {knobs.max_window_days} ngày")
    window = province.window(since, until, call.arguments.get("maDonVi", "").strip())
    if knobs.outside:
        asked_for = {id(record) for record in window}
        oldest = [record for record in itertools.islice(province, knobs.outside) if id(record) not in asked_for]
        window = [*oldest, *window]
    page = _page(window, start, size, knobs, serial)
    province.restamp(window[: knobs.page_shift])
    total = None if knobs.missing_total else len(window) + knobs.extra_total
    return Reply(total=total, rows=[record.xml for record in page])


def _page(window: Sequence[Record], start: int, size: int, knobs: Knobs, serial: int) -> Sequence[Record]:
    if knobs.unstable_order:
        window = random.Random(serial).sample(window, len(window))
    if knobs.page_cap:
        size = min(size, knobs.page_cap)
    page = window[start:] if knobs.huge_page else window[start : start + size]
    return [*page, *page[: knobs.duplicate_rows]] if knobs.duplicate_rows else page


def _number(call: Call, name: str) -> int:
    text = call.arguments.get(name, "").strip()
    try:
        return int(text)
    except ValueError:
        # .NET has no null for an int: an absent one is 0, an unreadable one breaks the whole request.
        if not text:
            return 0
        raise FaultError(
            "Server was unable to read request. ---> There is an error in XML document (1, 1). ---> "
            "Input string was not in a correct format.",
            sender=True,
        ) from None


def _date(call: Call, name: str) -> datetime:
    return records.vietnam_time(call.arguments.get(name, "").strip())


def _step(moment: Moment) -> bytes:
    values = moment.record.values()
    shown = {
        "MaHoSo": values["MaHoSo"],
        "ThoiDiemXuLy": records.vietnam_text(moment.at),
        "TrangThai": values["TrangThaiHoSo"],
        "TenTrangThai": values["TenTrangThai"],
        "NoiDungXuLy": values["NoiDungXuLy"],
        "PhongBanXuLy": values["DonViXuLy"],
        "YKien": values["YKien"] or values["LyDo"],
    }
    inner = "".join(f"<{name}>{html.escape(text, quote=False)}</{name}>" for name, text in shown.items())
    return f"<QuaTrinh>{inner}</QuaTrinh>".encode()
