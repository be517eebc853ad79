"""What counts as a window read whole, against sources that shift, shuffle, cap, repeat and lie by turns."""

import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapter.model import Record
from adapter.onestop.proof import Page, Proof

Serve = Callable[[int, int], tuple[Sequence[str | None], int | None]]
"""(offset, page number) -> rows and the total claimed."""


def record(text: str) -> Record:
    return Record(inputs={"MaHoSo": text}, wording=text.encode())


def read(serve: Serve, *, overlap: int = 1, paged: bool = True, most: int = 200) -> tuple[bool, list[str]]:
    """One pass; whether it is proven, and what came."""
    proof = Proof(overlap=overlap, paged=paged)
    came: list[str] = []
    while not proof.complete:
        assert proof.pages < most, "reads for ever"
        rows, total = serve(proof.offset, proof.pages)
        page = Page(total=total)
        for position, row in enumerate(rows, start=proof.offset):
            page.add(None if row is None else record(row), position)
        came += [row for row in rows if row is not None]
        proof.take(page)
    return proof.holds, came


def still(rows: Sequence[str | None], size: int, *, total: bool = True) -> Serve:
    return lambda offset, _: (rows[offset : offset + size], len(rows) if total else None)


def by_number(rows: Sequence[str], size: int, *, total: bool = True) -> Serve:
    return lambda _, number: (rows[number * size :][:size], len(rows) if total else None)


def names(count: int) -> list[str]:
    return [f"H{number}" for number in range(count)]


@pytest.mark.parametrize("total", [True, False])
@pytest.mark.parametrize("overlap", [0, 1, 3, 9])
@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 10, 23])
def test_a_window_that_holds_still_is_proven(count: int, overlap: int, total: bool) -> None:
    proven, came = read(still(names(count), 5, total=total), overlap=overlap)
    assert proven
    assert set(came) == set(names(count))


@pytest.mark.parametrize("total", [True, False])
@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 10])
def test_pages_by_number(count: int, total: bool) -> None:
    proven, came = read(by_number(names(count), 5, total=total), overlap=0)
    assert proven
    assert came == names(count)


def test_a_source_that_does_not_page_is_asked_once_and_believed() -> None:
    assert read(lambda *_: (names(7), None), paged=False) == (True, names(7))
    assert read(lambda *_: (names(7), 8), paged=False)[0] is False


def test_a_silent_cap_on_the_page_size_loses_nothing() -> None:
    for total in (True, False):
        proven, came = read(still(names(23), 2, total=total))
        assert proven
        assert set(came) == set(names(23))


def test_a_source_that_ignores_the_page_size_is_read_at_once() -> None:
    assert read(lambda offset, _: (names(23)[offset:], 23)) == (True, names(23))


def test_equal_rows_within_one_answer_are_two_rows() -> None:
    assert read(still(["a", "a", "b"], 5)) == (True, ["a", "a", "b"])


def test_rows_repeated_on_the_page_do_no_harm() -> None:
    assert read(lambda *_: (["a", "b", "a"], 2))[0]


def test_nil_rows_hold_their_place() -> None:
    proven, came = read(still(["a", None, None, "b", None, "c"], 2))
    assert proven
    assert set(came) == {"a", "b", "c"}


WRONG: dict[str, Serve] = {
    "fewer rows than claimed": lambda *_: ([], 3),
    "ends early": lambda offset, _: (names(4)[offset : offset + 2], 9),
    "the total changes": lambda offset, number: (names(9)[offset : offset + 3], 9 + number),
    "the total goes away": lambda offset, number: (names(9)[offset : offset + 3], None if number else 9),
    "the same page for ever": lambda *_: (names(3), 9),
    "the same page for ever, no total": lambda *_: (names(3), None),
    "more distinct rows than claimed": lambda *_: (names(5), 3),
}


@pytest.mark.parametrize("overlap", [0, 1])
@pytest.mark.parametrize("serve", WRONG.values(), ids=WRONG.keys())
def test_what_does_not_add_up_is_not_proven(serve: Serve, overlap: int) -> None:
    assert read(serve, overlap=overlap)[0] is False


@settings(deadline=None)  # the machine may be busy
@given(st.integers(1, 60), st.integers(1, 9), st.integers(1, 3), st.integers(0, 2**32))
def test_what_is_proven_is_complete_though_rows_leave_between_pages(
    count: int, size: int, overlap: int, seed: int
) -> None:
    """Rows that stay in the window to the end must have been read, whatever left it in the meantime."""
    chance = random.Random(seed)
    rows = names(count)

    def serve(offset: int, _: int) -> tuple[list[str], int]:
        page, total = rows[offset : offset + size], len(rows)
        for _ in range(chance.choice([0, 0, 1, 2])):
            if rows:
                rows.remove(chance.choice(rows))
        return page, total

    proven, came = read(serve, overlap=overlap)
    assert not proven or set(rows) <= set(came)


@settings(deadline=None)  # the machine may be busy
@given(st.integers(1, 60), st.integers(1, 9), st.integers(0, 2**32))
def test_what_is_proven_is_complete_though_every_page_is_sorted_anew(count: int, size: int, seed: int) -> None:
    chance = random.Random(seed)
    rows = names(count)

    def serve(offset: int, _: int) -> tuple[list[str], int]:
        return chance.sample(rows, count)[offset : offset + size], count

    proven, came = read(serve)
    assert not proven or set(came) == set(rows)


def test_one_row_that_leaves_is_seen_at_the_seam() -> None:
    rows = names(10)

    def serve(offset: int, number: int) -> tuple[list[str], int]:
        page = rows[offset : offset + 4]
        if number == 0:
            rows.remove("H0")
            rows.append("neu")  # the total stays: only the seam can tell
        return page, 10

    assert read(serve)[0] is False
