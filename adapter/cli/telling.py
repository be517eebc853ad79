"""What went wrong, as an operator reads it: the kind of trouble in both languages, then the words of the error."""

from adapter.errors import (
    AdapterError,
    BookError,
    LeaseLostError,
    RecordError,
    SourceError,
    StoreError,
    TokenLostError,
)
from adapter.store.faults import AwayError, PassingError
from adapter.store.raw import NoDatabaseError

_AWAY = (
    "không vào được PostgreSQL: máy chủ có chạy không, store.url (máy, tên, mật khẩu) đúng chưa / PostgreSQL does not "
    "let us in: is it running, is store.url (host, name, password) right"
)
_DAMAGED = (
    "tệp hỏng; nếu là cơ sở dữ liệu đang dùng: motcua stop --wait 30, giữ nguyên tệp, motcua db restore TỆP / damaged; "
    "if it is the database at work: motcua stop --wait 30, keep the file, motcua db restore FILE"
)
_KINDS: tuple[tuple[type[AdapterError], str], ...] = (
    (PassingError, "cơ sở dữ liệu đang bận hoặc vừa ngắt, hãy thử lại / the database is busy or broke off, try again"),
    (LeaseLostError, "tiến trình khác đã nhận việc này / another process has taken this over"),
    (AwayError, _AWAY),
    (NoDatabaseError, _DAMAGED),
    (StoreError, "không dùng được cơ sở dữ liệu hoặc khóa / the database or its keys cannot be used"),
    (SourceError, "không đọc được hệ thống một cửa / the one-stop system cannot be read"),
    (RecordError, "không đọc được hồ sơ theo bộ quy tắc / the mapping cannot read a record"),
    (TokenLostError, "mã Zalo không dùng được, phải cấp quyền lại / Zalo's token cannot be used, consent anew"),
    (BookError, "sổ sách không khớp / the books do not agree"),
)
"""The narrower kind before the wider one."""


def told(error: AdapterError) -> str:
    """One line. Errors make their own sentences without personal data, in English; what they mean is said before."""
    kind = next((words for kind, words in _KINDS if isinstance(error, kind)), "lỗi / error")
    return f"{kind}: {error}"
