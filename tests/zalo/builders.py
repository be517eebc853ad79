"""Deliveries and settings for the tests of this room. Every name and number is invented."""

from datetime import UTC, datetime, timedelta

from adapter.model import (
    Address,
    Channel,
    Delivery,
    DeliveryState,
    DossierId,
    Event,
    MappingVersion,
    Message,
    MessageId,
    Phone,
    Priority,
    Route,
    Standing,
    Uid,
)
from adapter.zalo.settings import Bases, Zalo

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PARAMS = {"ten": "Nguyễn Văn A", "ngay": "23/11/2026"}
PHONE = Phone("84987654321")
UID = Uid("2468458835296117922")
APP_ID = "1234567890123456789"
APP_SECRET = "app-secret-for-tests"


def route(channel: Channel = Channel.PHONE, address: Address | None = None) -> Route:
    home = address or (PHONE if channel is Channel.PHONE else UID)
    return Route(channel=channel, address=home, template="buoc", template_id="100", params=PARAMS)


def delivery(
    *routes: Route, number: int = 1, attempt: int = 1, index: int = 0, params: dict[str, str] | None = None
) -> Delivery:
    ways = routes or (route(),)
    if params is not None:
        ways = tuple(_with(way, params) for way in ways)
    message = Message(
        id=MessageId(f"{number:032x}"),
        revision=1,
        position=1,
        change="change",
        rule="rule",
        audience="applicant",
        event=Event.STEP,
        dossier_id=DossierId("dossier"),
        office="office",
        procedure="procedure",
        priority=Priority.NOTICE,
        routes=ways,
        text="",
        mapping=MappingVersion("0123456789abcdef"),
        created_at=NOW,
        expires_at=NOW + timedelta(days=1),
    )
    channels = tuple(way.channel for way in ways)
    standing = Standing(state=DeliveryState.SENDING, channels=channels, channel_index=index, tries=0)
    return Delivery(message=message, standing=standing, attempt=attempt, moves=1, due_at=None)


def settings(
    url: str = "http://127.0.0.1:9",
    *,
    proof: bool = False,
    slots: int = 8,
    connect: float = 2.0,
    read: float = 5.0,
    apart: bool = False,
) -> Zalo:
    """Settings for a server at ``url``; ``apart``: its hosts are told apart by path, as the simulator does."""
    names = ("/oauth", "/openapi", "/business") if apart else ("", "", "")
    oauth, openapi, business = (url + name for name in names)
    return Zalo(
        app_id=APP_ID,
        app_secret=APP_SECRET,
        bases=Bases(oauth=oauth, openapi=openapi, business=business),
        proof=proof,
        connect_timeout=connect,
        read_timeout=read,
        slots=slots,
    )


def _with(way: Route, params: dict[str, str]) -> Route:
    return Route(
        channel=way.channel, address=way.address, template=way.template, template_id=way.template_id, params=params
    )
