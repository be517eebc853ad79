"""What answers say of the line to Zalo: a channel that answers nothing stands still, and an absence is told."""

from itertools import chain, repeat

from adapter.model import Answer, Cause, Channel, Delivery, DeliveryState, PauseScope, Refused, Unclear
from adapter.steps import deliver, duty, intervene
from adapter.steps.line import LOST_IN_A_ROW, Line
from tests.fakes import accepting
from tests.steps.desk import OWNER, Desk

LOST = Unclear(code="ReadTimeout")
TURNED_BACK = Refused(cause=Cause.NEVER_LEFT, code="ClientConnectorError")
SLOTS = 8
PHONE = f"pause:channel:{Channel.PHONE}"
AWAY = f"zalo-away:{duty.host_of(OWNER)}"


def file_many(desk: Desk, *numbers: int) -> None:
    for number in numbers:
        desk.source.file(f"000.22.31.H62-261124-{number:04d}", SoDienThoai=f"09{number:08d}")
    desk.read()


def say(desk: Desk, *answers: Answer) -> None:
    """The next sends are answered so, one after the other; all that follow are taken."""
    coming = chain(answers, repeat(None))

    def says(delivery: Delivery) -> Answer:
        return next(coming) or accepting(delivery)

    desk.zalo.says = says


def count(desk: Desk, state: DeliveryState) -> int:
    return len(desk.deliveries(state))


def test_a_channel_that_answers_nothing_stands_still_instead_of_leaving_everybody_in_doubt(either: Desk) -> None:
    file_many(either, *range(40))
    say(either, *[LOST] * 40)
    either.deliver()
    assert LOST_IN_A_ROW <= count(either, DeliveryState.UNKNOWN) < LOST_IN_A_ROW + SLOTS
    assert count(either, DeliveryState.PENDING) == 40 - count(either, DeliveryState.UNKNOWN)
    (pause,) = either.store.read(lambda tx: tx.pauses.standing())
    assert (pause.scope, pause.name, pause.by) == (PauseScope.CHANNEL, Channel.PHONE, "motcua")
    assert "mất trả lời" in either.alarm.standing[PHONE]
    assert len(either.acts("pause")) == 1


def test_one_message_tries_every_ten_minutes_and_an_answer_ends_it(desk: Desk) -> None:
    file_many(desk, *range(20))
    say(desk, *[LOST] * 17)
    desk.deliver()
    assert count(desk, DeliveryState.UNKNOWN) == 2 * SLOTS
    desk.clock.advance(minutes=11)
    desk.deliver()
    assert count(desk, DeliveryState.UNKNOWN) == 2 * SLOTS + 1
    assert PHONE in desk.alarm.standing
    desk.clock.advance(minutes=11)
    desk.deliver()
    assert count(desk, DeliveryState.SENT) == 3
    assert desk.alarm.standing == {}


def test_a_word_of_zalos_in_between_is_enough(desk: Desk) -> None:
    file_many(desk, *range(30))
    refused = Refused(cause=Cause.PERSON, code="-118")
    nearly: list[Answer] = [LOST] * (LOST_IN_A_ROW - 1)
    say(desk, *[*nearly, refused] * 3)
    desk.deliver()
    assert count(desk, DeliveryState.UNKNOWN) == 27
    assert desk.alarm.standing == {}


def test_a_person_who_resumes_too_early_loses_no_more_than_the_slots(desk: Desk) -> None:
    file_many(desk, *range(40))
    say(desk, *[LOST] * 40)
    desk.deliver()
    lost = count(desk, DeliveryState.UNKNOWN)
    assert intervene.resume(desk.store, desk.alarm, PauseScope.CHANNEL, Channel.PHONE, "chị Lan")
    desk.deliver()
    assert count(desk, DeliveryState.UNKNOWN) == lost + SLOTS


def test_what_never_leaves_for_minutes_rings_and_the_first_word_of_zalos_ends_it(desk: Desk) -> None:
    file_many(desk, 1, 2)
    say(desk, *[TURNED_BACK] * 8)
    for waited in (0, 3):
        desk.clock.advance(minutes=waited)
        desk.deliver()
    assert len(desk.zalo.sent) == 4
    assert desk.alarm.rang == []
    desk.clock.advance(minutes=3)
    desk.deliver()
    assert desk.alarm.rang == [AWAY]
    assert desk.states() == [("received", "pending")] * 2
    desk.clock.advance(minutes=3)
    desk.deliver()
    assert desk.alarm.rang == [AWAY]
    say(desk)
    desk.clock.advance(minutes=3)
    desk.deliver()
    assert desk.alarm.standing == {}
    assert desk.states() == [("received", "sent")] * 2


def test_what_a_process_before_us_rang_is_cleared(desk: Desk) -> None:
    duty.zalo_away(desk.alarm, OWNER)
    desk.line = Line()
    file_many(desk, 1)
    desk.deliver()
    assert desk.alarm.standing == {}
    duty.zalo_away(desk.alarm, OWNER)
    file_many(desk, 2)
    desk.deliver()
    assert AWAY in desk.alarm.standing, "who has said that it is back does not write so at every answer"


def test_answers_that_come_while_stopping_ring_too(desk: Desk) -> None:
    file_many(desk, 1)
    desk.zalo.holding = True
    say(desk, Refused(cause=Cause.ACCOUNT, code="-137"))
    assert desk.turn().claimed == 1
    deliver.finish(desk.delivering(), 1.0)
    assert PHONE in desk.alarm.standing
