"""Small builders of model values for tests: each gives a whole, plausible value; a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from adapter.core.obligations import Contact, Policy
from adapter.core.phones import PhoneProblem
from adapter.model import (
    Address,
    Calendar,
    Change,
    Channel,
    Delivery,
    DeliveryState,
    Dossier,
    DossierId,
    Event,
    MappingVersion,
    Message,
    MessageId,
    Operation,
    Param,
    Phone,
    Priority,
    Route,
    Rule,
    Rulebook,
    SendingMode,
    SourceName,
    SourceSpec,
    Span,
    Standing,
    Template,
    Uid,
    ZbsTemplate,
)

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""A Monday, 10:00 in Vietnam."""

SOURCE = SourceName("vinhphuc")
OFFICE, PROCEDURE = "000.22.31.H62", "1.001193"
CODE = "000.22.31.H62-261109-0001"
PHONE, UID = Phone("84912345678"), Uid("2512523625412515001")

_MINUTE = timedelta(minutes=1)


def a_dossier_id(number: int = 1) -> DossierId:
    return DossierId(f"{number:032x}")


def a_message_id(number: int = 1) -> MessageId:
    return MessageId(f"{number:032x}")


def a_dossier(**different: Any) -> Dossier:
    """A dossier under way, due in a week. ``values`` follow the fields that templates may name."""
    plain = Dossier(
        source=SOURCE,
        identity=CODE,
        code=CODE,
        office=OFFICE,
        procedure=PROCEDURE,
        status="4",
        event=Event.STEP,
        step="Thẩm định hồ sơ",
        as_of=NOW - _MINUTE,
        happened_at=NOW - _MINUTE,
        due_at=NOW + timedelta(days=7),
        applicant="Nguyễn Thị Hòa",
        phones="0912 345 678",
        values={"ma_ho_so": CODE, "chu_ho_so": "Nguyễn Thị Hòa"},
    )
    return replace(plain, **different)


def a_change(*events: Event, **different: Any) -> Change:
    """A change that carries these events; without any, one dossier became ready."""
    plain = Change(
        dossier_id=a_dossier_id(),
        version=3,
        events=events or (Event.READY,),
        from_status="4",
        to_status="9",
        office=OFFICE,
        procedure=PROCEDURE,
        happened_at=NOW - _MINUTE,
    )
    return replace(plain, **different)


def a_route(channel: Channel = Channel.PHONE, **different: Any) -> Route:
    plain = Route(
        channel=channel,
        address=UID if channel is Channel.UID else PHONE,
        template="co_ket_qua",
        template_id="301234",
        params={"ma_ho_so": CODE},
    )
    return replace(plain, **different)


def a_message(number: int = 1, **different: Any) -> Message:
    """A message about a ready result, first to the linked user and then to the phone."""
    plain = Message(
        id=a_message_id(number),
        revision=1,
        position=3000,
        change=f"{a_dossier_id()}.3",
        rule="co_ket_qua",
        audience="applicant",
        event=Event.READY,
        dossier_id=a_dossier_id(),
        office=OFFICE,
        procedure=PROCEDURE,
        priority=Priority.NOTICE,
        routes=(a_route(Channel.UID), a_route(Channel.PHONE)),
        text=f"Hồ sơ {CODE} đã có kết quả.",
        mapping=MappingVersion("0123456789abcdef"),
        created_at=NOW,
        expires_at=NOW + timedelta(days=14),
    )
    return replace(plain, **different)


def a_standing(state: DeliveryState = DeliveryState.PENDING, **different: Any) -> Standing:
    """A delivery on the first of two channels."""
    plain = Standing(state=state, channels=(Channel.UID, Channel.PHONE), channel_index=0, tries=0)
    return replace(plain, **different)


def a_delivery(
    state: DeliveryState = DeliveryState.PENDING, message: Message | None = None, **different: Any
) -> Delivery:
    """A released delivery of ``message`` on its first channel."""
    said = message or a_message()
    channels = tuple(route.channel for route in said.routes)
    plain = Delivery(
        message=said,
        standing=Standing(state=state, channels=channels, channel_index=0, tries=0),
        attempt=0 if state is DeliveryState.PENDING else 1,
        moves=0 if state is DeliveryState.PENDING else 1,
        due_at=NOW,
        released_at=NOW,
    )
    return replace(plain, **different)


def a_template(name: str = "co_ket_qua", text: str = "Hồ sơ {ma_ho_so} đã có kết quả.", *params: Param) -> Template:
    """A template with an approved ZBS template for each channel, ids ``uid:<name>`` and ``phone:<name>``."""
    given = params or (Param(name="ma_ho_so", text="{ma_ho_so}", max_length=30, cut=False),)
    return Template(
        name=name,
        text=text,
        zbs={channel: ZbsTemplate(template_id=f"{channel}:{name}", params=given) for channel in Channel},
    )


def a_rule(name: str = "co_ket_qua", on: Event = Event.READY, **different: Any) -> Rule:
    """A rule for every office and procedure, over both channels."""
    return replace(Rule(name=name, on=on, template="co_ket_qua"), **different)


def a_source(**different: Any) -> SourceSpec:
    operation = Operation(name="TraCuu", arguments={}, records="DanhSach/HoSo")
    plain = SourceSpec(
        name=SOURCE,
        wsdl="/mappings/motcua.wsdl",
        endpoint="http://127.0.0.1/motcua",
        soap="1.1",
        auth_header="",
        auth_fields=("", ""),
        changes=operation,
        lookup=operation,
        identity=("ma_ho_so",),
        time_format="%Y-%m-%dT%H:%M:%S",
        every=3 * _MINUTE,
        overlap=10 * _MINUTE,
        settle_lag=2 * _MINUTE,
        max_window=timedelta(days=1),
        page_size=100,
        page_overlap=5,
        connect_timeout=5,
        read_timeout=30,
        deadline=120,
        max_bytes=50_000_000,
    )
    return replace(plain, **different)


def a_calendar(**different: Any) -> Calendar:
    """Quiet from 21:00 to 07:00, on days off to 08:00 (Vietnam time), as the first province has it."""
    plain = Calendar(
        quiet=Span(start=time(21), end=time(7)),
        quiet_days_off=Span(start=time(21), end=time(8)),
    )
    return replace(plain, **different)


def a_rulebook(*rules: Rule, templates: tuple[Template, ...] = (), **different: Any) -> Rulebook:
    """A mapping set with these rules (none: ``a_rule()``) and, beside the named templates, ``a_template()``."""
    plain = Rulebook(
        version=MappingVersion("0123456789abcdef"),
        source=a_source(),
        fields=(),
        statuses={},
        rules=rules or (a_rule(),),
        templates={template.name: template for template in (a_template(), *templates)},
        offices={},
        calendar=a_calendar(),
        files={},
    )
    return replace(plain, **different)


def a_contact(
    phone: Phone | PhoneProblem = PHONE,
    *uids: Uid,
    sharing: int = 1,
    refusing: frozenset[tuple[Address, Channel]] = frozenset(),
) -> Contact:
    """Somebody with a phone of their own and no link."""
    return Contact(phone=phone, uids=uids, sharing=sharing, refusing=refusing)


def a_policy(mode: SendingMode = SendingMode.ON, *allow: str, shared_phone_above: int = 20) -> Policy:
    return Policy(mode=mode, allow=frozenset(allow), shared_phone_above=shared_phone_above)
