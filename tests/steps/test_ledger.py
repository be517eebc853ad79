"""The sequencer and the auditor: what was altered or removed behind the engine's back is named."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from adapter.core.seals import Break
from adapter.steps import audit, seal
from tests.steps.desk import CODE, OWNER, Desk


@pytest.fixture
def sealed(desk: Desk) -> Desk:
    """A desk with a few sealed acts."""
    for number in range(3):
        desk.source.file(f"{CODE}{number}")
    desk.read()
    desk.deliver()
    assert seal.seal(desk.store, OWNER) > 0
    assert audit.verify(desk.store).whole
    return desk


@contextmanager
def behind_our_back(folder: Path) -> Iterator[sqlite3.Connection]:
    """What an administrator with the file in hand can do, triggers dropped and put back."""
    with closing(sqlite3.connect(folder / "motcua.db")) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _, sql in triggers:
            connection.execute(sql)
        connection.commit()


def undo(folder: Path, table: str, rows: list[tuple[object, ...]]) -> None:
    """Put rows back, so that the desk closes in order."""
    with behind_our_back(folder) as connection:
        for row in rows:
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)  # noqa: S608 - our own table


def test_sealing_gives_every_entry_one_place_in_order(sealed: Desk) -> None:
    rows = sealed.store.read(lambda tx: tx.ledger.sealed(0, 1000))
    assert [place.seq for place, _ in rows] == list(range(1, len(rows) + 1))
    ids = [entry.id for _, entry in rows if entry]
    assert ids == sorted(ids)
    assert seal.seal(sealed.store, OWNER) == 0
    assert audit.verify(sealed.store).sealed == len(rows)


def test_more_than_a_batch_is_sealed_in_several(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "BATCH", 2)
    monkeypatch.setattr(audit, "BATCH", 2)
    for number in range(3):
        desk.source.file(f"{CODE}{number}")
    desk.read()
    assert [seal.seal(desk.store, OWNER) for _ in range(3)] == [2, 2, 0]
    assert audit.verify(desk.store).sealed == 4
    assert desk.balance().obligations == 3


def test_of_two_sequencers_one_works(either: Desk) -> None:
    either.source.file(CODE)
    either.read()
    assert seal.seal(either.store, "may-a:1:a") > 0
    either.clock.advance(seconds=seal.LEASE_SECONDS / 2)
    either.source.file(CODE, "4")
    either.poll()
    assert seal.seal(either.store, "may-b:1:b") == 0
    either.clock.advance(seconds=seal.LEASE_SECONDS)
    assert seal.seal(either.store, "may-b:1:b") > 0


def test_who_stops_seals_the_rest_and_lets_another_go_on_at_once(either: Desk) -> None:
    either.source.file(CODE)
    either.read()
    seal.last(either.store, "may-a:1:a")
    assert audit.verify(either.store).unsealed == 0
    either.source.file(CODE, "4")
    either.read()
    assert seal.seal(either.store, "may-b:1:b") > 0
    seal.last(either.store, "may-a:1:a")
    assert seal.seal(either.store, "may-a:1:a") == 0


def test_the_unsealed_tail_is_told_with_its_age(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    written = desk.clock()
    desk.clock.advance(minutes=5)
    verdict = audit.verify(desk.store)
    assert (verdict.sealed, verdict.unsealed, verdict.oldest_unsealed) == (0, 2, written)
    assert verdict.whole


def test_an_altered_body_is_named(sealed: Desk, tmp_path: Path) -> None:
    before = audit.verify(sealed.store)
    with behind_our_back(tmp_path) as connection:
        row = connection.execute("SELECT * FROM entries WHERE kind = 'delivery'").fetchone()
        body = connection.execute("SELECT body FROM entries WHERE id = ?", row[:1]).fetchone()[0]
        lie = body.replace(b'"sent"', b'"held"')
        assert lie != body
        connection.execute("UPDATE entries SET body = ? WHERE id = ?", (lie, row[0]))
    verdict = audit.verify(sealed.store)
    assert not verdict.whole
    assert [type(found) for found in verdict.breaks] == [Break]
    undo(tmp_path, "entries", [row])
    assert audit.verify(sealed.store).root == before.root


def test_a_removed_entry_is_named(sealed: Desk, tmp_path: Path) -> None:
    with behind_our_back(tmp_path) as connection:
        row = connection.execute("SELECT * FROM entries ORDER BY id LIMIT 1").fetchone()
        connection.execute("DELETE FROM entries WHERE id = ?", row[:1])
    assert len(audit.verify(sealed.store).breaks) == 1
    undo(tmp_path, "entries", [row])


def test_a_removed_last_seal_leaves_a_stray_entry(sealed: Desk, tmp_path: Path) -> None:
    with behind_our_back(tmp_path) as connection:
        row = connection.execute("SELECT * FROM seals ORDER BY seq DESC LIMIT 1").fetchone()
        connection.execute("DELETE FROM seals WHERE seq = ?", row[:1])
    sealed.clock.now += audit.GRACE + timedelta(seconds=1)
    verdict = audit.verify(sealed.store)
    assert (len(verdict.strays), verdict.breaks, verdict.whole) == (1, (), False)
    undo(tmp_path, "seals", [row])


def test_a_message_removed_by_hand_is_named_in_the_balance(sealed: Desk, tmp_path: Path) -> None:
    gone = sealed.deliveries()[0].id
    with behind_our_back(tmp_path) as connection:
        row = connection.execute("SELECT * FROM deliveries WHERE id = ?", (gone,)).fetchone()
        connection.execute("DELETE FROM deliveries WHERE id = ?", (gone,))
    sheet = sealed.balance()
    assert sheet.remainder == 1
    assert sheet.differences[0].startswith(gone)
    undo(tmp_path, "deliveries", [row])


def test_a_state_changed_by_hand_is_named_in_the_balance(sealed: Desk, tmp_path: Path) -> None:
    one = sealed.deliveries()[0].id
    with behind_our_back(tmp_path) as connection:
        row = connection.execute("SELECT * FROM deliveries WHERE id = ?", (one,)).fetchone()
        connection.execute("UPDATE deliveries SET state = 'cancelled' WHERE id = ?", (one,))
    assert sealed.balance().differences == (f"{one}: the ledger says sent, the tables say cancelled",)
    undo(tmp_path, "deliveries", [row])


def test_a_day_balances_by_itself(sealed: Desk) -> None:
    sealed.clock.advance(hours=23)
    sealed.source.file(f"{CODE}0", "4")
    sealed.poll()
    day, next_day = sealed.clock().date() - timedelta(days=1), sealed.clock().date()
    assert (audit.balance(sealed.store, day).obligations, audit.balance(sealed.store, next_day).obligations) == (3, 1)
    assert audit.balance(sealed.store, day).remainder == 0
    assert sealed.balance().obligations == 4
