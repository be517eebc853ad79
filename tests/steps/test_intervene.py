"""A person at the controls: each act does what it says once, and stands in the ledger by name."""

from datetime import timedelta

import pytest

from adapter.core.calendar import vietnam_day
from adapter.model import Accepted, Cause, DeliveryState, Pause, PauseScope, Refused, SendingMode, Unclear
from adapter.steps import audit, intervene
from tests.fakes import accepting
from tests.steps.desk import CODE, Desk

OTHER = "000.22.31.H62-261123-0002"


def hold_two(desk: Desk) -> None:
    desk.options.hold_above = 1
    for code in (CODE, OTHER):
        desk.source.file(code)
    desk.clock.advance(minutes=1)
    desk.poll()
    desk.options.hold_above = 100


def persons(desk: Desk) -> list[bytes]:
    acts = desk.acts("person")
    assert all("chị Lan".encode() in act for act in acts)
    return acts


def test_releasing_lets_held_messages_go_once(either: Desk) -> None:
    hold_two(either)
    ids = [delivery.id for delivery in either.deliveries()]
    assert (either.release(*ids), either.release(*ids)) == (2, 0)
    assert len(either.deliver()) == 2
    assert either.release(*ids) == 0
    assert len(persons(either)) == 2


def test_a_release_decides_afresh_with_todays_data(desk: Desk) -> None:
    hold_two(desk)
    desk.source.file(CODE, "2", SoDienThoai="")
    desk.source.file(OTHER, "2", ChuHoSo="TRẦN VĂN BÌNH")
    desk.read()
    ids = [delivery.id for delivery in desk.deliveries()]
    assert desk.release(*ids) == 1, "only what is on its way counts"
    assert sorted(state for _, state in desk.states()) == ["cancelled", "pending"]
    assert len(persons(desk)) == 2
    assert [d.message.routes[0].params["ten"] for d in desk.deliver()] == ["Trần Văn Bình"]


def test_a_held_message_that_was_overtaken_is_not_released(desk: Desk) -> None:
    desk.options.hold_above = 1
    for code in (CODE, OTHER):
        desk.source.file(code, "4")
    desk.clock.advance(minutes=1)
    desk.poll()
    desk.options.hold_above = 100
    desk.source.file(CODE, "9")
    desk.source.file(OTHER, "9")
    desk.read()
    assert desk.release(*(d.id for d in desk.deliveries())) == 0
    assert [d.message.event for d in desk.deliver()] == ["ready", "ready"]


@pytest.mark.parametrize("mode", [SendingMode.OFF, SendingMode.ALLOW_LIST])
def test_a_release_while_the_mode_bars_it_gives_nothing_up(desk: Desk, mode: SendingMode) -> None:
    hold_two(desk)
    ids = [delivery.id for delivery in desk.deliveries()]
    desk.options.mode = mode
    assert desk.release(*ids) == 0
    assert [state for _, state in desk.states()] == ["held", "held"]
    desk.options.mode = SendingMode.ON
    assert desk.release(*ids) == 2
    assert len(desk.deliver()) == 2


def test_cancelling_stops_what_is_unsent_and_nothing_else(either: Desk) -> None:
    hold_two(either)
    either.source.file("ba", "2")
    either.source.file("bốn", "2")
    either.read()
    either.zalo.says = lambda _: None
    either.zalo._slots = 1
    either.turn()
    ids = [delivery.id for delivery in either.deliveries()]
    assert (either.cancel(*ids), either.cancel(*ids)) == (3, 0)
    assert sorted(state for _, state in either.states()) == ["cancelled"] * 3 + ["sending"]
    assert len(persons(either)) == 3


def test_saying_again_makes_a_new_message_once(either: Desk) -> None:
    either.source.file(CODE)
    either.read()
    either.zalo.says = lambda _: Refused(cause=Cause.PERSON, code="-118")
    either.deliver()
    refused = either.only()
    assert refused.standing.state is DeliveryState.REFUSED
    either.clock.advance(days=31)  # the refusal is remembered for a month
    assert (either.retry(refused.id), either.retry(refused.id)) == (1, 0)
    either.zalo.says = accepting
    (again,) = either.deliver()
    assert (again.message.follows_up, again.id == refused.id) == (refused.id, False)
    assert either.states() == [("received", "refused"), ("received", "sent")]
    assert len(persons(either)) == 1
    assert either.balance().obligations == 2


def test_saying_again_to_whom_nothing_reaches_is_accounted_for(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.zalo.says = lambda _: Refused(cause=Cause.PERSON, code="-118")
    desk.deliver()
    assert desk.retry(desk.only().id) == 0, "nothing will be said"
    desk.clock.advance(days=1)
    assert desk.retry(desk.only().id) == 0
    assert [skip.reason for skip in desk.skipped()] == ["no_channel"]
    days = (None, vietnam_day(desk.clock()) - timedelta(days=1), vietnam_day(desk.clock()))
    assert [audit.balance(desk.store, day).obligations for day in days] == [2, 2, 0]


def test_what_could_not_be_said_again_is_said_another_day_and_then_once(either: Desk) -> None:
    either.source.file(CODE)
    either.read()
    either.zalo.says = lambda _: Refused(cause=Cause.PERSON, code="-118")
    either.deliver()
    refused = either.only()
    assert either.retry(refused.id) == 0
    either.clock.advance(days=31)  # the refusal is remembered for a month
    either.zalo.says = accepting
    assert (either.retry(refused.id), either.retry(refused.id)) == (1, 0)
    assert [again.message.follows_up for again in either.deliver()] == [refused.id]
    assert either.retry(refused.id) == 0
    assert either.balance().obligations == 3


def test_only_what_failed_can_be_said_again(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    assert desk.retry(desk.only().id) == 0
    desk.deliver()
    assert desk.retry(desk.only().id) == 0


def test_an_unknown_message_can_be_said_again_by_a_persons_decision(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.zalo.says = lambda _: Unclear(code="read-timeout")
    desk.deliver()
    desk.zalo.says = lambda _: Accepted(reference="r")
    assert desk.retry(desk.only().id) == 1
    desk.clock.advance(minutes=15)
    assert len(desk.deliver()) == 1


def test_pausing_and_resuming_twice_says_so(either: Desk) -> None:
    wanted = Pause(scope=PauseScope.ALL, name="", reason="bảo trì", by="chị Lan", since=either.clock())
    assert [intervene.pause(either.store, wanted) for _ in range(2)] == [None, wanted]
    assert [intervene.resume(either.store, either.alarm, PauseScope.ALL, "", "chị Lan") for _ in range(2)] == [
        True,
        False,
    ]
    assert len(persons(either)) == 4


def test_resuming_ends_the_alarm_of_the_pause(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.zalo.says = lambda _: Refused(cause=Cause.ACCOUNT, code="-124")
    desk.deliver()
    intervene.resume(desk.store, desk.alarm, PauseScope.CHANNEL, "phone", "chị Lan")
    assert desk.store.read(lambda tx: tx.alarms.standing()) == []
    assert desk.alarm.standing == {}, "who was told of the alarm is told that it is over"


def test_a_channel_that_a_person_stops_stays_stopped_whatever_a_probe_says(either: Desk) -> None:
    """Zalo paused it; the operator says stop; then Zalo is well again."""
    either.source.file(CODE)
    either.source.file(OTHER)
    either.read()
    either.zalo.says = lambda _: Refused(cause=Cause.ACCOUNT, code="-124")
    either.deliver()
    wanted = Pause(scope=PauseScope.CHANNEL, name="phone", reason="kiểm tra", by="chị Lan", since=either.clock())
    former = intervene.pause(either.store, wanted)
    assert former is not None
    assert former.by == "motcua"
    either.zalo.says = accepting
    either.clock.advance(hours=1)
    assert either.deliver() == []
    assert either.store.read(lambda tx: tx.pauses.standing()) == [wanted]
    (act,) = persons(either)
    assert b'"instead_of":"motcua"' in act
    assert intervene.resume(either.store, either.alarm, PauseScope.CHANNEL, "phone", "chị Lan")
    assert len(either.deliver()) == 2


def test_a_probe_on_its_way_when_a_person_stops_the_channel_resumes_nothing(either: Desk) -> None:
    either.source.file(CODE)
    either.read()
    either.zalo.says = lambda _: Refused(cause=Cause.ACCOUNT, code="-124")
    either.deliver()
    either.zalo.says, either.zalo.holding = accepting, True
    either.clock.advance(minutes=11)
    either.turn()
    assert len(either.zalo.waiting) == 1, "the probe"
    wanted = Pause(scope=PauseScope.CHANNEL, name="phone", reason="kiểm tra", by="chị Lan", since=either.clock())
    intervene.pause(either.store, wanted)
    either.zalo.holding = False
    either.turn()
    assert either.store.read(lambda tx: tx.pauses.standing()) == [wanted]
    assert either.states() == [("received", "sent")]


def test_nobody_known_is_nobody_moved(desk: Desk) -> None:
    hold_two(desk)
    assert (desk.release(), desk.cancel(), desk.retry()) == (0, 0, 0)
    assert desk.acts("person") == []
