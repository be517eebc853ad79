"""``motcua messages``: what is said, was said, or waits for a person."""

from datetime import datetime
from typing import Any

import click

from adapter.cli.failures import Failure
from adapter.cli.late import Late
from adapter.cli.output import masked, print_facts, print_json, print_table, when
from adapter.cli.session import Session, json_option, pass_session, whoami
from adapter.cli.words import CHANNELS, EVENTS, SKIPS, STATES
from adapter.core.composed import composed
from adapter.model import Delivery, DeliveryState, Filter, Message, MessageId, Skipped
from adapter.ports import Tx
from adapter.steps import accounts

_STATES = click.Choice([state.value for state in DeliveryState])
_HEADINGS = ("Mã", "Trạng thái", "Sự việc", "Quy tắc", "Đơn vị", "Kênh", "Đến hạn", "Mã trả lời")
_SKIP_HEADINGS = ("Mã", "Lý do", "Sự việc", "Quy tắc", "Đơn vị", "Chi tiết")


ACTS = (
    Late("cancel", "message_acts", "Hủy các tin chưa gửi (đang chờ hoặc tạm giữ)."),
    Late("release", "message_acts", "Cho các tin đang tạm giữ đi tiếp, xét lại theo bộ quy tắc hiện tại."),
    Late("retry", "message_acts", "Gửi lại: tạo một tin mới thay cho tin bị từ chối, không đến được hoặc chưa rõ."),
)


@click.group(commands=ACTS)
def messages() -> None:
    """Tin nhắn: xem, gửi lại, cho đi, hủy.

    Messages: look at them, send again, release, cancel.

    Ví dụ / Example: motcua messages list --state held
    """


@messages.command("list")
@click.option("--state", "states", type=_STATES, multiple=True, help="Trạng thái, dùng được nhiều lần. / State.")
@click.option("--office", default="", help="Mã đơn vị. / Office code.")
@click.option("--rule", default="", help="Tên quy tắc. / Rule name.")
@click.option("--run", default="", help="Mã lần đọc. / Run id.")
@click.option("--dossier", default="", help="Mã hồ sơ. / Dossier code.")
@click.option("--skipped", is_flag=True, help="Những việc không thành tin, kèm lý do. / What became no message.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="Số dòng. / Rows.")
@json_option
@pass_session
def list_(
    session: Session, /, states: tuple[str, ...], skipped: bool, as_json: bool, dossier: str, **rest: Any
) -> None:
    """Liệt kê tin nhắn, mới nhất trước; không in số điện thoại hay họ tên.

    List messages, newest first. Prints no phone and no name.

    Ví dụ / Example: motcua messages list --state held --state unknown --json
    """
    if skipped and states:
        raise click.UsageError("--state không dùng cùng --skipped")
    wanted = Filter(states=tuple(map(DeliveryState, states)), code=composed(dossier.strip()), **rest)
    with session.books() as store:
        if skipped:
            _print_skips(store.read(lambda tx: tx.outbox.find_skipped(wanted)), as_json=as_json)
        else:
            _print_deliveries(store.read(lambda tx: tx.outbox.find(wanted)), as_json=as_json)


@messages.command()
@click.argument("message", type=click.UNPROCESSED)
@json_option
@pass_session
def show(session: Session, message: str, as_json: bool) -> None:
    """Xem một tin: nguyên văn, cách gửi, kết quả. Việc xem được ghi vào sổ.

    Show one message: its words, its ways, what became of it. That it was read is written into the ledger.

    Ví dụ / Example: motcua messages show 0f3a5c7e9b1d2f4a6c8e0b2d4f6a8c0e
    """
    wanted = Filter(ids=(MessageId(message),), limit=1)
    act = accounts.person_act("message.show", whoami(), id=message)
    with session.store() as store:
        found = store.read(lambda tx: _found(tx, wanted))
        if not found:
            raise Failure([f"không có tin nào mang mã {message}; xem: motcua messages list"])
        store.write("message.show", lambda tx: tx.ledger.write([act]))
    facts = _facts(found[0]) if isinstance(found[0], Delivery) else _skip_facts(found[0])
    if as_json:
        print_json(dict(facts))
    else:
        print_facts([(name, when(value) if isinstance(value, datetime) else str(value)) for name, value in facts])


def _found(tx: Tx, wanted: Filter) -> list[Delivery | Skipped]:
    return [*tx.outbox.find(wanted), *tx.outbox.find_skipped(wanted)]


def _print_deliveries(found: list[Delivery], *, as_json: bool) -> None:
    if as_json:
        print_json([dict(_brief(delivery)) for delivery in found])
        return
    rows = [
        (
            delivery.id,
            STATES[delivery.standing.state],
            EVENTS[delivery.message.event],
            delivery.message.rule,
            delivery.message.office,
            _channel(delivery),
            when(delivery.due_at),
            delivery.code,
        )
        for delivery in found
    ]
    print_table(_HEADINGS, rows)


def _print_skips(found: list[Skipped], *, as_json: bool) -> None:
    if as_json:
        print_json([dict(_brief_skip(skip)) for skip in found])
        return
    rows = [
        (skip.id, SKIPS[skip.reason], EVENTS[skip.event] if skip.event else "-", skip.rule, skip.office, skip.detail)
        for skip in found
    ]
    print_table(_SKIP_HEADINGS, rows)


def _channel(delivery: Delivery) -> str:
    channels, index = delivery.standing.channels, delivery.standing.channel_index
    return CHANNELS[channels[index]] if index < len(channels) else "-"


def _brief(delivery: Delivery) -> list[tuple[str, object]]:
    channels, index = delivery.standing.channels, delivery.standing.channel_index
    return [
        ("id", delivery.id),
        ("state", delivery.standing.state),
        ("event", delivery.message.event),
        ("rule", delivery.message.rule),
        ("office", delivery.message.office),
        ("channel", channels[index] if index < len(channels) else None),
        ("due_at", delivery.due_at),
        ("code", delivery.code),
    ]


def _brief_skip(skip: Skipped) -> list[tuple[str, object]]:
    return [
        ("id", skip.id),
        ("reason", skip.reason),
        ("event", skip.event),
        ("rule", skip.rule),
        ("office", skip.office),
        ("detail", skip.detail),
    ]


def _facts(delivery: Delivery) -> list[tuple[str, object]]:
    life = [
        ("attempts", delivery.attempt),
        ("sent_at", delivery.sent_at),
        ("released_at", delivery.released_at),
        ("reference", delivery.reference),
    ]
    return [*_brief(delivery), *life, *_words(delivery.message)]


def _skip_facts(skip: Skipped) -> list[tuple[str, object]]:
    return [*_brief_skip(skip), *(_words(skip.would_be) if skip.would_be else [])]


def _words(message: Message) -> list[tuple[str, object]]:
    ways = [
        f"{route.channel} {route.template} ({route.template_id}) -> {masked(route.address.value)}"
        for route in message.routes
    ]
    return [
        ("procedure", message.procedure),
        ("mapping", message.mapping),
        ("revision", message.revision),
        ("created_at", message.created_at),
        ("expires_at", message.expires_at),
        ("follows_up", message.follows_up),
        ("routes", ways),
        ("text", message.text),
    ]
