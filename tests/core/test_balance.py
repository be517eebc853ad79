"""The balance sheet: folded from entries as the steps write them, held against the tables."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.core.balance import Book, Line, Sheet
from adapter.core.obligations import skipped_from
from adapter.model import (
    Act,
    Bucket,
    Cause,
    Delivery,
    DeliveryState,
    Entry,
    EntryId,
    Message,
    MessageId,
    Move,
    Plan,
    Skipped,
    SkipReason,
)
from adapter.steps import accounts
from tests.builders import NOW, OFFICE, PROCEDURE, a_change, a_delivery, a_message, a_message_id

S, C = DeliveryState, Cause

Row = tuple[str, DeliveryState | None]

TODAY, TOMORROW = "2026-11-23", "2026-11-24"
HERE = Line(TODAY, OFFICE, PROCEDURE)


def an_entry(act: Act, number: int = 0) -> Entry:
    """An act as the ledger keeps it, without what this room does not read."""
    return Entry(id=EntryId(f"{number:08}"), at=NOW, kind=act.kind, body=json.dumps(dict(act.facts)).encode())


def entries(*acts: Act) -> list[Entry]:
    return [an_entry(act, number) for number, act in enumerate(acts)]


def a_skip(number: int, reason: SkipReason = SkipReason.NO_PHONE) -> Skipped:
    return skipped_from(a_message(number), reason)


def changed(*outcomes: int | Skipped, days: int = 0, office: str = OFFICE) -> Act:
    """A change that brought messages (by number) and skips, some days from today."""
    made = Plan(
        change=a_change(office=office),
        messages=tuple(a_message(one) for one in outcomes if isinstance(one, int)),
        skipped=tuple(one for one in outcomes if isinstance(one, Skipped)),
    )
    return accounts.change_act(made, "code", "run", "mapping", NOW + timedelta(days=days))


def moved(number: int, to: DeliveryState, moves: int, cause: Cause = C.ACCEPTED) -> Act:
    """A delivery's ``moves``-th change of state, of which claims are not told in the ledger."""
    delivery = a_delivery(message=a_message(number), moves=moves - 1)
    return accounts.delivery_act(delivery, Move(to=to, cause=cause))


def row(number: int, state: DeliveryState | None) -> Row:
    return a_message_id(number), state


def balanced(acts: Iterable[Entry], rows: Sequence[Row], day: str | None = None) -> Sheet:
    book = Book(day)
    for entry in acts:
        book.take(entry)
    return book.close(rows)


# A day on which something of everything happened: number -> the moves told of it, and how it stands.
LIVES: dict[int, tuple[tuple[DeliveryState, ...], DeliveryState]] = {
    1: ((), S.PENDING),
    2: ((), S.SENDING),
    3: ((S.SENT,), S.SENT),
    4: ((S.SENT, S.DELIVERED), S.DELIVERED),
    5: ((S.PENDING, S.PENDING, S.SENT), S.SENT),
    6: ((S.UNKNOWN,), S.UNKNOWN),
    7: ((S.SENT, S.LAPSED, S.PENDING, S.SENT, S.LAPSED, S.REFUSED), S.REFUSED),
    8: ((S.SENT, S.LAPSED), S.LAPSED),
    9: ((S.HELD,), S.HELD),
    10: ((S.HELD, S.PENDING), S.PENDING),
    11: ((S.SUPERSEDED,), S.SUPERSEDED),
    12: ((S.HELD, S.CANCELLED), S.CANCELLED),
    13: ((S.EXPIRED,), S.EXPIRED),
}
SKIPS = (a_skip(20), a_skip(21), a_skip(22, SkipReason.NO_RULE))
GOOD_ENTRIES = entries(
    changed(*LIVES, SKIPS[0]),
    changed(*SKIPS[1:]),
    *(moved(number, to, place) for number, (told, _) in LIVES.items() for place, to in enumerate(told, start=1)),
    accounts.person_act("pause", "chị Hà", scope="all", name=""),
)
GOOD_ROWS = [
    *(row(number, state) for number, (_, state) in LIVES.items()),
    *((skip.id, None) for skip in SKIPS),
]
GOOD_BUCKETS = {
    Bucket.WAITING: 3,
    Bucket.TOLD: 3,
    Bucket.UNKNOWN: 1,
    Bucket.NOT_REACHED: 2,
    Bucket.HELD: 1,
    Bucket.SUPERSEDED: 1,
    Bucket.CANCELLED: 1,
    Bucket.EXPIRED: 1,
    Bucket.SKIPPED: 3,
}


def test_a_good_book_adds_up_with_remainder_zero() -> None:
    sheet = balanced(GOOD_ENTRIES, GOOD_ROWS)
    assert (sheet.differences, sheet.remainder, sheet.obligations) == ((), 0, 16)
    assert dict(sheet.buckets) == GOOD_BUCKETS
    assert sum(sheet.buckets.values()) == sheet.obligations
    assert dict(sheet.skipped) == {"no_phone": 2, "no_rule": 1}
    assert set(sheet.lines) == {HERE}


@given(st.permutations(GOOD_ENTRIES), st.permutations(GOOD_ROWS), st.sampled_from([None, TODAY]))
def test_the_order_of_entries_and_rows_does_not_matter(shuffled: list[Entry], rows: list[Row], day: str | None) -> None:
    assert balanced(shuffled, rows, day) == balanced(GOOD_ENTRIES, GOOD_ROWS)


@given(st.permutations(GOOD_ENTRIES), st.sampled_from([state for state in S if state is not S.SENDING]))
def test_a_false_state_is_found_in_any_order(shuffled: list[Entry], state: DeliveryState) -> None:
    rows = [(id_, state if id_ == a_message_id(4) else stands) for id_, stands in GOOD_ROWS]
    alike = state in {S.SENT, S.DELIVERED}
    assert balanced(shuffled, rows).remainder == (0 if alike else 1)


def test_an_empty_book_balances() -> None:
    sheet = balanced([], [])
    assert (sheet.obligations, sheet.remainder, dict(sheet.buckets)) == (0, 0, {})


@pytest.mark.parametrize("day", [None, TODAY])
def test_a_missing_row_is_named(day: str | None) -> None:
    sheet = balanced(entries(changed(1, 2)), [row(1, S.PENDING)], day)
    assert sheet.differences == (f"{a_message_id(2)}: in the ledger, but its row is gone from the tables",)
    assert sheet.obligations == sum(sheet.buckets.values()) + sheet.remainder


def test_a_row_that_no_entry_made_is_named() -> None:
    sheet = balanced(entries(changed(1), moved(2, S.SENT, 2)), [row(1, S.PENDING), row(2, S.SENT)])
    assert sheet.differences == (f"{a_message_id(2)}: stands in the tables, but no ledger entry made it",)
    assert dict(sheet.buckets) == {Bucket.WAITING: 1}


def test_the_sheet_of_one_day_does_not_ask_who_made_the_rows_of_others() -> None:
    assert balanced(entries(changed(1)), [row(1, S.PENDING), row(2, S.SENT)], TODAY).remainder == 0


@pytest.mark.parametrize(
    ("outcome", "told", "stands", "difference"),
    [
        (1, (), S.SENT, "the ledger says pending, the tables say sent"),
        (1, (S.SENT,), S.PENDING, "the ledger says sent, the tables say pending"),
        (1, (S.SENT, S.DELIVERED), S.CANCELLED, "the ledger says delivered, the tables say cancelled"),
        (1, (S.HELD, S.PENDING, S.SENT), S.HELD, "the ledger says sent, the tables say held"),
        (1, (), None, "a skip on one side and a message on the other"),
        (a_skip(1), (), S.PENDING, "a skip on one side and a message on the other"),
    ],
)
def test_a_contradiction_is_named(
    outcome: int | Skipped, told: tuple[DeliveryState, ...], stands: DeliveryState | None, difference: str
) -> None:
    acts = [moved(1, to, place) for place, to in enumerate(told, start=1)]
    sheet = balanced(entries(changed(outcome), *acts), [row(1, stands)])
    assert sheet.differences == (f"{a_message_id(1)}: {difference}",)


@pytest.mark.parametrize(
    ("told", "stands"),
    [((), S.SENDING), ((S.SENT,), S.DELIVERED), ((S.SENT, S.LAPSED), S.REFUSED)],
    ids=["a claim is not told in the ledger", "told is told", "lapsed or refused, nobody was reached"],
)
def test_states_of_one_bucket_are_no_contradiction(told: tuple[DeliveryState, ...], stands: DeliveryState) -> None:
    acts = [moved(1, to, place) for place, to in enumerate(told, start=1)]
    assert balanced(entries(changed(1), *acts), [row(1, stands)]).remainder == 0


def test_the_last_move_counts_whatever_was_written_first() -> None:
    acts = entries(moved(1, S.SENT, 6), moved(1, S.PENDING, 4), changed(1), moved(1, S.UNKNOWN, 2))
    assert balanced(acts, [row(1, S.SENT)]).remainder == 0


def test_a_held_run_is_told_as_held() -> None:
    held: Delivery = a_delivery(S.HELD, a_message(1), moves=1)
    acts = entries(changed(1), accounts.held_act(held, "surge"))
    assert dict(balanced(acts, [row(1, S.HELD)]).buckets) == {Bucket.HELD: 1}
    released = moved(1, S.PENDING, 2, C.RELEASED)
    assert dict(balanced([*acts, an_entry(released)], [row(1, S.PENDING)]).buckets) == {Bucket.WAITING: 1}


# Days, offices, reminders


def test_a_sheet_has_a_line_for_each_day_office_and_procedure() -> None:
    acts = entries(changed(1), changed(2, days=1), changed(3, office="000.23.31.H62"))
    sheet = balanced(acts, [row(1, S.PENDING), row(2, S.PENDING), row(3, S.PENDING)])
    assert set(sheet.lines) == {
        HERE,
        Line(TOMORROW, OFFICE, PROCEDURE),
        Line(TODAY, "000.23.31.H62", PROCEDURE),
    }


@pytest.mark.parametrize(("day", "obligations"), [(TODAY, 2), (TOMORROW, 1), ("2026-11-25", 0), (None, 3)])
def test_a_day_has_its_own_obligations_only(day: str | None, obligations: int) -> None:
    acts = entries(moved(3, S.SENT, 2), changed(1), changed(2), changed(3, days=1), moved(1, S.SENT, 2))
    sheet = balanced(acts, [row(1, S.SENT), row(2, S.PENDING), row(3, S.SENT)], day)
    assert (sheet.obligations, sheet.remainder) == (obligations, 0)
    assert sum(sheet.buckets.values()) == obligations


def test_the_day_is_the_civil_day_in_vietnam() -> None:
    late = replace(a_change(), version=9)
    act = accounts.change_act(Plan(change=late), "code", "run", "mapping", NOW.replace(hour=17))
    assert act.facts["day"] == TOMORROW


def test_what_was_told_tomorrow_belongs_to_the_day_that_brought_it() -> None:
    """A message of today that is sent tomorrow stands on today's sheet."""
    acts = [*entries(changed(1)), replace(an_entry(moved(1, S.SENT, 2)), at=NOW + timedelta(days=1))]
    assert dict(balanced(acts, [row(1, S.SENT)], TODAY).buckets) == {Bucket.TOLD: 1}


@pytest.mark.parametrize(
    ("made", "stands", "bucket"),
    [(a_message(2), S.PENDING, Bucket.WAITING), (a_skip(2, SkipReason.LANDLINE), None, Bucket.SKIPPED)],
    ids=["said", "not said"],
)
def test_a_reminder_is_an_obligation_of_its_own(
    made: Message | Skipped, stands: DeliveryState | None, bucket: Bucket
) -> None:
    acts = entries(changed(1), moved(1, S.UNKNOWN, 2), accounts.reminder_act(made, MessageId("1"), NOW))
    sheet = balanced(acts, [row(1, S.UNKNOWN), row(2, stands)])
    assert (dict(sheet.buckets), sheet.remainder) == ({Bucket.UNKNOWN: 1, bucket: 1}, 0)


def test_an_obligation_made_twice_stands_once_and_as_it_was_first_made() -> None:
    """A second retry of one message writes the same id down again; the row that stands already stays."""
    twice = [accounts.reminder_act(a_message(1), "0", NOW), accounts.reminder_act(a_skip(1), "0", NOW)]
    acts = entries(twice[0], moved(1, S.SENT, 2), twice[0], twice[1])
    sheet = balanced(acts, [row(1, S.SENT)])
    assert (sheet.obligations, sheet.remainder, dict(sheet.buckets)) == (1, 0, {Bucket.TOLD: 1})


def test_an_obligation_made_again_on_a_later_day_stands_on_its_first() -> None:
    """Ledgers hold such entries: a skip that was retried in vain on several days."""
    acts = entries(*(accounts.reminder_act(a_skip(1), "0", NOW + timedelta(days=days)) for days in (0, 1)))
    days = [(NOW + timedelta(days=days)).date() for days in (0, 1)]
    assert [balanced(acts, [row(1, None)], day.isoformat()).obligations for day in days] == [1, 0]


def test_other_kinds_of_entries_are_no_obligations() -> None:
    act = accounts.person_act("resume", "anh Bình", scope="channel", name="phone")
    assert balanced(entries(act), []).obligations == 0
