"""Writing obligations down, and letting them go: messages with their deliveries, skips, new revisions, releases."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, and_, func, select, update

from adapter.model import Delivery, DeliveryState, Message, Priority, Skipped, SourceName
from adapter.store.among import among
from adapter.store.bulk import insert_many
from adapter.store.cipher import Cipher
from adapter.store.contents import write_messages
from adapter.store.deliveries import joined, lock, stands_as
from adapter.store.schema import changes, deliveries, messages, skips
from adapter.store.states import HELD, PENDING


def file_messages(
    connection: Connection,
    cipher: Cipher,
    said: Sequence[Message],
    *,
    run: str,
    source: str,
    due_at: datetime | None,
    released_at: datetime | None,
    places: Iterator[int],
) -> None:
    """Write messages and their deliveries down as PENDING. An obligation that stands already stays as it is.

    ``places`` says for each where it stands among all that were ever filed: what was filed later gets a higher one.
    """
    standing = _standing(connection, (deliveries, skips), {message.id for message in said})
    new = [message for message in said if message.id not in standing]
    if not new:
        return
    write_messages(connection, cipher, new)
    filed = {
        "run": run,
        "source": source,
        "state": DeliveryState.PENDING.value,
        "owner": "",
        "code": "",
        "reference": "",
        "due_at": due_at,
        "released_at": released_at,
    }
    rows = [{"id": message.id, "filed": next(places), **_columns(message), **filed} for message in new]
    insert_many(connection, deliveries, rows, keep=True)


def file_skips(connection: Connection, cipher: Cipher, skipped: Sequence[Skipped], *, run: str, now: datetime) -> None:
    """Write skips down, with what would have been said. An obligation that stands already stays as it is."""
    standing = _standing(connection, (deliveries, skips), {skip.id for skip in skipped})
    new = [skip for skip in skipped if skip.id not in standing]
    if not new:
        return
    write_messages(connection, cipher, [skip.would_be for skip in new if skip.would_be is not None])
    rows = [_skip_row(skip, run, now) for skip in new]
    insert_many(connection, skips, rows, keep=True)


def rebuild(
    connection: Connection,
    cipher: Cipher,
    delivery: Delivery,
    message: Message,
    *,
    due_at: datetime | None,
    now: datetime,
) -> bool:
    """Point an unsent delivery at a new revision, PENDING from its first channel on; False if it moved meanwhile."""
    if message.revision <= delivery.message.revision:
        raise ValueError("a message is rebuilt as a later revision")
    row = lock(connection, [delivery.id], with_dossiers=[message.dossier_id]).get(delivery.id)
    if not stands_as(delivery, row) or delivery.standing.state not in {DeliveryState.PENDING, DeliveryState.HELD}:
        return False
    write_messages(connection, cipher, [message])
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery.id, deliveries.c.moves == delivery.moves)
        .values(
            **_columns(message),
            state=PENDING,
            due_at=due_at,
            released_at=None if due_at is None else now,
            tries=0,
            lapses=0,
            code="",
            moves=deliveries.c.moves + 1,
        )
    )
    return True


def unreleased(source: SourceName) -> ColumnElement[bool]:
    """What waits for a run of this source to end."""
    return and_(deliveries.c.source == source, deliveries.c.state == PENDING, deliveries.c.due_at.is_(None))


def left_over(connection: Connection, source: SourceName, run: str) -> list[tuple[str | None, str, int]]:
    """The changes whose messages other runs of a source left unreleased, counted by status before and after."""
    theirs = select(messages.c.change).select_from(joined).where(unreleased(source), deliveries.c.run != run)
    keys = set(connection.execute(theirs).scalars())
    if not keys:  # as nearly always
        return []
    statuses = (changes.c.from_status, changes.c.to_status)
    counted = select(*statuses, func.count()).where(among(changes.c.key, keys)).group_by(*statuses)
    return [(before, after, count) for before, after, count in connection.execute(counted)]


def release(connection: Connection, source: SourceName, due_at: Mapping[Priority, datetime], now: datetime) -> int:
    """Give every unreleased message of a source the due time of its priority; gives how many."""
    return sum(
        connection.execute(
            update(deliveries)
            .where(unreleased(source), deliveries.c.priority == priority.value)
            .values(due_at=due, released_at=now)
        ).rowcount
        for priority, due in due_at.items()
    )


def hold(connection: Connection, source: SourceName, run: str, code: str) -> list[str]:
    """Turn every unreleased message of a source to HELD, as this run's; gives their ids."""
    held = (
        update(deliveries)
        .where(unreleased(source))
        .values(state=HELD, code=code, run=run, moves=deliveries.c.moves + 1)
        .returning(deliveries.c.id)
    )
    return list(connection.execute(held).scalars())


def _standing(connection: Connection, tables: Sequence[Table], ids: Collection[str]) -> set[str]:
    """Which obligations stand already, as a message or as a skip: each stands once, or the books would not balance."""
    found: set[str] = set()
    for table in tables if ids else ():
        found.update(connection.execute(select(table.c.id).where(among(table.c.id, ids))).scalars().all())
    return found


def _columns(message: Message) -> dict[str, object]:
    """What a delivery repeats of its message, to be claimed and filtered without opening it."""
    return {
        "revision": message.revision,
        "lane": message.lane,
        "position": message.position,
        "priority": message.priority.value,
        "channel": message.routes[0].channel.value,
        "channel_index": 0,
        "template": message.routes[0].template,
        "office": message.office,
        "rule": message.rule,
        "expires_at": message.expires_at,
    }


def _skip_row(skip: Skipped, run: str, now: datetime) -> dict[str, object]:
    return {
        "id": skip.id,
        "run": run,
        "change": skip.change,
        "rule": skip.rule,
        "audience": skip.audience,
        "event": None if skip.event is None else skip.event.value,
        "dossier_id": skip.dossier_id,
        "office": skip.office,
        "procedure": skip.procedure,
        "reason": skip.reason.value,
        "detail": skip.detail,
        "created_at": now,
    }
