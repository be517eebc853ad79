"""Rows that do not open with our keys stand in nobody's way: a flipped bit on a disk, a row put back from elsewhere."""

from typing import Any

from sqlalchemy import text

from adapter.model import DeliveryState, Event, MessageId
from adapter.ports import Tx
from tests.steps.desk import CODE, Desk

OTHERS = ("000.22.31.H62-261123-0002", "000.22.31.H62-261123-0003")


def _damage(desk: Desk, table: str, column: str, row: str) -> None:
    """Flip the last byte of a sealed value, as a disk does."""

    def work(tx: Tx) -> None:
        outbox: Any = tx.outbox
        connection = outbox._connection
        sealed = connection.execute(text(f"SELECT {column} FROM {table} WHERE id = :row"), {"row": row}).scalar_one()  # noqa: S608
        wrong = bytes(sealed)[:-1] + bytes([bytes(sealed)[-1] ^ 1])
        connection.execute(text(f"UPDATE {table} SET {column} = :wrong WHERE id = :row"), {"wrong": wrong, "row": row})  # noqa: S608

    desk.store.write("damage", work)


def _three_wait(desk: Desk) -> MessageId:
    """Three messages are due, and one of them is damaged."""
    for number, code in enumerate((CODE, *OTHERS)):
        desk.source.file(code, "2", SoDienThoai=f"091234567{number}")
    desk.read()
    damaged = desk.deliveries()[1]
    _damage(desk, "messages", "content", damaged.id)
    return damaged.id


def test_a_message_that_does_not_open_is_held_and_the_others_go(either: Desk) -> None:
    damaged = _three_wait(either)
    assert len(either.deliver()) == 2
    (held,) = either.deliveries(DeliveryState.HELD)
    assert (held.id, held.code, held.message.readable, held.message.text) == (damaged, "unreadable", False, "")
    assert "motcua db check" in either.alarm.standing["message-held:unreadable"]
    assert sum(b'"unreadable"' in act for act in either.acts("delivery")) == 1


def test_released_it_is_made_anew_from_its_dossier(either: Desk) -> None:
    damaged = _three_wait(either)
    either.deliver()
    assert either.release(damaged) == 1
    (sent,) = either.deliver()
    assert (sent.id, sent.message.readable, sent.message.revision) == (damaged, True, 2)


def test_cancelled_it_is_gone(desk: Desk) -> None:
    damaged = _three_wait(desk)
    assert desk.cancel(damaged) == 1
    assert len(desk.deliver()) == 2


def test_the_writer_is_free_for_others_after_a_row_that_does_not_open(desk: Desk) -> None:
    _three_wait(desk)
    desk.turn()
    desk.source.file(CODE, "4")
    assert desk.read().changes == 1


def test_a_dossier_that_does_not_open_stops_no_reading_and_invents_no_news(either: Desk) -> None:
    either.source.file(CODE, "2")
    either.source.file(OTHERS[0], "2")
    either.read()
    either.deliver()
    first = next(d for d in either.deliveries() if d.message.event is Event.RECEIVED)
    _damage(either, "dossiers", "inputs", first.message.dossier_id)
    for code in (CODE, OTHERS[0]):
        either.source.file(code, "4")
    assert either.read().changes == 1  # nobody can say any more what happened to the damaged one
    either.source.file(CODE, "9")
    either.source.file(OTHERS[0], "9")
    assert either.read().changes == 2
