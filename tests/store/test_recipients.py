from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from adapter.model import Address, Channel, Link, LinkKind, Phone, Proof, Uid
from adapter.ports import Store
from adapter.store.engine import open_engines
from tests.store.clocks import START, FakeClock

HOA, NAM = Uid("5567890123456789012"), Uid("7765432109876543210")
PHONE = Phone("84912345678")
CODE = "H57.19-000001"


def _link(number: int, uid: Uid = HOA, kind: LinkKind = LinkKind.PHONE, value: str = PHONE.value) -> Link:
    return Link(
        id=f"link{number}",
        uid=uid,
        kind=kind,
        value=value,
        proof=Proof.COUNTER,
        proved_at=START + timedelta(minutes=number),
    )


def _add(store: Store, *links: Link) -> int:
    return store.write("test", lambda tx: tx.recipients.link(links))


def _refuse(store: Store, address: Address, until: datetime) -> None:
    store.write("test", lambda tx: tx.recipients.refuse([(address, Channel.UID, until, "-213")]))


def _linked(store: Store, *codes: str) -> dict[str, tuple[Uid, ...]]:
    return store.read(lambda tx: tx.recipients.linked([PHONE], codes))


def test_a_link_is_kept_whole_and_found_by_phone(store: Store) -> None:
    assert _add(store, _link(1)) == 1
    assert store.read(lambda tx: tx.recipients.links()) == [_link(1)]
    assert _linked(store) == {PHONE.value: (HOA,)}


def test_phones_and_codes_are_found_under_their_own_kind_only(store: Store) -> None:
    _add(store, _link(1, kind=LinkKind.DOSSIER, value=CODE), _link(2, kind=LinkKind.DOSSIER, value=PHONE.value))
    assert _linked(store, CODE, "H57.19-000002") == {CODE: (HOA,)}


def test_several_people_of_one_number_come_in_the_order_of_their_proof(store: Store) -> None:
    _add(store, _link(2, NAM), _link(1, HOA), _link(3, HOA, LinkKind.DOSSIER, CODE))
    assert _linked(store, CODE) == {PHONE.value: (HOA, NAM), CODE: (HOA,)}


def test_a_standing_link_is_left_and_not_counted(store: Store) -> None:
    assert _add(store, _link(1), _link(2, NAM)) == 2
    assert _add(store, _link(1), _link(3), _link(4, HOA, LinkKind.DOSSIER, CODE)) == 1
    assert [link.id for link in store.read(lambda tx: tx.recipients.links())] == ["link1", "link2", "link4"]
    assert _add(store) == 0


def test_the_same_link_twice_in_one_call_counts_once(store: Store) -> None:
    assert _add(store, _link(1), _link(1)) == 1


def test_a_revoked_link_links_nobody_and_is_still_told(clocked: Store, clock: FakeClock) -> None:
    _add(clocked, _link(1), _link(2, NAM))
    assert clocked.write("test", lambda tx: tx.recipients.revoke("link1"))
    assert not clocked.write("test", lambda tx: tx.recipients.revoke("link1"))
    assert not clocked.write("test", lambda tx: tx.recipients.revoke("link9"))
    assert _linked(clocked) == {PHONE.value: (NAM,)}
    assert [link.id for link in clocked.read(lambda tx: tx.recipients.links())] == ["link2"]
    told = {link.id: link.revoked_at for link in clocked.read(lambda tx: tx.recipients.links(revoked=True))}
    assert told == {"link1": clock.now, "link2": None}


def test_after_a_revocation_a_new_proof_links_again(store: Store) -> None:
    _add(store, _link(1))
    store.write("test", lambda tx: tx.recipients.revoke("link1"))
    assert _add(store, _link(1)) == 0
    assert _add(store, _link(2)) == 1
    assert _linked(store) == {PHONE.value: (HOA,)}


def test_many_links_in_one_call(store: Store) -> None:
    many = [_link(number, Uid(str(10**18 + number))) for number in range(1500)]
    assert _add(store, *many) == 1500
    assert _add(store, *many) == 0
    assert len(_linked(store)[PHONE.value]) == 1500


@pytest.mark.parametrize("address", [HOA, PHONE])
def test_a_refusal_stands_until_its_time(clocked: Store, clock: FakeClock, address: Address) -> None:
    until = clock.now + timedelta(hours=1)
    _refuse(clocked, address, until)
    asked: list[Address] = [HOA, PHONE]
    assert clocked.read(lambda tx: tx.recipients.refusing(asked)) == {(address, Channel.UID)}
    clock.advance(3600)
    assert clocked.read(lambda tx: tx.recipients.refusing(asked)) == set()


def test_of_two_refusals_the_longer_stands(clocked: Store, clock: FakeClock) -> None:
    for hours in (2, 5, 1):
        until = clock.now + timedelta(hours=hours)
        _refuse(clocked, HOA, until)
    clock.advance(4 * 3600)
    assert clocked.read(lambda tx: tx.recipients.refusing([HOA])) == {(HOA, Channel.UID)}


def test_a_number_that_looks_like_a_user_id_is_not_that_user(clocked: Store, clock: FakeClock) -> None:
    until = clock.now + timedelta(hours=1)
    clocked.write("test", lambda tx: tx.recipients.refuse([(Uid(PHONE.value), Channel.PHONE, until, "-1")]))
    clocked.write("test", lambda tx: tx.recipients.refuse([]))
    assert clocked.read(lambda tx: tx.recipients.refusing([PHONE])) == set()


def test_nothing_personal_lies_open_in_the_database(store: Store, database: str) -> None:
    _add(store, _link(1), _link(2, HOA, LinkKind.DOSSIER, CODE))
    engines = open_engines(database)
    with engines.connect_reader() as connection:
        rows = [
            tuple(row)
            for table in ("links", "recipients")
            for row in connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - our own words
        ]
    engines.dispose()
    assert len(rows) == 3
    assert not any(secret in repr(rows) for secret in (HOA.value, PHONE.value, CODE))
