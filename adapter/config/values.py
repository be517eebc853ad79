"""The values an operator writes: durations, addresses, files. Each refuses what it cannot mean, English beside."""

import re
from datetime import time, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"(\d{1,6})([smhd])", value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("ghi một khoảng thời gian như 90s, 15m, 3h hoặc 2d / write a duration like these")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _moment_of_day(value: object) -> object:
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value.strip()) if isinstance(value, str) else None
    if match is None and not isinstance(value, time):
        raise ValueError("ghi giờ trong ngày như 02:30 (giờ Việt Nam) / write a time of day")
    return time(int(match[1]), int(match[2])) if match else value


def _listen(value: str) -> str:
    if value and not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^\s:]+):\d{1,5}", value):
        raise ValueError("ghi địa chỉ và cổng như 127.0.0.1:8090, hoặc để trống để tắt / write host:port, or nothing")
    if value and int(value.rpartition(":")[2]) > 65_535:  # noqa: PLR2004 - the highest TCP port there is
        raise ValueError("cổng phải từ 0 đến 65535 / there is no such port")
    return value


def _base_url(value: str) -> str:
    if value and not re.fullmatch(r"https?://[^\s?#/]+(/[^\s?#]*)?", value):
        raise ValueError("ghi một địa chỉ bắt đầu bằng https:// (hoặc http://) / write an address that begins so")
    if "@" in value:
        # https://openapi.zalo.me@evil.vn leads to evil.vn, and a password in an address is shown with it.
        raise ValueError("địa chỉ không được chứa tên đăng nhập, mật khẩu hay dấu @ / no user, password or @ in it")
    return value.rstrip("/")


def _host(value: str) -> str:
    found = re.fullmatch(r"(?:(https?)://)?([\w.-]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?/?", value.strip())
    if found is None:
        raise ValueError(
            "mỗi mục là một máy chủ như motcua.tinh.gov.vn, hay http://10.0.0.5 / each is a host like these"
        )
    scheme, host, port = found[1] or "https", found[2].lower(), found[3] or ""
    if scheme == "http" and not _inside(host.strip("[]")):
        # Said in the clear through the Internet, the password is everybody's.
        raise ValueError("http:// chỉ cho địa chỉ IP nội bộ hoặc chính máy này / plain http for inside addresses only")
    return f"{scheme}://{host}{port}"


def _inside(host: str) -> bool:
    try:
        found = ip_address(host)
    except ValueError:
        return host == "localhost"
    return found.is_private or found.is_loopback


def _sealed_url(value: str) -> str:
    local = re.match(r"http://(127(\.\d{1,3}){3}|\[::1\]|localhost)(:\d{1,5})?(/|$)", value)
    if value.startswith("http://") and not local:
        raise ValueError("phải là https://; http:// chỉ trong chính máy này (127.0.0.1) / https, or this machine")
    return value


def _proxy(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    try:
        found = urlsplit(text)
        fits = found.scheme == "http" and bool(found.hostname) and found.port is not None and found.path in {"", "/"}
    except ValueError:
        fits = False
    if text and not fits:
        raise ValueError("ghi một địa chỉ như http://10.0.0.1:3128 / write such an address")
    return value


def _pem_file(value: str) -> str:
    if value and not Path(value).is_file():
        raise ValueError("không tìm thấy tệp này / there is no such file")
    return value


def _mail_address(value: str) -> str:
    if value and not re.fullmatch(r"[^\s<>@,;:\"]+@[^\s<>@,;:\"]+", value):
        raise ValueError("ghi một địa chỉ thư như truc@tinh.gov.vn / write a mail address")
    return value


def _allowed(value: str) -> str:
    digits = re.sub(r"[ .\-]", "", value).removeprefix("+")
    if not re.fullmatch(r"\d{9,25}", digits):
        raise ValueError("mỗi mục là một số điện thoại hoặc một uid của Zalo / each is a phone number or a uid")
    return re.sub(r"^0(?=\d{9}$)", "84", digits)


Duration = Annotated[timedelta, BeforeValidator(_duration)]
TimeOfDay = Annotated[time, BeforeValidator(_moment_of_day)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
SealedUrl = Annotated[BaseUrl, AfterValidator(_sealed_url)]  #: carries tokens: never in the clear through a network
Host = Annotated[str, AfterValidator(_host)]  #: as ``https://host[:port]``; ``http://`` only inside the house
PemFile = Annotated[str, AfterValidator(_pem_file)]
Proxy = Annotated[SecretStr, AfterValidator(_proxy)]  #: may hold a password
Listen = Annotated[str, AfterValidator(_listen)]  #: host and port; empty: off
MailAddress = Annotated[str, AfterValidator(_mail_address)]
Addressee = Annotated[str, AfterValidator(_allowed)]  #: a uid, or a phone as ``84…``
