"""The shape of the settings: one frozen model a section, with defaults that send nothing to anybody."""

import re
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    model_validator,
)

from adapter.model import SendingMode

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"(\d{1,6})([smhd])", value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("ghi một khoảng thời gian như 90s, 15m, 3h hoặc 2d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _moment_of_day(value: object) -> object:
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value.strip()) if isinstance(value, str) else None
    if match is None and not isinstance(value, time):
        raise ValueError("ghi giờ trong ngày như 02:30 (giờ Việt Nam)")
    return time(int(match[1]), int(match[2])) if match else value


def _listen(value: str) -> str:
    if value and not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^\s:]+):\d{1,5}", value):
        raise ValueError("ghi địa chỉ và cổng như 127.0.0.1:8090, hoặc để trống để tắt")
    if value and int(value.rpartition(":")[2]) > 65_535:  # noqa: PLR2004 - the highest TCP port there is
        raise ValueError("cổng phải từ 0 đến 65535")
    return value


def _base_url(value: str) -> str:
    if value and not re.fullmatch(r"https?://[^\s?#]+", value):
        raise ValueError("ghi một địa chỉ bắt đầu bằng https:// (hoặc http://)")
    return value.rstrip("/")


def _allowed(value: str) -> str:
    digits = re.sub(r"[ .\-]", "", value).removeprefix("+")
    if not re.fullmatch(r"\d{9,25}", digits):
        raise ValueError("mỗi mục là một số điện thoại hoặc một mã người dùng Zalo (uid)")
    return re.sub(r"^0(?=\d{9}$)", "84", digits)


Duration = Annotated[timedelta, BeforeValidator(_duration)]
TimeOfDay = Annotated[time, BeforeValidator(_moment_of_day)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]


class Section(BaseModel):
    """What every section shares: frozen, and an unknown key is a problem, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class StoreSettings(Section):
    """Where the database is, and the keys that open its personal columns."""

    url: str = Field(default="sqlite:///data/motcua.db", repr=False)  #: may hold a password, so it is never printed
    keys: Path = Path("secrets/keys.json")


class MappingSettings(Section):
    """Which mapping set is used."""

    folder: Path = Path("mappings/vinhphuc")


class OnestopSettings(Section):
    """How we log in at the province's one-stop system."""

    endpoint: BaseUrl = ""  #: overrides the endpoint of ``source.yaml``; empty: as written there
    username: str = ""
    password: SecretStr = SecretStr("")


class ZaloSettings(Section):
    """Our app and OA at Zalo, and how fast we may speak (hosts: zalo.md 0.1)."""

    app_id: str = ""
    app_secret: SecretStr = SecretStr("")
    oa_id: str = ""
    oauth_url: BaseUrl = "https://oauth.zaloapp.com"
    openapi_url: BaseUrl = "https://openapi.zalo.me"
    business_url: BaseUrl = "https://business.openapi.zalo.me"
    proof: bool = False  #: send ``appsecret_proof`` with every call
    slots: int = Field(default=32, ge=1, le=256)  #: sends on the wire at the same time
    reserved_slots: int = Field(default=4, ge=0)  #: of these, kept for one-time codes and replies
    connect_timeout: float = Field(default=5, gt=0, le=60)  #: seconds
    read_timeout: float = Field(default=20, gt=0, le=120)  #: seconds
    oa_per_minute: int = Field(default=4000, ge=0)  #: OA calls of the whole app; 0: no limit
    zbs_per_minute: int = Field(default=0, ge=0)  #: phone template calls; 0: no limit
    zbs_per_day: int = Field(default=0, ge=0)  #: phone template messages a Vietnam day; 0: no limit of ours

    @model_validator(mode="after")
    def _some_slots_are_free(self) -> Self:
        if self.reserved_slots >= self.slots:
            raise ValueError("reserved_slots phải nhỏ hơn slots, nếu không sẽ không còn chỗ cho thông báo thường")
        return self


class SendingSettings(Section):
    """Whether citizens are told, and when a person is asked first."""

    mode: SendingMode = SendingMode.OFF
    allow: tuple[Annotated[str, AfterValidator(_allowed)], ...] = Field(
        default=(), repr=False
    )  #: uids, and phones as ``84…``
    hold_above: int = Field(default=2000, ge=1)  #: messages in one run; more are held
    first_message_age: Duration = timedelta(days=3)
    unknown_wait: Duration = timedelta(minutes=15)
    shared_phone_above: int = Field(default=50, ge=1)  #: a number on more dossiers is nobody's own
    lapse_margin: Duration = timedelta(minutes=10)
    initial_window: Duration = timedelta(days=1)  #: how far back the very first reading goes


class HealthSettings(Section):
    """The loopback listener for health and metrics."""

    listen: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:8090"  #: empty: off

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port to listen on; None when it is switched off."""
        host, _, port = self.listen.rpartition(":")
        return (host.strip("[]"), int(port)) if self.listen else None


class AlarmSettings(Section):
    """Who is woken beside the log."""

    command: tuple[str, ...] = ()  #: program and arguments; the alarm comes as JSON on its standard input


class LogSettings(Section):
    """How much is logged, and in which form."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "text"] = "auto"


class PollSettings(Section):
    """When the source is read."""

    every: Duration | None = None  #: overrides ``every`` of ``source.yaml``
    sweep_at: TimeOfDay = time(2, 30)  #: Vietnam time
    sweep_window: Duration = timedelta(days=3)


class Settings(Section):
    """Everything an operator can set. Paths are absolute after ``load``; secrets print as asterisks."""

    store: StoreSettings = StoreSettings()
    mapping: MappingSettings = MappingSettings()
    onestop: OnestopSettings = OnestopSettings()
    zalo: ZaloSettings = ZaloSettings()
    sending: SendingSettings = SendingSettings()
    health: HealthSettings = HealthSettings()
    alarm: AlarmSettings = AlarmSettings()
    log: LogSettings = LogSettings()
    poll: PollSettings = PollSettings()

    _path: Path | None = PrivateAttr(default=None)
    _inherited: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @property
    def path(self) -> Path | None:
        """The settings file this was read from; None when everything came from the environment."""
        return self._path

    @property
    def inherited(self) -> Mapping[str, str]:
        """The part of our environment that a program we start may see: where programs are, never a secret."""
        return self._inherited

    def read_from(self, path: Path | None, inherited: Mapping[str, str]) -> "Settings":
        """A copy that knows its file and what a child process may inherit."""
        twin = self.model_copy()
        twin._path, twin._inherited = path, dict(inherited)  # noqa: SLF001 - our own private parts
        return twin
