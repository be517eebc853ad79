"""Single doors to the outside, opened from the settings: the one-stop system, Zalo and its tokens."""

from adapter.config import Settings
from adapter.errors import ConfigError
from adapter.model import Problem, Rulebook, SourceSpec
from adapter.onestop.source import SoapSource
from adapter.onestop.trust import Trust
from adapter.ports import Alarm, Clock, Store
from adapter.wiring.books import new_owner, strange_host, utc_now
from adapter.zalo.inspect import Inspector, Seen
from adapter.zalo.settings import Bases, Zalo
from adapter.zalo.tokens import Keeper

SeenTemplate = Seen
"""A template of ours as Zalo knows it."""


def zalo_settings(settings: Settings) -> Zalo:
    """What the Zalo door needs of the settings."""
    zalo = settings.zalo
    return Zalo(
        app_id=zalo.app_id,
        app_secret=zalo.app_secret.get_secret_value(),
        bases=Bases(oauth=zalo.oauth_url, openapi=zalo.openapi_url, business=zalo.business_url),
        proof=zalo.proof,
        connect_timeout=zalo.connect_timeout,
        read_timeout=zalo.read_timeout,
        slots=zalo.slots,
        ca_file=zalo.ca_file,
        proxy=zalo.proxy.get_secret_value(),
    )


def open_source(settings: Settings, spec: SourceSpec, clock: Clock = utc_now) -> SoapSource:
    """The door to a one-stop system; sends nothing yet. Raises ConfigError, also where our password may not go."""
    onestop, stranger = settings.onestop, strange_host(spec, settings)
    if stranger:
        raise ConfigError([f"onestop.hosts: {stranger}: người vận hành chưa ghi máy chủ này / is not named there"])
    trust = Trust(
        ca_file=onestop.ca_file,
        client_cert_file=onestop.client_cert_file,
        client_key_file=onestop.client_key_file,
    )
    return SoapSource(spec, onestop.username, onestop.password.get_secret_value(), clock, trust)


def wsdl_problems(rulebook: Rulebook) -> tuple[Problem, ...]:
    """What is wrong between ``source.yaml`` and its WSDL; nothing is sent, and our certificates are not asked for."""
    spec = rulebook.source
    try:
        SoapSource(spec, "", "", utc_now).close()
    except ConfigError as error:
        lines = rulebook.files.get("source.yaml", "").splitlines()
        line = next((number for number, text in enumerate(lines, 1) if text.startswith("wsdl:")), 0)
        return tuple(Problem(file="source.yaml", line=line, column=1, text=problem) for problem in error.problems)
    return ()


def open_tokens(settings: Settings, store: Store, alarm: Alarm, owner: str = "", clock: Clock = utc_now) -> Keeper:
    """The keeper of the token pair."""
    return Keeper(store=store, settings=zalo_settings(settings), alarm=alarm, clock=clock, owner=owner or new_owner())


def open_inspector(settings: Settings, token: str) -> Inspector:
    """What asks Zalo about our account and templates, with this access token. Raises ConfigError."""
    return Inspector(zalo_settings(settings), token)
