"""Builders for the outbox tests: every message is well formed, each test says only what matters to it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import cast

from sqlalchemy import Connection

from adapter.model import (
    Address,
    Cause,
    Channel,
    ClaimOrder,
    Delivery,
    DeliveryState,
    DossierId,
    Event,
    MappingVersion,
    Message,
    MessageId,
    Move,
    Pause,
    PauseScope,
    Phone,
    Priority,
    Route,
    Skipped,
    SkipReason,
    SourceName,
    Uid,
)
from adapter.ports import Store, Tx
from adapter.store.cipher import Cipher
from adapter.store.transaction import SqlTx
from tests.store.clocks import START

SOURCE = SourceName("vinhphuc")


def mid(name: str) -> MessageId:
    """The id of the message that a test calls by a short name."""
    return MessageId(sha256(name.encode()).hexdigest()[:32])


def route(channel: Channel = Channel.PHONE, template: str = "step", address: Address | None = None) -> Route:
    where = address or (Phone("84900000001") if channel is Channel.PHONE else Uid("9007199254740993123"))
    return Route(channel=channel, address=where, template=template, template_id="10001", params={"code": "H62.1"})


def message(
    name: str,
    *,
    revision: int = 1,
    position: int = 1,
    dossier: str = "",
    audience: str = "owner",
    priority: Priority = Priority.NOTICE,
    routes: tuple[Route, ...] = (),
    office: str = "H62.01",
    rule: str = "step",
    text: str = "Hồ sơ của ông/bà đang được xử lý.",
    created_at: datetime = START,
    expires_at: datetime = START + timedelta(days=3),
    follows_up: MessageId | None = None,
) -> Message:
    """A message; unless a dossier is named, one in a lane of its own."""
    return Message(
        id=mid(name),
        revision=revision,
        position=position,
        change=f"change-of-{name}",
        rule=rule,
        audience=audience,
        event=Event.STEP,
        dossier_id=DossierId(dossier or f"dossier-of-{name}"),
        office=office,
        procedure="1.000001",
        priority=priority,
        routes=routes or (route(),),
        text=text,
        mapping=MappingVersion("0123456789abcdef"),
        created_at=created_at,
        expires_at=expires_at,
        follows_up=follows_up,
    )


def skip(
    name: str,
    reason: SkipReason = SkipReason.NO_RULE,
    *,
    dossier: str = "d",
    office: str = "H62.01",
    rule: str = "",
    would_be: Message | None = None,
) -> Skipped:
    return Skipped(
        id=mid(name),
        change=f"change-of-{name}",
        rule=rule,
        audience="owner",
        event=None if reason is SkipReason.NO_RULE else Event.STEP,
        dossier_id=DossierId(dossier),
        office=office,
        procedure="1.000001",
        reason=reason,
        detail="",
        would_be=would_be,
    )


def order(
    *,
    limit: int = 100,
    owner: str = "sender",
    channel: Channel = Channel.PHONE,
    lowest: Priority = Priority.NOTICE,
    paused: Sequence[tuple[PauseScope, str]] = (),
    lease: float = 60.0,
) -> ClaimOrder:
    return ClaimOrder(
        owner=owner,
        lease_seconds=lease,
        channel=channel,
        limit=limit,
        lowest=lowest,
        paused=tuple(Pause(scope=scope, name=name, reason="", by="a person", since=START) for scope, name in paused),
    )


def due(store: Store, *messages: Message, at: datetime = START) -> None:
    """File messages that are due."""
    store.write("test.file", lambda tx: tx.outbox.file_due(messages, at))


def file(store: Store, *messages: Message, skipped: Sequence[Skipped] = (), run: str = "run-1") -> None:
    """File a run's messages, unreleased."""
    store.write("test.file", lambda tx: tx.outbox.file(run, SOURCE, messages, skipped))


def claim(store: Store, wanted: ClaimOrder | None = None) -> list[Delivery]:
    return store.write("test.claim", lambda tx: tx.outbox.claim(wanted or order()))


def get(store: Store, *names: str) -> list[Delivery]:
    """Deliveries by short name, in the order named."""
    found = store.write("test.get", lambda tx: tx.outbox.get([mid(name) for name in names]))
    by_id = {delivery.id: delivery for delivery in found}
    return [by_id[mid(name)] for name in names if mid(name) in by_id]


def one(store: Store, name: str) -> Delivery:
    (delivery,) = get(store, name)
    return delivery


def decided(to: DeliveryState, cause: Cause = Cause.ACCEPTED, *, due_at: datetime | None = None) -> Move:
    """A decision of which only the end matters."""
    return Move(to=to, cause=cause, due_at=due_at)


def put(
    store: Store,
    name: str,
    to: DeliveryState,
    *,
    due_at: datetime | None = None,
    unknown_until: datetime | None = None,
    code: str = "",
) -> None:
    """Move one delivery, which must stand still meanwhile."""

    def work(tx: Tx) -> None:
        (delivery,) = tx.outbox.get([mid(name)])
        there = Move(
            to=to, cause=Cause.ACCEPTED, due_at=due_at, code=code, channel_index=delivery.standing.channel_index
        )
        assert tx.outbox.move([(delivery, there)], unknown_until) == {mid(name)}

    store.write("test.put", work)


def raw(tx: Tx) -> Connection:
    """The connection below, for what no gateway tells."""
    return cast(SqlTx, tx)._connection


def cipher_of(tx: Tx) -> Cipher:
    return cast(SqlTx, tx)._cipher


def woke(tx: Tx) -> bool:
    """Whether the commit will wake the senders."""
    return cast(SqlTx, tx).due
