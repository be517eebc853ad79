"""What a page of records does to what is still unsent, and what becomes of messages that may not go."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from adapter.model import Accepted, Cause, Phone, Priority, Refused, Rulebook, SendingMode, SkipReason
from tests.fakes import accepting
from tests.steps.desk import CODE, Desk

OUTAGES: list[tuple[Sequence[tuple[str, str]], list[tuple[str, str]]]] = [
    (
        [("4", "Thẩm định"), ("4", "Trình ký"), ("4", "Vào sổ"), ("9", ""), ("10", "")],
        [("received", "pending")] + [("step", "superseded")] * 3 + [("ready", "superseded"), ("returned", "pending")],
    ),
    (
        [("4", "Thẩm định"), ("5", ""), ("4", "Đã bổ sung"), ("4", "Trình ký"), ("9", "")],
        [("received", "pending"), ("step", "superseded"), ("supplement", "pending")]
        + [("step", "superseded")] * 2
        + [("ready", "pending")],
    ),
    (
        [("4", "Thẩm định"), ("9", ""), ("4", "Làm lại")],
        [("received", "pending"), ("step", "superseded"), ("ready", "superseded")],
    ),
]


@pytest.mark.parametrize(("moves", "states"), OUTAGES)
def test_what_has_been_overtaken_while_unsent_is_not_said(
    either: Desk, moves: Sequence[tuple[str, str]], states: list[tuple[str, str]]
) -> None:
    either.source.file(CODE)
    either.read()
    for status, step in moves:
        either.clock.advance(minutes=20)
        either.source.file(CODE, status, NoiDungXuLy=step)
        either.read()
    assert either.states() == states
    said = [delivery.message.event for delivery in either.deliver()]
    assert said == [event for event, state in states if state == "pending"]


def test_five_changes_during_an_outage_of_sending_are_one_message(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.deliver()
    for status, step in [("4", "Một"), ("4", "Hai"), ("4", "Ba"), ("4", "Bốn"), ("9", "")]:
        desk.clock.advance(minutes=24)
        desk.source.file(CODE, status, NoiDungXuLy=step)
        desk.read()
    assert [d.message.event for d in desk.deliver()] == ["ready"]


def test_a_recall_of_what_nobody_heard_of_is_moot(desk: Desk) -> None:
    desk.source.file(CODE, "9")
    desk.read()
    desk.source.file(CODE, "4")
    desk.read()
    assert desk.states() == [("ready", "superseded")]
    assert [skip.reason for skip in desk.skipped()] == [SkipReason.MOOT]
    assert desk.deliver() == []


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        ("9", "10", ["returned"]),
        ("9", "5", ["supplement"]),
        ("9", "4", []),  # nobody heard of the result, so nobody needs to hear that it was taken back
        ("4", "9", ["ready"]),
        ("5", "4", ["supplement", "step"]),  # what is asked of the citizen stays true
    ],
)
@pytest.mark.parametrize("cause", [Cause.LATER, Cause.ACCOUNT])
def test_what_is_overtaken_on_the_wire_and_comes_back_is_not_said(
    either: Desk, first: str, then: str, said: list[str], cause: Cause
) -> None:
    either.source.file(CODE, first)
    either.read()
    either.zalo.says = lambda _: Refused(cause=cause, code="-100")
    either.turn()  # on the wire; the answer is not settled yet
    either.source.file(CODE, then)
    either.read()
    either.zalo.says = accepting
    either.deliver()
    either.clock.advance(hours=1)
    either.deliver()
    assert [d.message.event for d in either.zalo.sent[1:]] == said


def test_a_recall_of_what_was_said_is_said(desk: Desk) -> None:
    desk.source.file(CODE, "9")
    desk.read()
    desk.deliver()
    desk.source.file(CODE, "4")
    desk.read()
    assert [d.message.event for d in desk.deliver()] == ["recalled"]


def test_a_new_phone_gets_what_is_unsent_and_the_old_one_never(either: Desk) -> None:
    either.source.file(CODE)
    either.read()
    either.source.file(CODE, "2", SoDienThoai="0987654321")
    assert either.read().changes == 0  # a corrected number is nothing to tell
    assert either.only().message.revision == 2
    assert [d.message.routes[0].address for d in either.deliver()] == [Phone("84987654321")]


def test_a_new_owner_is_named_in_what_is_unsent(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.source.file(CODE, "2", ChuHoSo="TRẦN VĂN BÌNH")
    desk.read()
    (sent,) = desk.deliver()
    assert "Trần Văn Bình" in sent.message.text
    assert sent.message.routes[0].params["ten"] == "Trần Văn Bình"


def test_a_phone_taken_away_cancels_what_is_unsent(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.source.file(CODE, "2", SoDienThoai="")
    desk.read()
    assert desk.states() == [("received", "cancelled")]
    assert desk.only().code == SkipReason.NO_PHONE


def test_a_new_phone_does_not_lift_a_hold(desk: Desk) -> None:
    desk.options.hold_above = 1
    desk.source.file(CODE)
    desk.source.file("khác", "2")
    desk.clock.advance(minutes=1)
    desk.poll()
    desk.options.hold_above = 100
    desk.source.file(CODE, "2", SoDienThoai="0987654321")
    desk.read()
    assert {state for _, state in desk.states()} == {"held"}
    assert desk.release(*(d.id for d in desk.deliveries())) == 2
    assert {d.message.routes[0].address for d in desk.deliver()} == {Phone("84987654321"), Phone("84912345678")}


def test_what_an_unfinished_run_wrote_stays_unreleased_through_a_new_phone(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.source.dies_after = 1
    desk.clock.advance(minutes=1)
    desk.poll()
    desk.source.file(CODE, "2", SoDienThoai="0987654321")
    desk.clock.advance(minutes=1)
    desk.poll()
    assert desk.only().message.revision == 2
    assert desk.deliver() == []
    desk.source.dies_after = None
    desk.read()
    assert [d.message.routes[0].address for d in desk.deliver()] == [Phone("84987654321")]


def test_with_sending_off_what_would_be_said_can_be_read(either: Desk) -> None:
    either.options.mode = SendingMode.OFF
    either.source.file(CODE)
    either.read()
    assert either.deliveries() == []
    assert either.deliver() == []
    (skip,) = either.skipped()
    assert skip.reason is SkipReason.SENDING_OFF
    assert skip.would_be is not None
    assert skip.would_be.text.startswith("TIẾP NHẬN HỒ SƠ")
    assert skip.would_be.routes[0].address == Phone("84912345678")


def test_the_allow_list_lets_through_whom_it_names(desk: Desk) -> None:
    desk.options.mode, desk.options.allow = SendingMode.ALLOW_LIST, frozenset({"84987654321"})
    desk.source.file(CODE)
    desk.source.file("khác", "2", SoDienThoai="0987654321")
    desk.read()
    assert [d.message.routes[0].address for d in desk.deliver()] == [Phone("84987654321")]
    assert [skip.reason for skip in desk.skipped()] == [SkipReason.NOT_ALLOWED]


@pytest.mark.parametrize(("status", "priority"), [("2", Priority.NOTICE), ("5", Priority.URGENT)])
def test_what_is_found_in_quiet_hours_is_due_at_opening(
    desk: Desk, real_rulebook: Rulebook, status: str, priority: Priority
) -> None:
    desk.rulebook = real_rulebook
    desk.clock.now = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)  # Wednesday, 22:00 in Vietnam
    desk.source.file(CODE, status)
    desk.read()
    opening = datetime(2026, 11, 26, 0, 0, tzinfo=UTC)
    assert (desk.only().message.priority, desk.only().due_at) == (priority, opening)
    assert desk.deliver() == []
    desk.clock.now = opening - timedelta(seconds=1)
    assert desk.deliver() == []
    desk.clock.now = opening
    assert len(desk.deliver()) == 1


def test_a_phone_of_many_dossiers_is_nobodys(desk: Desk) -> None:
    for number in range(51):
        desk.source.file(f"000.22.31.H62-261123-{number:04d}")
    desk.read()
    assert {skip.reason for skip in desk.skipped()} == {SkipReason.SHARED_PHONE}


def test_a_linked_user_is_told_first_as_user_and_only_then_by_phone(desk: Desk) -> None:
    uid = desk.link(CODE)
    desk.source.file(CODE)
    desk.read()
    assert [route.address for route in desk.only().message.routes] == [uid, Phone("84912345678")]
    (sent,) = desk.deliver()
    assert isinstance(desk.zalo.says(sent), Accepted)
    assert desk.states() == [("received", "sent")]
