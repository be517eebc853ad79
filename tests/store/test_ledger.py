import hashlib
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, text

from adapter.errors import StoreError
from adapter.model import Act, Cause, Entry, EntryId, Seal
from adapter.ports import Store, Tx
from adapter.store.ledger import commitment
from adapter.store.schema import disclosures, unsealed
from tests.store.clocks import START, FakeClock
from tests.store.letters import cipher_of, raw

NOBODY = EntryId("")


def _write(store: Store, *kinds: str) -> list[Entry]:
    """Write an act of each kind in one transaction; gives their entries, in order."""
    before = {each.id for each in _all(store)}
    store.write("test", lambda tx: tx.ledger.write([Act(kind=kind, facts={}) for kind in kinds]))
    return [each for each in _all(store) if each.id not in before]


def _all(store: Store) -> list[Entry]:
    return store.read(lambda tx: tx.ledger.entries([], NOBODY, 1000))


def _seals(entries: list[Entry], first: int = 1) -> list[Seal]:
    return [Seal(seq=seq, entry=each.id, leaf=b"leaf %d" % seq) for seq, each in enumerate(entries, start=first)]


def _body(store: Store, act: Act) -> Any:
    before = {each.id for each in _all(store)}
    store.write("test", lambda tx: tx.ledger.write([act]))
    (entry,) = [each for each in _all(store) if each.id not in before]
    return json.loads(entry.body)


def test_an_entry_is_canonical_json_with_its_time_kind_and_facts(clocked: Store) -> None:
    act = Act(kind="message.sent", facts={"message": "0a", "attempt": 2, "cause": Cause.ACCEPTED})
    clocked.write("test", lambda tx: tx.ledger.write([act]))

    (entry,) = _all(clocked)

    assert (entry.kind, entry.at) == ("message.sent", START)
    assert entry.body == (
        b'{"at":"2026-11-23T02:00:00.000Z","attempt":2,"cause":"accepted","kind":"message.sent",'
        b'"message":"0a","personal":{}}'
    )


@pytest.mark.parametrize(
    ("fact", "written"),
    [
        ("Nguyễn", "Nguyễn"),
        (None, None),
        (True, True),
        (2**53 - 1, 2**53 - 1),
        (2**53, "9007199254740992"),
        (-(2**63), "-9223372036854775808"),
        (datetime(2026, 11, 23, 9, 0, 0, 1999, tzinfo=timezone(timedelta(hours=7))), "2026-11-23T02:00:00.001Z"),
        (("a", [2**60, {"n": START}]), ["a", ["1152921504606846976", {"n": "2026-11-23T02:00:00.000Z"}]]),
    ],
)
def test_facts_are_written_in_words_that_json_has_exactly(clocked: Store, fact: object, written: object) -> None:
    assert _body(clocked, Act(kind="k", facts={"fact": fact}))["fact"] == written


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({"at": "x"}, "'at'"),
        ({"personal": {}, "kind": 1}, "'kind', 'personal'"),
        ({"x": object()}, "unsupported"),
        ({"x": float("nan")}, "not representable"),
        ({"x": datetime(2026, 11, 23)}, "naive"),  # noqa: DTZ001 - that is the point
    ],
    ids=["at", "two", "object", "nan", "naive"],
)
def test_facts_that_cannot_stand_in_the_ledger_are_refused(
    clocked: Store, facts: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        clocked.write("test", lambda tx: tx.ledger.write([Act(kind="k", facts=facts)]))
    assert _all(clocked) == []


def test_personal_fields_stand_as_commitments_that_their_disclosures_open(clocked: Store) -> None:
    personal = {"phone": "84912345678", "code": "H57.19-261123-0001", "tên": ""}
    body = _body(clocked, Act(kind="message.sent", facts={"n": 1}, personal=personal))

    (row,) = clocked.read(lambda tx: raw(tx).execute(select(disclosures)).all())
    cipher = clocked.read(cipher_of)
    opened = json.loads(cipher.open("disclosures.fields", row.entry_id, row.fields))

    assert {name: value for name, (_, value) in opened.items()} == personal
    assert body["personal"] == {
        name: commitment(bytes.fromhex(salt), name, value) for name, (salt, value) in opened.items()
    }
    assert all(len(bytes.fromhex(salt)) == 16 for salt, _ in opened.values())
    for value in ("84912345678", "H57.19-261123-0001"):
        assert value.encode() not in row.fields
        assert value not in json.dumps(body)


def test_a_commitment_is_sha256_over_salt_name_and_value_behind_their_lengths() -> None:
    framed = b"\0\0\0\x04salt" + b"\0\0\0\x04t\xc3\xaan" + b"\0\0\0\x00"
    assert commitment(b"salt", "tên", "") == hashlib.sha256(framed).hexdigest()


def test_the_same_value_is_committed_to_anew_each_time(clocked: Store) -> None:
    act = Act(kind="k", facts={}, personal={"phone": "84912345678"})
    first, second = _body(clocked, act), _body(clocked, act)
    assert first["personal"] != second["personal"]


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_no_two_pairs_of_name_and_value_share_a_commitment(a: str, b: str, c: str, d: str) -> None:
    assert (commitment(b"s" * 16, a, b) == commitment(b"s" * 16, c, d)) == ((a, b) == (c, d))


def test_entries_are_in_the_order_of_writing_within_and_across_transactions(clocked: Store, clock: FakeClock) -> None:
    def work(tx: Tx) -> None:
        tx.ledger.write([Act(kind="k0", facts={}), Act(kind="k1", facts={})])
        tx.ledger.write([Act(kind="k2", facts={})])

    clocked.write("test", work)
    clock.advance(0.001)
    _write(clocked, "k3", "k4")

    kinds = [each.kind for each in clocked.read(lambda tx: tx.ledger.unsealed(10))]

    assert kinds == ["k0", "k1", "k2", "k3", "k4"]
    assert [each.kind for each in _all(clocked)] == kinds


def test_an_entry_of_a_write_that_failed_is_not_there(clocked: Store) -> None:
    def work(tx: Tx) -> None:
        tx.ledger.write([Act(kind="k", facts={}, personal={"a": "b"})])
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        clocked.write("test", work)
    assert _all(clocked) == []
    assert clocked.read(lambda tx: tx.ledger.unsealed(10)) == []


def test_sealing_gives_a_place_and_takes_off_the_queue(clocked: Store) -> None:
    assert clocked.read(lambda tx: tx.ledger.head()) == 0
    entries = _write(clocked, "a", "b", "c")
    seals = _seals(entries[:2])

    clocked.write("test", lambda tx: tx.ledger.seal(seals))

    assert clocked.read(lambda tx: tx.ledger.head()) == 2
    assert clocked.read(lambda tx: tx.ledger.unsealed(10)) == [entries[2]]
    assert clocked.read(lambda tx: tx.ledger.sealed(0, 10)) == list(zip(seals, entries, strict=False))
    assert clocked.read(lambda tx: tx.ledger.sealed(1, 10)) == [(seals[1], entries[1])]
    assert clocked.read(lambda tx: tx.ledger.sealed(0, 1)) == [(seals[0], entries[0])]
    assert clocked.read(lambda tx: tx.ledger.sealed(2, 10)) == []


@pytest.mark.parametrize("taken", ["place", "entry"])
def test_a_place_or_entry_is_sealed_once(clocked: Store, taken: str) -> None:
    entries = _write(clocked, "a", "b")
    clocked.write("test", lambda tx: tx.ledger.seal(_seals(entries[:1])))
    seq, entry = (1, entries[1]) if taken == "place" else (2, entries[0])
    again = Seal(seq=seq, entry=entry.id, leaf=b"x")

    with pytest.raises(StoreError, match="sequencer"):
        clocked.write("test", lambda tx: tx.ledger.seal([again]))

    assert clocked.read(lambda tx: tx.ledger.head()) == 1
    assert clocked.read(lambda tx: tx.ledger.unsealed(10)) == entries[1:]


def test_nothing_to_write_or_seal_is_nothing_done(clocked: Store) -> None:
    clocked.write("test", lambda tx: tx.ledger.write([]))
    clocked.write("test", lambda tx: tx.ledger.seal([]))
    assert _all(clocked) == []


@pytest.mark.parametrize("table", ["entries", "seals"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_ledger_is_append_only(clocked: Store, table: str, statement: str) -> None:
    entries = _write(clocked, "a")
    clocked.write("test", lambda tx: tx.ledger.seal(_seals(entries)))
    column = {"entries": "kind", "seals": "entry_id"}[table]

    with pytest.raises(StoreError):
        clocked.write("test", lambda tx: raw(tx).exec_driver_sql(statement.format(table, column, "'x'")))

    assert clocked.read(lambda tx: tx.ledger.sealed(0, 10)) == [(_seals(entries)[0], entries[0])]


def test_a_seal_whose_entry_somebody_removed_is_shown_without_it(clocked: Store) -> None:
    entries = _write(clocked, "a", "b")
    clocked.write("test", lambda tx: tx.ledger.seal(_seals(entries)))

    def interfere(tx: Tx) -> None:
        connection = raw(tx)
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER entries_no_delete")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.execute(text("DELETE FROM entries WHERE kind = 'a'"))

    clocked.write("test", interfere)

    assert [entry for _, entry in clocked.read(lambda tx: tx.ledger.sealed(0, 10))] == [None, entries[1]]


def test_strays_are_entries_taken_off_the_queue_by_hand(clocked: Store, clock: FakeClock) -> None:
    sealed, waiting, stray = _write(clocked, "sealed", "waiting", "stray")
    clocked.write("test", lambda tx: tx.ledger.seal(_seals([sealed])))
    clock.advance(60)
    (fresh,) = _write(clocked, "fresh")
    gone = [stray.id, fresh.id]
    clocked.write("test", lambda tx: raw(tx).execute(delete(unsealed).where(unsealed.c.entry_id.in_(gone))))

    assert clocked.read(lambda tx: tx.ledger.strays(clock.now, 10)) == gone[:1]
    assert clocked.read(lambda tx: tx.ledger.strays(START, 10)) == []
    assert clocked.read(lambda tx: tx.ledger.strays(clock.now + timedelta(seconds=1), 10)) == gone
    assert clocked.read(lambda tx: tx.ledger.strays(clock.now + timedelta(seconds=1), 1)) == gone[:1]
    assert clocked.read(lambda tx: tx.ledger.unsealed(10)) == [waiting]


@pytest.mark.parametrize(("kinds", "found"), [([], "abab"), (["a"], "aa"), (["a", "b"], "abab"), (["c"], "")])
def test_entries_are_paged_by_kind(clocked: Store, kinds: list[str], found: str) -> None:
    _write(clocked, "a", "b", "a", "b")
    seen: list[Entry] = []
    after = NOBODY
    for _ in range(5):
        page = clocked.read(lambda tx, after=after: tx.ledger.entries(kinds, after, 1))  # type: ignore[misc]  # a default is not typed
        seen += page
        after = page[-1].id if page else after
    assert "".join(each.kind for each in seen) == found
