"""The field names that the engine itself reads, among all that an admin may map. Every other name is free."""

from collections.abc import Mapping
from typing import Final

from adapter.model import Event

CODE: Final = "ma_ho_so"
OFFICE: Final = "ma_don_vi"
PROCEDURE: Final = "ma_thu_tuc"
STATUS: Final = "trang_thai"
STEP: Final = "buoc"
AS_OF: Final = "cap_nhat_luc"
DUE: Final = "hen_tra_luc"
APPLICANT: Final = "chu_ho_so"
PHONE: Final = "dien_thoai"
OFFICE_NAME: Final = "ten_don_vi"

REQUIRED: Final = (CODE, STATUS, AS_OF)
"""Without these a record is no dossier."""

KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys((CODE, OFFICE, PROCEDURE, STATUS, STEP, APPLICANT, OFFICE_NAME), ("text",)),
    **dict.fromkeys(
        (AS_OF, DUE, "nop_luc", "tiep_nhan_luc", "tu_choi_luc", "buoc_luc", "xong_luc", "tra_luc"), ("time",)
    ),
    PHONE: ("phone", "text"),
}
"""The kinds a known field may have."""

STATUS_WORDS: Final = "ten_trang_thai"
PLACE_NAME: Final = "noi_tra_ket_qua"
PLACE_ADDRESS: Final = "dia_chi_don_vi"
PLACE_PHONE: Final = "dien_thoai_don_vi"
PLACE_HOURS: Final = "gio_lam_viec"

DERIVED: Final = frozenset({STATUS_WORDS, PLACE_NAME, PLACE_ADDRESS, PLACE_PHONE, PLACE_HOURS})
"""Computed from statuses.yaml and offices.yaml; templates may name them, fields.yaml may not map them."""

ALWAYS_THERE: Final = frozenset({*DERIVED, OFFICE_NAME})
"""What a template may name although fields.yaml does not map it."""

BEGINS: Final[Mapping[Event, tuple[str, ...]]] = {
    Event.SUBMITTED: ("nop_luc",),
    Event.RECEIVED: ("tiep_nhan_luc",),
    Event.REFUSED: ("tu_choi_luc", "xong_luc"),
    Event.STEP: ("buoc_luc",),
    Event.STOPPED: ("xong_luc",),
    Event.READY: ("xong_luc",),
    Event.RETURNED: ("tra_luc",),
}
"""The fields that tell when a status began, best first."""

PROOFS_OF_RESULT: Final = ("xong_luc", "tep_ket_qua")
"""With one of these an untrusted 9 is believed: the end of processing, or a result file (reference/onestop.md 0.3)."""

NOT_A_STATUS: Final = frozenset({Event.RECALLED, Event.REOPENED, Event.RESCHEDULED, Event.REMINDER, Event.OVERDUE})
"""Events that only a comparison or the calendar can see; no single status means them."""

NOT_SEEN_YET: Final = frozenset({Event.REMINDER, Event.OVERDUE})
"""Those among them that nothing sees yet; reminders are made by ``reminder_template`` of another event's rule."""

READER_ARGUMENTS: Final = frozenset({"from", "to", "office", "offset", "page", "size", "code"})
"""Placeholders of an operation's arguments, filled by the door to the province."""
