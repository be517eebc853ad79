"""Shapes of the files about telling citizens: messages.yaml, templates.yaml, offices.yaml, calendar.yaml."""

from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from adapter.core.mapping.scalars import ClockSpan, Day, Duration, Shape, Slug, Text, listed
from adapter.model import AfterUnknown, Channel, Event

ParamKind = Literal[
    "name", "phone", "address", "code", "label", "status", "contact", "salutation",
    "product", "quantity", "time", "otp", "url", "money", "transfer_note",
]  # fmt: skip

LIMITS: Final[dict[str, int]] = {
    "name": 30, "phone": 15, "address": 200, "code": 30, "label": 30, "status": 30, "contact": 50, "salutation": 5,
    "product": 200, "quantity": 20, "time": 20, "otp": 10, "url": 200, "money": 12, "transfer_note": 90,
}  # fmt: skip
"""Zalo's longest text for each kind of parameter (reference/zalo.md 3.3)."""

NEVER_CUT: Final = frozenset({"phone", "code", "time", "otp", "url", "money", "quantity"})
"""Half of one of these would be false, not short."""

Names = Annotated[list[Text], BeforeValidator(listed)]


class WhenShape(Shape):
    """Phạm vi của một luật. Không ghi gì là áp dụng cho tất cả."""

    offices: Names = Field(default_factory=list, title="Chỉ các đơn vị có mã này")
    procedures: Names = Field(default_factory=list, title="Chỉ các thủ tục có mã này", examples=[["1.001193"]])


class RuleShape(Shape):
    """Một luật: khi có sự kiện nào, ở đâu, thì báo gì, bằng cách nào."""

    on: Event = Field(title="Sự kiện")
    template: Slug = Field(title="Mẫu tin trong templates.yaml")
    audience: Literal["applicant"] = Field("applicant", title="Báo cho ai", description="applicant: chủ hồ sơ")
    when: WhenShape = Field(default_factory=lambda: WhenShape(), title="Phạm vi")  # noqa: PLW0108 - mypy's plugin
    channels: list[Channel] = Field(
        default_factory=lambda: [Channel.UID, Channel.PHONE],
        min_length=1,
        title="Kênh gửi, thử lần lượt",
        description="uid: tài khoản Zalo đã liên kết; phone: số điện thoại trên hồ sơ",
    )
    priority: Literal["urgent", "notice"] = Field(
        "notice", title="Độ ưu tiên", description="urgent: người dân phải làm gì đó"
    )
    enabled: bool = Field(True, title="Bật")
    expires_after: Duration = Field(timedelta(days=14), title="Sau bao lâu thì không gửi nữa")
    after_unknown: AfterUnknown = Field(
        AfterUnknown.LEAVE,
        title="Khi không biết tin đã đến chưa",
        description="leave: để tin sau báo thay; remind: gửi một tin nhắc lại theo reminder_template",
    )
    reminder_template: Slug | None = Field(None, title="Mẫu tin nhắc lại")


class MessagesFile(Shape):
    """messages.yaml: các luật. Luật đứng trước được xét trước; với mỗi sự kiện chỉ luật đầu tiên phù hợp được dùng."""

    rules: dict[Slug, RuleShape] = Field(title="Các luật")


class ParamShape(Shape):
    """Một tham số của mẫu ZBS."""

    text: Text = Field(title="Nội dung", description="Chỗ điền như {ma_ho_so} hoặc {hen_tra_luc:ngay}")
    kind: ParamKind = Field(title="Loại tham số đã đăng ký với Zalo", description="Loại quyết định độ dài tối đa")
    max_length: int | None = Field(None, ge=1, title="Độ dài tối đa", description="Chỉ ghi khi mẫu đã duyệt cho ít hơn")
    cut: bool | None = Field(
        None, title="Được cắt bớt khi quá dài", description="Mã, số tiền, thời gian không bao giờ cắt"
    )


class ZbsShape(Shape):
    """Một mẫu ZBS đã được Zalo duyệt."""

    template_id: Annotated[str, StringConstraints(pattern=r"^\d{1,20}$")] = Field(title="Mã mẫu trên Zalo")
    channels: list[Channel] = Field(min_length=1, title="Dùng cho kênh nào")
    timeout: Duration = Field(timedelta(hours=2), title="Zalo bỏ tin nếu không phát được trong thời gian này")
    params: dict[Annotated[str, StringConstraints(pattern=r"^[a-zA-Z][a-zA-Z0-9_]*$")], ParamShape] = Field(
        min_length=1, max_length=10, title="Tham số", description="Tên phải đúng như trên mẫu đã duyệt"
    )


class TemplateShape(Shape):
    """Một điều chúng ta nói với người dân."""

    text: Text = Field(title="Toàn văn người dân đọc được")
    zbs: list[ZbsShape] = Field(min_length=1, title="Các mẫu ZBS")


class TemplatesFile(Shape):
    """templates.yaml: các mẫu tin."""

    templates: dict[Slug, TemplateShape] = Field(title="Các mẫu tin")


class OfficeShape(Shape):
    """Một đơn vị tiếp nhận và trả kết quả."""

    name: Text = Field(title="Tên đơn vị")
    address: str = Field("", title="Địa chỉ")
    phone: str = Field("", title="Điện thoại")
    hours: str = Field("", title="Giờ tiếp công dân")
    valid_from: Day | None = Field(None, title="Hoạt động từ ngày")
    valid_to: Day | None = Field(None, title="Hoạt động đến hết ngày")
    successor: str = Field("", title="Mã đơn vị tiếp nối", description="Sau ngày kết thúc, người dân được chỉ đến đây")


class OfficesFile(Shape):
    """offices.yaml: danh mục đơn vị."""

    offices: dict[Text, OfficeShape] = Field(title="Các đơn vị, theo mã")


class DaysShape(Shape):
    """Một ngày, hoặc nhiều ngày liền nhau."""

    day: Day = Field(title="Ngày")
    until: Day | None = Field(None, title="Đến hết ngày", description="Chỉ ghi khi nhiều ngày liền nhau")
    name: str = Field("", title="Tên", examples=["Tết Nguyên đán"])
    decision: str = Field("", title="Văn bản quyết định")


class CalendarFile(Shape):
    """calendar.yaml: ngày nghỉ, ngày làm bù, giờ yên lặng; giờ Việt Nam. Ngày lễ theo luật đã có sẵn."""

    quiet: ClockSpan | None = Field(None, title="Giờ yên lặng", description="Không gửi tin trong khoảng này")
    quiet_days_off: ClockSpan | None = Field(None, title="Giờ yên lặng của ngày nghỉ")
    days_off: Annotated[list[DaysShape], BeforeValidator(listed)] = Field(default_factory=list, title="Ngày nghỉ thêm")
    make_up_days: Annotated[list[DaysShape], BeforeValidator(listed)] = Field(
        default_factory=list, title="Ngày làm bù (cuối tuần hoặc ngày lễ phải đi làm)"
    )
