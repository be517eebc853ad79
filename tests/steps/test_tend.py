"""What time alone brings about."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

import pytest

from adapter.model import (
    AfterUnknown,
    Cause,
    Channel,
    Delivery,
    DeliveryState,
    Limit,
    MessageId,
    Move,
    Refused,
    Rulebook,
)
from adapter.ports import Channels, Tx
from adapter.steps import accounts, duty, relieve, tend
from tests.fakes import FakeChannels, accepting
from tests.steps.desk import CODE, OWNER, Desk

WAIT = timedelta(minutes=15)
PATIENCE = timedelta(seconds=7200) + timedelta(minutes=10)


def lose_an_answer(desk: Desk, status: str) -> Delivery:
    """A message whose answer never came and whose wait is over."""
    desk.source.file(CODE, status)
    desk.read()
    desk.zalo.says = lambda _: None
    desk.turn()
    desk.clock.advance(seconds=51)
    desk.turn()
    desk.zalo.says = accepting
    (unknown,) = desk.deliveries(DeliveryState.UNKNOWN)
    return unknown


def resolve(desk: Desk) -> int:
    return tend.resolve_unknown(desk.tending())


def confirm(desk: Desk) -> int:
    return tend.confirm(desk.tending())


def test_what_is_too_late_to_help_is_not_sent(either: Desk) -> None:
    either.options.hold_above = 1
    for code in (CODE, "khác"):
        either.source.file(code, "4")
    either.clock.advance(minutes=1)
    either.poll()
    either.options.hold_above = 100
    either.source.file("ba", "4")
    either.read()
    assert sorted(state for _, state in either.states()) == ["held", "held", "pending"]
    either.clock.advance(days=1, hours=23)
    assert either.expire() == 0
    either.clock.advance(hours=2)
    assert either.expire() == 3
    assert {state for _, state in either.states()} == {"expired"}
    assert either.expire() == 0
    assert either.deliver() == []


def test_a_lost_supplement_is_reminded_once_with_a_key_of_its_own(either: Desk) -> None:
    unknown = lose_an_answer(either, "5")
    assert resolve(either) == 0
    either.clock.now += WAIT
    assert (resolve(either), resolve(either)) == (1, 0)
    (said,) = either.deliver()
    assert (said.message.event, said.message.follows_up) == ("reminder", unknown.id)
    assert said.message.id != unknown.id
    assert said.message.text.startswith("NHẮC LẠI THÔNG BÁO VỀ HỒ SƠ")
    assert either.states() == [("supplement", "unknown"), ("reminder", "sent")]
    assert either.balance().obligations == 2


def test_what_a_person_has_said_again_is_not_reminded_of_too(either: Desk) -> None:
    unknown = lose_an_answer(either, "5")
    assert either.retry(unknown.id) == 1
    either.clock.now += WAIT
    assert resolve(either) == 0
    assert [said.message.event for said in either.deliver()] == ["supplement"]


@pytest.mark.parametrize("cause", [Cause.LATER, Cause.NEVER_LEFT, Cause.RATE])
def test_a_refusal_that_comes_after_the_reminder_sends_nothing_again(either: Desk, cause: Cause) -> None:
    """The machine that sent it was cut off from the database, and others have reminded meanwhile."""
    either.source.file(CODE, "5")
    either.read()
    either.zalo.says, either.zalo.holding = (lambda _: Refused(cause=cause, code="-1")), True
    either.turn()
    either.clock.advance(seconds=51)
    either.turn()
    either.clock.now += WAIT
    assert resolve(either) == 1
    either.zalo.says, either.zalo.holding = accepting, False
    either.turn()
    either.clock.advance(minutes=5)
    either.deliver()
    assert either.states() == [("supplement", "unknown"), ("reminder", "sent")]
    assert [said.message.event for said in either.zalo.sent] == ["supplement", "reminder"]


def test_a_late_answer_and_the_end_of_the_wait_meet(either: Desk) -> None:
    """Whoever holds the message decides; the other one sees what became of it."""
    unknown = lose_an_answer(either, "5")
    either.clock.now += WAIT
    held = threading.Event()

    def answer(tx: Tx) -> None:
        (mine,) = tx.outbox.get([unknown.id])
        held.set()
        time.sleep(0.5)  # for the other to come to it
        sent = Move(to=DeliveryState.SENT, cause=Cause.ACCEPTED)
        assert tx.outbox.move([(mine, sent)])
        tx.ledger.write([accounts.delivery_act(mine, sent)])

    with ThreadPoolExecutor(1) as other:
        answered = other.submit(either.store.write, "answer", answer)
        assert held.wait(10)
        assert resolve(either) == 0
        answered.result()
    assert either.states() == [("supplement", "sent")]


def test_a_refusal_that_comes_too_late_lets_no_old_news_follow_newer(desk: Desk) -> None:
    desk.source.file(CODE, "4")
    desk.read()
    desk.zalo.says, desk.zalo.holding = (lambda _: Refused(cause=Cause.LATER, code="-1")), True
    desk.turn()
    desk.clock.advance(seconds=51)
    desk.turn()
    desk.source.file(CODE, "9")
    desk.read()
    desk.clock.now += WAIT
    assert resolve(desk) == 1
    desk.zalo.says = accepting
    desk.turn()
    desk.zalo.holding = False
    desk.turn()
    desk.clock.advance(minutes=5)
    desk.deliver()
    assert [said.message.event for said in desk.zalo.sent] == ["step", "ready"]


@pytest.mark.parametrize(("status", "event"), [("2", "received"), ("4", "step")])
def test_a_lost_step_is_left_because_the_next_one_tells(desk: Desk, status: str, event: str) -> None:
    lose_an_answer(desk, status)
    desk.clock.now += WAIT
    assert resolve(desk) == 1
    assert desk.deliver() == []
    assert desk.states() == [(event, "unknown")]


def test_a_dossier_that_moved_on_is_not_reminded_of_old_news(desk: Desk) -> None:
    lose_an_answer(desk, "5")
    desk.source.file(CODE, "4")
    desk.read()
    desk.clock.now += WAIT
    assert resolve(desk) == 1
    assert [d.message.event for d in desk.deliver()] == ["step"]


def test_a_reminder_that_nobody_can_get_is_accounted_for(desk: Desk) -> None:
    lose_an_answer(desk, "5")
    desk.source.file(CODE, "5", SoDienThoai="0211 386 1234")
    desk.read()
    desk.clock.now += WAIT
    assert resolve(desk) == 1
    assert [(skip.reason, skip.rule) for skip in desk.skipped()] == [("landline", "bo_sung.nhac")]


def test_a_rule_that_leaves_it_makes_no_reminder(desk: Desk, rulebook: Rulebook) -> None:
    rules = tuple(replace(rule, after_unknown=AfterUnknown.LEAVE) for rule in rulebook.rules)
    desk.rulebook = replace(rulebook, rules=rules)
    lose_an_answer(desk, "5")
    desk.clock.now += WAIT
    assert resolve(desk) == 1
    assert desk.deliver() == []


def test_each_day_of_lost_answers_rings_anew(desk: Desk) -> None:
    lose_an_answer(desk, "4")
    desk.clock.now += WAIT
    resolve(desk)
    assert list(desk.alarm.standing) == ["unknown:2026-11-23"]
    assert relieve.relieve(desk.store, desk.alarm, OWNER) == 0
    desk.clock.advance(days=1)
    assert relieve.relieve(desk.store, desk.alarm, OWNER) == 1
    assert desk.alarm.standing == {}


def send(desk: Desk, status: str = "2", code: str = CODE) -> Delivery:
    desk.source.file(code, status)
    desk.read()
    (sent,) = desk.deliver()
    return sent


def reference(delivery: Delivery) -> str:
    return f"zalo-{delivery.tracking_id}"


def test_nobody_is_asked_before_the_timeout_and_the_margin_are_over(desk: Desk) -> None:
    send(desk)
    desk.clock.now += PATIENCE - timedelta(seconds=1)
    confirm(desk)
    assert desk.zalo.asked == []
    desk.clock.advance(seconds=1)
    confirm(desk)
    assert len(desk.zalo.asked) == 1


def test_what_arrived_is_delivered_and_asked_for_once(either: Desk) -> None:
    either.zalo.fates = {reference(send(either)): True}
    either.clock.now += PATIENCE
    assert confirm(either) == 1
    assert either.states() == [("received", "delivered")]
    assert confirm(either) == 0
    assert len(either.zalo.asked) == 1


def test_what_was_dropped_is_said_once_more_the_next_morning_and_then_given_up(either: Desk) -> None:
    either.zalo.fates = {reference(send(either, "5")): False}
    either.clock.now += PATIENCE
    assert confirm(either) == 1
    again = either.only()
    assert (again.standing.state, again.standing.lapses) == (DeliveryState.PENDING, 1)
    assert again.due_at is not None
    assert again.due_at > either.clock() + timedelta(hours=12)
    assert either.deliver() == []
    either.clock.now = again.due_at
    (second,) = either.deliver()
    either.zalo.fates = {reference(second): False}
    either.clock.now += PATIENCE
    assert confirm(either) == 1
    assert either.states() == [("supplement", "refused")]


def test_a_user_message_is_not_asked_after(desk: Desk) -> None:
    desk.link(CODE)
    send(desk)
    desk.clock.now += PATIENCE
    assert confirm(desk) == 0
    assert desk.zalo.asked == []


def test_a_message_of_which_zalo_says_nothing_is_asked_for_again_but_not_for_ever(desk: Desk) -> None:
    delivery = send(desk)
    desk.clock.now += PATIENCE
    assert confirm(desk) == 0  # the network, or the token, may be away
    desk.zalo.fates = {reference(delivery): False}
    assert confirm(desk) == 1
    other = send(desk, code="000.22.31.H62-261123-0002")
    desk.clock.now += tend.ASK_FOR
    confirm(desk)
    confirm(desk)
    assert desk.zalo.asked.count(other.id) == 1
    assert ("received", "sent") in desk.states()


def test_a_dropped_step_is_not_said_after_what_overtook_it(either: Desk) -> None:
    step = send(either, "4")
    send(either, "9")
    either.zalo.fates = {reference(step): False}
    either.clock.now += PATIENCE
    confirm(either)
    assert either.states() == [("step", "superseded"), ("ready", "sent")]
    either.clock.advance(days=1)
    assert either.deliver() == []


def test_a_dropped_milestone_is_said_although_more_has_happened(desk: Desk) -> None:
    asked = send(desk, "5")
    send(desk, "4")
    desk.zalo.fates = {reference(asked): False}
    desk.clock.now += PATIENCE
    confirm(desk)
    assert desk.states() == [("supplement", "pending"), ("step", "sent")]


def test_what_was_dropped_goes_to_the_corrected_number_and_by_the_corrected_name(either: Desk) -> None:
    """The desk corrected both after the message was sent and before it was known to be dropped."""
    sent = send(either, "5")
    either.source.file(CODE, "5", SoDienThoai="0987000222", ChuHoSo="TRẦN THỊ ĐÚNG")
    either.read()
    either.zalo.fates = {reference(sent): False}
    either.clock.now += PATIENCE
    confirm(either)
    again = either.only()
    assert again.due_at is not None
    assert again.due_at > either.clock() + timedelta(hours=12)
    either.clock.now = again.due_at
    (second,) = either.deliver()
    assert second.route.address.value == "84987000222"
    assert second.route.params["ten"] == "Trần Thị Đúng"


def test_a_late_word_about_a_lapsed_message_does_not_reopen_what_was_said_again(desk: Desk) -> None:
    first = send(desk)
    desk.zalo.fates = {reference(first): False}
    desk.clock.now += PATIENCE
    confirm(desk)
    again = desk.only()
    assert again.due_at is not None
    desk.clock.now = again.due_at
    (second,) = desk.deliver()
    assert second.attempt == first.attempt + 1
    desk.zalo.fates = {reference(second): True}
    desk.clock.now += PATIENCE
    confirm(desk)
    assert desk.states() == [("received", "delivered")]


def test_a_stale_word_of_a_slow_machine_does_not_undo_a_second_sending(desk: Desk) -> None:
    first = send(desk)
    desk.zalo.fates = {reference(first): False}
    desk.clock.now += PATIENCE
    told: list[Delivery] = []

    def slow(references: Sequence[tuple[MessageId, str]]) -> dict[MessageId, bool | None]:
        """While this machine waits for Zalo's word, another asks, and the message is sent again."""
        desk.clock.advance(seconds=tend.ASKING_SECONDS + 1)
        assert tend.confirm(desk.tending("may-chu-khac:1:x")) == 1
        due_at = desk.only().due_at
        assert due_at is not None
        desk.clock.now = due_at
        told.extend(desk.deliver())
        return {message: False for message, _ in references}

    tending = desk.tending()
    tend.confirm(replace(tending, channels=cast("Channels", Slow(desk.zalo, slow))))
    assert len(told) == 1
    assert desk.states() == [("received", "sent")]
    assert desk.deliver() == []


@dataclass
class Slow:
    """The channels, with another way to answer what arrived."""

    zalo: FakeChannels
    arrived: Callable[[Sequence[tuple[MessageId, str]]], dict[MessageId, bool | None]]


def test_one_machine_asks_at_a_time(desk: Desk) -> None:
    desk.zalo.fates = {reference(send(desk)): None}
    desk.clock.now += PATIENCE
    tend.confirm(desk.tending())
    tend.confirm(desk.tending("may-chu-khac:1:x"))
    assert len(desk.zalo.asked) == 1


def test_questions_use_up_the_minute_like_messages(desk: Desk) -> None:
    limit = Limit(bucket="zbs", per="minute", cap=2)
    for place in range(3):
        send(desk, code=f"000.22.31.H62-261123-{place:04}")
    desk.limits = {Channel.UID: (), Channel.PHONE: (limit,)}
    desk.clock.now += PATIENCE
    confirm(desk)
    assert len(desk.zalo.asked) == 2


def test_each_round_tells_those_again_who_could_not_be_told(desk: Desk) -> None:
    for rounds in (1, 2):
        relieve.relieve(desk.store, desk.alarm, OWNER)
        assert desk.alarm.reminded == rounds


GONE = "may-cu:77:bb"


def rings_at(desk: Desk, owner: str) -> set[str]:
    """A host rings for all that only it could clear."""
    duty.clock_off(desk.alarm, owner, 9.0)
    duty.database_unwritten(desk.alarm, owner)
    duty.zalo_away(desk.alarm, owner)
    return set(desk.alarm.standing)


def test_alarms_of_a_host_that_is_gone_for_hours_are_over(either: Desk) -> None:
    """A machine was replaced: nobody is left who could say that its clock is right again."""
    either.store.write("test", lambda tx: tx.leases.take("daemon:may-cu:1", GONE, 60))
    keys = rings_at(either, GONE)
    either.clock.advance(hours=5, minutes=59)
    assert relieve.relieve(either.store, either.alarm, OWNER) == 0
    assert set(either.alarm.standing) == keys
    either.clock.advance(minutes=3)
    assert relieve.relieve(either.store, either.alarm, OWNER) == 3
    assert either.alarm.standing == {}


def test_alarms_of_a_host_at_work_stand_however_old_they_are(either: Desk) -> None:
    rings_at(either, GONE)
    either.clock.advance(days=2)
    either.store.write("test", lambda tx: tx.leases.take("daemon:may-cu:2", GONE, 60))
    either.store.write("test", lambda tx: tx.leases.take("daemon:may-cu2:1", "may-cu2:1:a", 60))
    either.clock.advance(hours=5)
    assert relieve.relieve(either.store, either.alarm, OWNER) == 0
    either.clock.advance(hours=2)
    assert relieve.relieve(either.store, either.alarm, OWNER) == 3
