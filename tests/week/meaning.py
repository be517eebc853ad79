"""What the national status list (reference/onestop.md 2.4), the mapping set and Zalo's codes plainly mean, in tables.

The judge's own reading, written from those papers and not from the adapter: a misunderstanding must not be shared.
Records are the one-stop's raw texts by their D1 names. Nothing here knows ``adapter.core``.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from adapter.simulators.onestop.records import VIETNAM, vietnam_time

Values = Mapping[str, str]

STATUS = {
    "1": "submitted",
    "2": "received",
    "3": "refused",
    "4": "step",
    "5": "supplement",
    "6": "payment",
    "7": "withdrawal",
    "8": "stopped",
    "9": "ready",
    "10": "returned",
}

MOVES = {
    ("ready", "step"): "recalled",
    ("ready", "received"): "recalled",
    ("returned", "step"): "reopened",
    ("returned", "received"): "reopened",
    ("returned", "ready"): "",  # a click at the desk undone: the citizen has the result in hand
    ("step", "received"): "step",  # the process is reset, or papers were taken in: no second receipt
    ("supplement", "received"): "step",
    ("payment", "received"): "step",
}
"""Moves that mean something else than where they lead."""

ENDED = frozenset({"ready", "returned", "refused", "stopped"})

RULES = {
    "nop_truc_tuyen": "submitted",
    "tiep_nhan": "received",
    "tu_choi": "refused",
    "chuyen_buoc": "step",
    "bo_sung": "supplement",
    "nghia_vu_tai_chinh": "payment",
    "rut_ho_so": "withdrawal",
    "dung_xu_ly": "stopped",
    "co_ket_qua": "ready",
    "da_tra": "returned",
    "thu_hoi": "recalled",
    "mo_lai": "reopened",
    "hen_lai": "rescheduled",
}
"""The rule that speaks of each event."""

OFF = frozenset({"submitted"})
"""Events whose rule is switched off."""

LASTS = {
    **dict.fromkeys(("refused", "supplement", "payment", "stopped", "ready"), timedelta(days=14)),
    **dict.fromkeys(("withdrawal", "recalled", "reopened", "rescheduled"), timedelta(days=7)),
    **dict.fromkeys(("received", "returned"), timedelta(days=3)),
    "step": timedelta(days=2),
    "submitted": timedelta(days=1),
}
"""So long word of an event helps anybody."""

REMINDED = frozenset({"refused", "supplement", "payment", "stopped", "ready"})
"""Of these a citizen is reminded when nobody knows whether the word arrived."""

_MILESTONES = frozenset(RULES.values()) - {"submitted", "step", "rescheduled"}

OVERTAKEN_BY = {
    "submitted": _MILESTONES,
    "step": _MILESTONES | {"step"},
    "rescheduled": _MILESTONES | {"rescheduled"},
    "reminder": _MILESTONES | {"reminder"},
    "ready": frozenset({"returned", "recalled", "refused", "supplement", "payment", "withdrawal", "stopped"}),
}
"""What makes unsent word of an event needless (DESIGN 4.2); what is not listed ends only by being sent."""

PERSONS_OWN = {
    "phone": frozenset({-108, -110, -114, -118, -119, -134, -139, -140, -141, -1471, -1472}),
    "uid": frozenset({-213, -217, -218, -227, -230, -232, -244, -249, -114, -118, -119, -139, -141}),
}
"""Codes by which Zalo says that this person cannot or will not be reached this way (zalo.md 4, class U)."""

TOO_OLD = timedelta(days=3)
"""At first sight older than this is old news."""

_BEGAN = {
    "submitted": "NgayNopHoSo",
    "received": "NgayTiepNhan",
    "refused": "NgayKetThucXuLy",
    "stopped": "NgayKetThucXuLy",
    "ready": "NgayKetThucXuLy",
    "returned": "NgayTra",
}


def meaning(values: Values) -> str:
    """The event of a status. A nine without an end of processing is a copy's word: to us still under way."""
    status = values["TrangThaiHoSo"]
    return "step" if status == "9" and not values["NgayKetThucXuLy"] else STATUS[status]


def events(before: Values | None, after: Values) -> tuple[str, ...]:
    """What a citizen is to hear when a dossier goes from one state to the other; at first sight of the one it has."""
    now = meaning(after)
    if before is None:
        return (now,)
    main = _stayed(before, after) if meaning(before) == now else _moved(before, after)
    due = before["NgayHenTra"], after["NgayHenTra"]
    put_off = all(due) and due[0] != due[1] and now not in ENDED
    return tuple(event for event in (main, "rescheduled" if put_off else "") if event)


def _moved(before: Values, after: Values) -> str:
    if before["TrangThaiHoSo"] == after["TrangThaiHoSo"] and meaning(before) == "ready":
        return ""  # the result is shown no more, the status says it still: in doubt nothing is said
    return MOVES.get((meaning(before), meaning(after)), meaning(after))


def _stayed(before: Values, after: Values) -> str:
    now = meaning(after)
    told = {"step": ("TrangThaiHoSo", "NoiDungXuLy"), **dict.fromkeys(("supplement", "payment"), ("SoTien",))}
    other = any(before[name] != after[name] for name in told.get(now, ()))
    asked = now in {"supplement", "payment"} and reason(before) != reason(after)
    return now if other or asked else ""


def reason(values: Values) -> str:
    """Why it was refused or stopped, or what is asked for."""
    return values["LyDo"] or values["YKien"]


def began(values: Values) -> datetime:
    """When the present status began, never after the record was written."""
    stamp = vietnam_time(values["NgayCapNhat"])
    own = values.get(_BEGAN.get(meaning(values), ""), "")
    return min(stamp, vietnam_time(own)) if own else stamp


def quiet(at: datetime) -> bool:
    """Whether nobody may be disturbed: 21:00 to 07:00, on Saturdays and Sundays to 08:00. No holiday is near."""
    local = at.astimezone(VIETNAM)
    return not (8 if local.weekday() >= 5 else 7) <= local.hour < 21


_OLD = {
    **{f"016{digit}": f"03{digit}" for digit in "23456789"},
    "0120": "070",
    "0121": "079",
    "0122": "077",
    "0126": "076",
    "0128": "078",
    "0123": "083",
    "0124": "084",
    "0125": "085",
    "0127": "081",
    "0129": "082",
    "0186": "056",
    "0188": "058",
    "0199": "059",
}
_MOBILE = re.compile(r"0(3[2-9]|5[25689]|7[06-9]|8[1-9]|9\d)\d{7}", re.ASCII)
_LANDLINE = re.compile(r"02\d{8,9}", re.ASCII)


def phone(text: str) -> tuple[str, str]:
    """The number that Zalo can be told (``84…``), or why there is none (onestop.md 8.1)."""
    if not re.search(r"[1-9]", text):
        return "", "no_phone"
    numbers = [_national(re.sub(r"\D", "", piece)) for piece in re.split(r"[/;]", text)]
    mobile = next((number for number in numbers if _MOBILE.fullmatch(number)), "")
    if mobile:
        return f"84{mobile[1:]}", ""
    return "", "landline" if any(map(_LANDLINE.fullmatch, numbers)) else "bad_phone"


def _national(digits: str) -> str:
    digits = f"0{digits[2:]}" if digits.startswith("84") and len(digits) == 11 else digits
    return _OLD[digits[:4]] + digits[4:] if len(digits) == 11 and digits[:4] in _OLD else digits
