"""Attempts with their answers. What Zalo said about a refusal may quote a parameter, so it is sealed."""

from collections.abc import Sequence

from sqlalchemy import Connection

from adapter.model import Accepted, Cause, Refused, Settled
from adapter.store.bulk import insert_many
from adapter.store.cipher import Cipher
from adapter.store.schema import attempts


def write(connection: Connection, cipher: Cipher, settled: Sequence[Settled]) -> None:
    """Write attempts down; one that stands already keeps its first answer."""
    insert_many(connection, attempts, [_row(cipher, attempt) for attempt in settled], keep=True)


def _row(cipher: Cipher, settled: Settled) -> dict[str, object]:
    answer = settled.answer
    said = answer.text if isinstance(answer, Refused) else ""
    return {
        "message_id": settled.id,
        "attempt": settled.attempt,
        "channel": settled.channel.value,
        "started_at": settled.started_at,
        "finished_at": settled.finished_at,
        "cause": _cause(settled).value,
        "code": "" if isinstance(answer, Accepted) else answer.code,
        "reference": answer.reference if isinstance(answer, Accepted) else "",
        "answer": cipher.seal("attempts.answer", f"{settled.id}.{settled.attempt}", said) if said else None,
    }


def _cause(settled: Settled) -> Cause:
    match settled.answer:
        case Accepted():
            return Cause.ACCEPTED
        case Refused(cause=cause):
            return cause
        case _:
            return Cause.UNCLEAR
