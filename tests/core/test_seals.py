"""Merkle seals against the test vectors of certificate transparency and an independent reading of RFC 9162, 2.1.1."""

from dataclasses import replace
from hashlib import sha256

import pytest

from adapter.core.seals import Break, Tree, breaks, leaf, node
from adapter.model import Entry, EntryId, Seal
from tests.builders import NOW

INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

Row = tuple[Seal, Entry | None]


def merkle(bodies: list[bytes]) -> bytes:
    """MTH(D[n]) word for word: the left subtree holds the largest power of two smaller than n."""
    if not bodies:
        return sha256(b"").digest()
    if len(bodies) == 1:
        return sha256(b"\x00" + bodies[0]).digest()
    half = 1
    while half * 2 < len(bodies):
        half *= 2
    return sha256(b"\x01" + merkle(bodies[:half]) + merkle(bodies[half:])).digest()


def grown(bodies: list[bytes]) -> Tree:
    tree = Tree()
    for body in bodies:
        tree.add(leaf(body))
    return tree


@pytest.mark.parametrize("count", range(9))
def test_the_published_roots(count: int) -> None:
    assert grown(INPUTS[:count]).root().hex() == ROOTS[count]
    assert merkle(INPUTS[:count]).hex() == ROOTS[count]


def test_growing_leaf_by_leaf_gives_the_recursive_definition() -> None:
    bodies = [b"entry %d" % number for number in range(300)]
    tree = Tree()
    assert tree.root() == merkle([])
    for count, body in enumerate(bodies, start=1):
        tree.add(leaf(body))
        assert tree.root() == merkle(bodies[:count]), count


def test_asking_for_the_root_changes_nothing() -> None:
    tree = grown(INPUTS[:5])
    assert tree.root() == tree.root()
    tree.add(leaf(INPUTS[5]))
    assert tree.root().hex() == ROOTS[6]


def test_a_leaf_is_never_taken_for_an_inner_node() -> None:
    left, right = leaf(b"a"), leaf(b"b")
    assert leaf(left + right) != node(left, right)


def ledger(count: int) -> list[Row]:
    """Seals 1..count with their entries."""
    rows: list[Row] = []
    for seq in range(1, count + 1):
        entry = Entry(id=EntryId(f"e{seq}"), at=NOW, kind="change", body=b'{"seq":%d}' % seq)
        rows.append((Seal(seq=seq, entry=entry.id, leaf=leaf(entry.body)), entry))
    return rows


def found(rows: list[Row], after: int = 0) -> list[Break]:
    return list(breaks(after, rows, Tree()))


def altered(row: Row, body: bytes) -> Row:
    seal, entry = row
    assert entry is not None
    return seal, replace(entry, body=body)


def test_a_whole_ledger_verifies_in_portions() -> None:
    rows, tree = ledger(7), Tree()
    assert not list(breaks(0, rows[:3], tree))
    assert not list(breaks(3, rows[3:], tree))
    assert tree.root() == merkle([entry.body for _, entry in rows if entry])


def test_missing_seals_are_named() -> None:
    rows = ledger(6)
    assert found(rows[:2] + rows[4:]) == [Break(seq=3, what="seals 3 to 4 are missing")]
    assert found(rows[1:]) == [Break(seq=1, what="seals 1 to 1 are missing")]


def test_a_missing_entry_is_named() -> None:
    rows = ledger(3)
    rows[1] = (rows[1][0], None)
    assert found(rows) == [Break(seq=2, what="entry e2 is missing")]


def test_an_altered_body_is_found_under_an_untouched_seal() -> None:
    rows = ledger(3)
    rows[2] = altered(rows[2], b'{"seq":4}')
    assert found(rows) == [Break(seq=3, what="entry e3 was altered")]


def test_swapped_bodies_are_both_found() -> None:
    rows = ledger(3)
    rows[0], rows[1] = altered(rows[0], b'{"seq":2}'), altered(rows[1], b'{"seq":1}')
    assert [one.seq for one in found(rows)] == [1, 2]


def test_seals_out_of_order_are_named() -> None:
    one, two, three = ledger(3)
    assert found([one, three, two]) == [
        Break(seq=2, what="seals 2 to 2 are missing"),
        Break(seq=2, what="seal 2 stands out of order"),
    ]


def test_whole_rows_in_another_order_give_another_root() -> None:
    """Whoever renumbers seals and entries together breaks no seal; the root that was copied outside tells."""
    one, two = ledger(2)
    swapped: list[Row] = [(replace(two[0], seq=1), two[1]), (replace(one[0], seq=2), one[1])]
    honest, forged = Tree(), Tree()
    assert not [*breaks(0, [one, two], honest), *breaks(0, swapped, forged)]
    assert honest.root() != forged.root()
