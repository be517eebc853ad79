"""Shapes of the files about reading the province: source.yaml, fields.yaml, statuses.yaml.

Titles and descriptions are the hover text in the admin's editor, so they are Vietnamese.
"""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from adapter.core.mapping.scalars import (
    DatePattern,
    Duration,
    Path,
    Shape,
    Size,
    Slug,
    Text,
    WindowPattern,
    listed,
)
from adapter.model import Event

TransformName = Literal["trim", "nfc", "upper", "title_name", "collapse_spaces", "digits", "unescape", "office_name"]


class AuthShape(Shape):
    """Phần đầu SOAP mang tên đăng nhập và mật khẩu. Bản thân mật khẩu nằm ở motcua.toml, không ở đây."""

    header: str = Field(
        "", title="Tên phần tử trong SOAP Header", description="Để trống nếu hệ thống không cần đăng nhập"
    )
    user: Text = Field("Username", title="Phần tử con chứa tên đăng nhập")
    password: Text = Field("Password", title="Phần tử con chứa mật khẩu")


class SuccessShape(Shape):
    """Cách nhận ra câu trả lời thành công."""

    path: Path = Field(title="Đường dẫn tới mã kết quả", examples=["TraCuuHoSoResponse/TraCuuHoSoResult/ErrorCode"])
    value: Text = Field(title="Giá trị nghĩa là thành công", examples=["0"])


class OperationShape(Shape):
    """Một chức năng (operation) của dịch vụ SOAP."""

    name: Text = Field(title="Tên chức năng", examples=["LayDanhSachHoSo"])
    arguments: dict[str, str] = Field(
        default_factory=dict,
        title="Tham số",
        description="Chỗ điền: {from} {to} {office} {offset} {page} {size} {code}",
    )
    records: Path = Field(title="Đường dẫn tới phần tử hồ sơ lặp lại, tính từ SOAP Body")
    total: Path | None = Field(None, title="Đường dẫn tới tổng số hồ sơ", description="Bỏ trống nếu hệ thống không cho")
    success: SuccessShape | None = Field(None, title="Dấu hiệu thành công")


class OperationsShape(Shape):
    """Các chức năng cần dùng."""

    changes: OperationShape = Field(title="Lấy hồ sơ thay đổi trong một khoảng thời gian")
    lookup: OperationShape = Field(title="Tra cứu một hồ sơ theo mã")


class TimeoutsShape(Shape):
    """Thời gian chờ tối đa."""

    connect: Duration = Field(timedelta(seconds=5), title="Chờ kết nối")
    read: Duration = Field(timedelta(seconds=60), title="Chờ giữa hai lần nhận dữ liệu")
    deadline: Duration = Field(timedelta(minutes=5), title="Chờ trọn một câu trả lời")


class SourceFile(Shape):
    """source.yaml: gọi hệ thống một cửa như thế nào."""

    name: Slug = Field(title="Tên nguồn", description="Chữ thường không dấu; không đổi sau khi đã chạy")
    wsdl: Text = Field(title="Tệp WSDL trong thư mục này", examples=["motcua.wsdl"])
    endpoint: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/@]+(/[^\s@]*)?$")] = Field(
        title="Địa chỉ dịch vụ"
    )
    soap: Literal["1.1", "1.2"] = Field("1.1", title="Phiên bản SOAP")
    auth: AuthShape = Field(default_factory=lambda: AuthShape(), title="Đăng nhập")  # noqa: PLW0108 - mypy's plugin
    operations: OperationsShape = Field(title="Chức năng")
    identity: list[str] = Field(
        min_length=1,
        title="Các trường phân biệt hồ sơ này với hồ sơ khác",
        description="Thường là mã hồ sơ; thêm mã đơn vị nếu hai đơn vị có thể cấp trùng mã",
    )
    time_format: WindowPattern = Field(title="Cách ghi thời gian trong tham số, giờ Việt Nam")
    every: Duration = Field(timedelta(minutes=3), title="Bao lâu đọc một lần")
    overlap: Duration = Field(timedelta(minutes=10), title="Đọc lùi lại bao nhiêu so với lần trước")
    settle_lag: Duration = Field(timedelta(minutes=30), title="Hồ sơ có thể xuất hiện muộn tới bao lâu")
    max_window: Duration = Field(timedelta(days=1), title="Khoảng thời gian dài nhất hệ thống chấp nhận")
    page_size: int = Field(500, ge=1, le=10_000, title="Số hồ sơ mỗi trang")
    page_overlap: int = Field(1, ge=0, le=100, title="Số hồ sơ đọc lặp giữa hai trang")
    timeouts: TimeoutsShape = Field(default_factory=lambda: TimeoutsShape(), title="Thời gian chờ")  # noqa: PLW0108 - the same
    max_bytes: Size = Field(64 * 1024 * 1024, title="Câu trả lời lớn nhất")
    partitions: Annotated[list[Text], BeforeValidator(listed)] = Field(
        default_factory=list,
        title="Hỏi từng đơn vị",
        description="Mã các đơn vị, khi hệ thống chỉ trả lời cho từng đơn vị; bỏ trống: hỏi một lần cho tất cả",
    )


class FieldShape(Shape):
    """Một trường của hồ sơ: lấy ở đâu, hiểu thế nào."""

    paths: list[Path] = Field(
        min_length=1, title="Đường dẫn trong bản ghi", description="Lấy đường dẫn đầu tiên có dữ liệu"
    )
    kind: Literal["text", "time", "number", "phone"] = Field("text", title="Kiểu dữ liệu")
    formats: Annotated[list[DatePattern], BeforeValidator(listed)] = Field(
        default_factory=list,
        title="Các mẫu ngày giờ, thử lần lượt",
        description="Chỉ dùng với kind: time. Ký hiệu: yyyy MM dd HH mm ss; hoặc iso, iso_local, epoch",
    )
    transforms: Annotated[list[TransformName], BeforeValidator(listed)] = Field(
        default_factory=list,
        title="Biến đổi theo thứ tự",
        description="Cắt khoảng trắng (trim) và chuẩn hóa Unicode (nfc) luôn được làm, không cần ghi",
    )
    required: bool = Field(False, title="Bắt buộc có")
    default: str = Field("", title="Giá trị khi không có")


class FieldsFile(Shape):
    """fields.yaml: từ bản ghi của hệ thống một cửa ra các trường của hồ sơ."""

    fields: dict[Slug, FieldShape] = Field(title="Các trường")


def _no_event(value: object) -> object:
    return None if value == "" else value


class StatusShape(Shape):
    """Một mã trạng thái của hệ thống một cửa."""

    event: Annotated[Event | None, BeforeValidator(_no_event)] = Field(
        None, title="Sự kiện", description="Để trống nếu trạng thái này không có ý nghĩa với người dân"
    )
    text: Text = Field(title="Lời dành cho người dân", examples=["Đang xử lý"])
    trusted: bool = Field(
        True,
        title="Tin ngay hay không",
        description="false: mã 9 có thể do hệ thống sao chép ghi sai; chỉ tin khi có xong_luc hoặc tep_ket_qua",
    )


class StatusesFile(Shape):
    """statuses.yaml: mã trạng thái của hệ thống nghĩa là gì."""

    statuses: dict[Text, StatusShape] = Field(title="Các mã trạng thái")
