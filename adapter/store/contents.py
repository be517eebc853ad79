"""Messages as rows: what decisions filter by stands in clear columns, what is said and to whom is sealed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from adapter.errors import StoreError
from adapter.model import (
    Address,
    Channel,
    DossierId,
    Event,
    MappingVersion,
    Message,
    MessageId,
    Phone,
    Priority,
    Route,
    Uid,
)
from adapter.store.bulk import insert_many
from adapter.store.cipher import Cipher
from adapter.store.jsons import compact, parsed
from adapter.store.schema import messages


def write_messages(connection: Connection, cipher: Cipher, said: Sequence[Message]) -> None:
    """Write message revisions down; one that stands already is left as it is."""
    insert_many(connection, messages, [_message_row(cipher, message) for message in said], keep=True)


def to_message(row: Row[Any], cipher: Cipher) -> Message:
    """The message of a row that carries every column of ``messages``.

    One that does not open is given without words and routes: it must not hide the others, nor stop them.
    """
    content = _opened(row, cipher)
    return Message(
        id=MessageId(row.id),
        revision=row.revision,
        position=row.position,
        change=row.change,
        rule=row.rule,
        audience=row.audience,
        event=Event(row.event),
        dossier_id=DossierId(row.dossier_id),
        office=row.office,
        procedure=row.procedure,
        priority=Priority(row.priority),
        routes=tuple(_to_route(route) for route in content["routes"]) if content else (),
        text=content["text"] if content else "",
        mapping=MappingVersion(row.mapping),
        created_at=row.created_at,
        expires_at=row.expires_at,
        follows_up=None if row.follows_up is None else MessageId(row.follows_up),
        readable=content is not None,
    )


def _opened(row: Row[Any], cipher: Cipher) -> dict[str, Any] | None:
    try:
        content: dict[str, Any] = parsed(cipher.open("messages.content", _bound_to(row.id, row.revision), row.content))
    except StoreError:
        return None
    return content


def _message_row(cipher: Cipher, message: Message) -> dict[str, object]:
    content = {"routes": [_from_route(route) for route in message.routes], "text": message.text}
    return {
        "id": message.id,
        "revision": message.revision,
        "position": message.position,
        "change": message.change,
        "rule": message.rule,
        "audience": message.audience,
        "event": message.event.value,
        "dossier_id": message.dossier_id,
        "office": message.office,
        "procedure": message.procedure,
        "priority": message.priority.value,
        "content": cipher.seal("messages.content", _bound_to(message.id, message.revision), compact(content)),
        "mapping": message.mapping,
        "created_at": message.created_at,
        "expires_at": message.expires_at,
        "follows_up": message.follows_up,
    }


def _bound_to(message: str, revision: int) -> str:
    """What the ciphertext is bound to: no revision can be passed off as another."""
    return f"{message}.{revision}"


def _from_route(route: Route) -> dict[str, object]:
    return {
        "channel": route.channel.value,
        "uid" if isinstance(route.address, Uid) else "phone": route.address.value,
        "template": route.template,
        "template_id": route.template_id,
        "params": dict(route.params),
        "timeout": route.timeout_seconds,
    }


def _to_route(kept: dict[str, Any]) -> Route:
    address: Address = Uid(kept["uid"]) if "uid" in kept else Phone(kept["phone"])
    return Route(
        channel=Channel(kept["channel"]),
        address=address,
        template=kept["template"],
        template_id=kept["template_id"],
        params=kept["params"],
        timeout_seconds=kept["timeout"],
    )
