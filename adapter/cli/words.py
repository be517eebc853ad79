"""Our enums in the words of the people who read them. A test demands a word for every member."""

from collections.abc import Mapping

from adapter.model import Bucket, Channel, DeliveryState, Event, LinkKind, PauseScope, Proof, SkipReason, TokenState

STATES: Mapping[DeliveryState, str] = {
    DeliveryState.PENDING: "chờ gửi",
    DeliveryState.SENDING: "đang gửi",
    DeliveryState.SENT: "đã gửi",
    DeliveryState.DELIVERED: "đã đến máy",
    DeliveryState.UNKNOWN: "chưa rõ",
    DeliveryState.LAPSED: "không đến được",
    DeliveryState.REFUSED: "bị từ chối",
    DeliveryState.HELD: "tạm giữ",
    DeliveryState.SUPERSEDED: "đã có tin mới hơn",
    DeliveryState.CANCELLED: "đã hủy",
    DeliveryState.EXPIRED: "quá hạn",
}

EVENTS: Mapping[Event, str] = {
    Event.SUBMITTED: "đã nộp trực tuyến",
    Event.RECEIVED: "đã tiếp nhận",
    Event.REFUSED: "không tiếp nhận",
    Event.STEP: "đang xử lý",
    Event.SUPPLEMENT: "cần bổ sung",
    Event.PAYMENT: "cần nộp phí",
    Event.WITHDRAWAL: "xin rút",
    Event.STOPPED: "dừng xử lý",
    Event.READY: "có kết quả",
    Event.RETURNED: "đã trả kết quả",
    Event.RECALLED: "thu hồi báo có kết quả",
    Event.REOPENED: "xử lý lại",
    Event.RESCHEDULED: "dời ngày hẹn",
    Event.SHIPPED: "gửi bưu điện",
    Event.REMINDER: "nhắc lại",
    Event.OVERDUE: "quá hẹn",
}

CHANNELS: Mapping[Channel, str] = {Channel.UID: "Zalo (uid)", Channel.PHONE: "Zalo (số điện thoại)"}

SCOPES: Mapping[PauseScope, str] = {
    PauseScope.ALL: "tất cả",
    PauseScope.CHANNEL: "kênh",
    PauseScope.TEMPLATE: "mẫu tin",
    PauseScope.OFFICE: "đơn vị",
    PauseScope.RULE: "quy tắc",
}

SKIPS: Mapping[SkipReason, str] = {
    SkipReason.NO_RULE: "không có quy tắc",
    SkipReason.RULE_OFF: "quy tắc đang tắt",
    SkipReason.TOO_OLD: "quá cũ khi thấy lần đầu",
    SkipReason.NO_PHONE: "không có số điện thoại",
    SkipReason.BAD_PHONE: "số điện thoại sai",
    SkipReason.LANDLINE: "số máy bàn",
    SkipReason.SHARED_PHONE: "số dùng chung cho quá nhiều hồ sơ",
    SkipReason.NO_CHANNEL: "không có kênh nào đến được người này",
    SkipReason.MISSING_FIELD: "hồ sơ thiếu thông tin mẫu tin cần",
    SkipReason.TOO_LONG: "thông tin dài quá giới hạn của Zalo",
    SkipReason.SENDING_OFF: "đang tắt gửi (chạy thử)",
    SkipReason.NOT_ALLOWED: "không có trong danh sách được gửi",
    SkipReason.MOOT: "đã hết ý nghĩa",
    SkipReason.WITHDRAWN: "người dân yêu cầu không nhận tin",
}

TOKENS: Mapping[TokenState, str] = {
    TokenState.FRESH: "dùng được",
    TokenState.REFRESHING: "đang làm mới",
    TokenState.LOST: "đã mất, phải cấp quyền lại",
}

LINK_KINDS: Mapping[LinkKind, str] = {LinkKind.PHONE: "số điện thoại", LinkKind.DOSSIER: "hồ sơ"}

PROOFS: Mapping[Proof, str] = {
    Proof.COUNTER: "xác nhận tại quầy",
    Proof.OTP: "mã một lần",
    Proof.MINI_APP: "Mini App",
    Proof.IMPORT: "nhập từ danh sách của tỉnh",
}

BUCKETS: Mapping[Bucket, str] = {
    Bucket.WAITING: "đang chờ",
    Bucket.HELD: "tạm giữ",
    Bucket.TOLD: "đã báo",
    Bucket.UNKNOWN: "chưa rõ",
    Bucket.NOT_REACHED: "không báo được",
    Bucket.SUPERSEDED: "đã có tin mới hơn",
    Bucket.CANCELLED: "đã hủy",
    Bucket.EXPIRED: "quá hạn",
    Bucket.SKIPPED: "không thành tin",
}
