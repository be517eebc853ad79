"""The shape of the settings: one frozen model a section, with defaults that send nothing to anybody."""

from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, model_validator

from adapter.config.values import (
    Addressee,
    BaseUrl,
    Duration,
    Host,
    Listen,
    MailAddress,
    PemFile,
    Proxy,
    SealedUrl,
    TimeOfDay,
)
from adapter.model import SendingMode


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
    hosts: tuple[Host, ...] = ()  #: where ``source.yaml`` may lead the password, beside ``endpoint``
    username: str = ""
    password: SecretStr = SecretStr("")
    ca_file: PemFile = ""  #: the only authorities believed; empty: the public ones
    client_cert_file: PemFile = ""  #: our certificate, where the system asks for one
    client_key_file: PemFile = ""  #: its key; empty: in the same file

    @model_validator(mode="after")
    def _a_key_has_its_certificate(self) -> Self:
        if self.client_key_file and not self.client_cert_file:
            raise ValueError("có client_key_file thì phải có client_cert_file / the key needs its certificate")
        return self


class ZaloSettings(Section):
    """Our app and OA at Zalo, and how fast we may speak (hosts: zalo.md 0.1)."""

    app_id: str = ""
    app_secret: SecretStr = SecretStr("")
    oa_id: str = ""
    oauth_url: SealedUrl = "https://oauth.zaloapp.com"
    openapi_url: SealedUrl = "https://openapi.zalo.me"
    business_url: SealedUrl = "https://business.openapi.zalo.me"
    ca_file: PemFile = ""  #: the only authorities believed (of a proxy that looks inside); empty: the public ones
    proxy: Proxy = SecretStr("")  #: the way out of the house
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
            raise ValueError("reserved_slots phải nhỏ hơn slots / must be below slots, or notices have none")
        return self


class SendingSettings(Section):
    """Whether citizens are told, and when a person is asked first."""

    mode: SendingMode = SendingMode.OFF
    allow: tuple[Addressee, ...] = Field(default=(), repr=False)  #: uids, and phones as ``84…``
    hold_above: int = Field(default=2000, ge=1)  #: messages in one run; more are held
    first_message_age: Duration = timedelta(days=3)
    unknown_wait: Duration = timedelta(minutes=15)
    shared_phone_above: int = Field(default=50, ge=1)  #: a number on more dossiers is nobody's own
    lapse_margin: Duration = timedelta(minutes=10)
    initial_window: Duration = timedelta(days=1)  #: how far back the very first reading goes


class HealthSettings(Section):
    """The loopback listener for health and metrics."""

    listen: Listen = "127.0.0.1:8090"  #: empty: off

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port to listen on; None when it is switched off."""
        host, _, port = self.listen.rpartition(":")
        return (host.strip("[]"), int(port)) if self.listen else None


class AlarmSettings(Section):
    """Who is woken beside the log."""

    command: tuple[str, ...] = ()  #: program and arguments; the alarm comes as JSON on its standard input
    smtp_host: str = ""  #: mail server; empty: no mail
    smtp_port: int = Field(default=587, ge=1, le=65_535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_ca_file: PemFile = ""  #: the only authorities believed; empty: the public ones
    smtp_from: MailAddress = ""
    smtp_to: tuple[MailAddress, ...] = ()

    @model_validator(mode="after")
    def _mail_can_be_sent(self) -> Self:
        if self.smtp_host and not (self.smtp_from and self.smtp_to):
            raise ValueError("có smtp_host thì phải có smtp_from và smtp_to / smtp_host needs both")
        if self.smtp_security == "none" and self.smtp_password.get_secret_value():
            raise ValueError(
                'smtp_security = "none" thì không được dùng smtp_password / the password would go in the clear'
            )
        return self


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
