"""What happened between two readings of a dossier: the moves that really occur (reference/onestop.md 2.4)."""

from datetime import timedelta
from typing import Any

import pytest

from adapter.core.changes import Batch, backward, compare, readdressed, surprising, worth_telling
from adapter.model import Change, Dossier, Event
from tests.builders import NOW, a_dossier, a_dossier_id

E = Event
YOUNG = timedelta(hours=12)

NATIONAL = {
    "1": E.SUBMITTED,
    "2": E.RECEIVED,
    "3": E.REFUSED,
    "4": E.STEP,
    "5": E.SUPPLEMENT,
    "6": E.PAYMENT,
    "7": E.WITHDRAWAL,
    "8": E.STOPPED,
    "9": E.READY,
    "10": E.RETURNED,
}


def at(status: str, **different: Any) -> Dossier:
    """A dossier that stands at a national status."""
    return a_dossier(status=status, **{"event": NATIONAL[status], **different})


def compared(old: Dossier | None, new: Dossier) -> Change:
    return compare(old, new, dossier_id=a_dossier_id(), version=3, now=NOW, first_message_age=YOUNG)


@pytest.mark.parametrize(
    ("old", "new", "event"),
    [
        # the ordinary road
        ("1", "2", E.RECEIVED),
        ("1", "3", E.REFUSED),
        ("2", "4", E.STEP),
        ("4", "9", E.READY),
        ("9", "10", E.RETURNED),
        ("4", "10", E.RETURNED),
        # what is asked of the citizen, and back to work
        ("4", "5", E.SUPPLEMENT),
        ("5", "4", E.STEP),
        ("4", "6", E.PAYMENT),
        ("6", "4", E.STEP),
        ("5", "6", E.PAYMENT),
        # in one leap
        ("1", "9", E.READY),
        ("2", "9", E.READY),
        ("5", "9", E.READY),
        # withdrawn and stopped
        ("2", "7", E.WITHDRAWAL),
        ("7", "8", E.STOPPED),
        ("7", "10", E.RETURNED),
        ("4", "8", E.STOPPED),
        # a result taken back
        ("9", "4", E.RECALLED),
        ("9", "2", E.RECALLED),
        ("9", "5", E.SUPPLEMENT),
        ("9", "6", E.PAYMENT),
        # a returned dossier
        ("10", "4", E.REOPENED),
        ("10", "2", E.REOPENED),
        ("10", "5", E.SUPPLEMENT),
        ("10", "9", None),
        # back to the desk is no second receipt
        ("4", "2", E.STEP),
        ("5", "2", E.STEP),
        ("6", "2", E.STEP),
        ("8", "2", E.RECEIVED),
        ("3", "2", E.RECEIVED),
    ],
)
def test_a_status_moves(old: str, new: str, event: Event | None) -> None:
    change = compared(at(old), at(new))
    assert change.events == ((event,) if event else ())
    assert (change.from_status, change.to_status) == (old, new)
    assert worth_telling(change)


@pytest.mark.parametrize("status", NATIONAL)
def test_a_dossier_that_was_only_touched_says_nothing(status: str) -> None:
    change = compared(at(status), at(status, as_of=NOW, happened_at=NOW))
    assert not change.events
    assert not worth_telling(change)


@pytest.mark.parametrize(
    ("status", "old", "new", "events"),
    [
        ("4", {"step": "Thẩm định"}, {"step": "Trình ký"}, (E.STEP,)),
        ("2", {"step": "Thẩm định"}, {"step": "Trình ký"}, ()),
        ("5", {"values": {"ly_do": "Thiếu bản sao"}}, {"values": {"ly_do": "Thiếu chữ ký"}}, (E.SUPPLEMENT,)),
        ("5", {"values": {}}, {"values": {"ly_do": "Thiếu chữ ký"}}, (E.SUPPLEMENT,)),
        ("6", {"values": {"so_tien": 50_000}}, {"values": {"so_tien": 70_000}}, (E.PAYMENT,)),
        ("5", {"values": {"ten_thu_tuc": "a"}}, {"values": {"ten_thu_tuc": "b"}}, ()),
        ("9", {"values": {"ly_do": "a"}}, {"values": {"ly_do": "b"}}, ()),
    ],
)
def test_a_status_stays(status: str, old: dict[str, Any], new: dict[str, Any], events: tuple[Event, ...]) -> None:
    assert compared(at(status, **old), at(status, **new)).events == events


@pytest.mark.parametrize(
    ("event", "events"),
    [
        (E.STEP, (E.STEP,)),  # codes 1, 2, 4, 15 of the "0..19" product: it lies at another desk
        (E.RECEIVED, ()),
        (E.READY, ()),
        (E.STOPPED, ()),
        (E.PAYMENT, ()),
    ],
)
def test_another_code_of_the_same_meaning_is_no_news_but_for_a_step(event: Event, events: tuple[Event, ...]) -> None:
    change = compared(a_dossier(status="14", event=event), a_dossier(status="15", event=event))
    assert change.events == events
    assert worth_telling(change)  # recorded all the same


def test_a_copy_is_ready_once_its_result_turns_up() -> None:
    """An unbelieved 9 reads as a step; the same 9 with a result document is the news (onestop.md 0.3)."""
    unbelieved, believed = a_dossier(status="9", event=E.STEP), a_dossier(status="9", event=E.READY)
    assert compared(unbelieved, believed).events == (E.READY,)
    assert compared(believed, unbelieved).events == ()


def test_a_status_without_a_meaning_is_recorded_and_says_nothing() -> None:
    change = compared(at("4"), a_dossier(status="12", event=None))
    assert not change.events
    assert worth_telling(change)
    assert compared(a_dossier(status="12", event=None), at("9")).events == (E.READY,)


LATER = {"due_at": NOW + timedelta(days=9)}


@pytest.mark.parametrize(
    ("old", "new", "events"),
    [
        (at("4"), at("4", **LATER), (E.RESCHEDULED,)),
        (at("4", **LATER), at("4"), (E.RESCHEDULED,)),
        (at("4"), at("4", step="Trình ký", **LATER), (E.STEP, E.RESCHEDULED)),
        (at("4"), at("5", **LATER), (E.SUPPLEMENT, E.RESCHEDULED)),
        (at("9"), at("4", **LATER), (E.RECALLED, E.RESCHEDULED)),
        (at("10"), at("4", **LATER), (E.REOPENED, E.RESCHEDULED)),
        (at("4", due_at=None), at("4"), ()),
        (at("4"), at("4", due_at=None), ()),
        (at("4"), at("9", **LATER), (E.READY,)),
        (at("9"), at("10", **LATER), (E.RETURNED,)),
        (at("9"), at("9", **LATER), ()),
        (at("1"), at("3", **LATER), (E.REFUSED,)),
        (at("4"), at("8", **LATER), (E.STOPPED,)),
    ],
)
def test_a_due_date_moves_while_it_still_matters(old: Dossier, new: Dossier, events: tuple[Event, ...]) -> None:
    assert compared(old, new).events == events


@pytest.mark.parametrize(
    ("age", "late"),
    [(timedelta(0), False), (YOUNG, False), (YOUNG + timedelta(seconds=1), True), (timedelta(days=400), True)],
)
def test_first_sight_is_late_when_its_status_is_old(age: timedelta, *, late: bool) -> None:
    change = compared(None, at("9", happened_at=NOW - age))
    assert (change.events, change.from_status, change.late) == ((E.READY,), None, late)
    assert worth_telling(change)


def test_first_sight_of_a_status_without_a_meaning_brings_no_event() -> None:
    change = compared(None, a_dossier(status="12", event=None))
    assert not change.events
    assert worth_telling(change)


def test_what_is_known_is_never_late() -> None:
    assert not compared(at("4"), at("9", happened_at=NOW - timedelta(days=400))).late


def test_a_change_speaks_of_the_dossier_as_it_is_now() -> None:
    new = at("9", office="000.23.31.H62", procedure="2.000815", happened_at=NOW - timedelta(hours=1))
    change = compared(at("4"), new)
    assert (change.office, change.procedure, change.happened_at) == (new.office, new.procedure, new.happened_at)
    assert (change.dossier_id, change.version, change.key) == (a_dossier_id(), 3, f"{a_dossier_id()}.3")


@pytest.mark.parametrize(
    ("new", "moved"),
    [
        ({}, False),
        ({"phones": "+84 912.345.678"}, False),
        ({"phones": "84912345678 / 02113862517"}, False),
        ({"phones": "0912345679"}, True),
        ({"phones": ""}, True),
        ({"applicant": "Nguyễn Văn Hòa"}, True),
        ({"status": "9", "event": E.READY}, False),
    ],
)
def test_readdressed_when_owner_or_number_is_another(new: dict[str, Any], *, moved: bool) -> None:
    assert readdressed(a_dossier(), a_dossier(**new)) is moved


def test_two_ways_to_have_no_number_are_alike_only_when_they_mean_the_same() -> None:
    assert not readdressed(a_dossier(phones=""), a_dossier(phones="không có"))
    assert readdressed(a_dossier(phones=""), a_dossier(phones="02113862517"))


def test_nobody_is_readdressed_at_first_sight() -> None:
    assert not readdressed(None, a_dossier())


@pytest.mark.parametrize(
    ("old", "new", "against"),
    [
        ("2", "1", True),
        ("4", "2", True),
        ("9", "4", True),
        ("10", "9", True),
        ("10", "4", True),
        ("2", "4", False),
        ("4", "4", False),
        ("9", "10", False),
        ("4", "5", False),
        ("5", "4", False),
        ("5", "2", False),
        ("9", "8", False),
    ],
)
def test_backward_is_against_the_ordinary_road(old: str, new: str, *, against: bool) -> None:
    assert backward(at(old), at(new)) is against


def test_what_has_no_meaning_has_no_direction() -> None:
    nothing = a_dossier(status="12", event=None)
    assert not backward(None, at("2"))
    assert not backward(nothing, at("2"))
    assert not backward(at("9"), nothing)


@pytest.mark.parametrize(
    ("messages", "changes", "backwards", "reason"),
    [
        (0, 0, 0, ""),
        (500, 900, 0, ""),
        (501, 900, 0, "surge"),
        (10, 19, 19, ""),
        (10, 99, 20, "backwards"),
        (10, 100, 20, ""),
        (501, 20, 20, "surge"),
    ],
)
def test_a_surprising_run_is_named(messages: int, changes: int, backwards: int, reason: str) -> None:
    assert surprising(Batch(messages=messages, changes=changes, backwards=backwards), hold_above=500) == reason
