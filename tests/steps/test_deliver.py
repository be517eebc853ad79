"""The sender: claims no more than fits, hands over only what is written down, and makes sense of every answer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from adapter.errors import StoreError
from adapter.model import (
    Accepted,
    Answer,
    Cause,
    Channel,
    Delivery,
    DeliveryState,
    Limit,
    Message,
    Pause,
    PauseScope,
    Phone,
    Priority,
    Refused,
    Rulebook,
    SendingMode,
    Settled,
    Unclear,
)
from adapter.ports import Tx
from adapter.steps import accounts, deliver, intervene, poll, relieve
from adapter.steps.deliver import Turn
from tests.builders import a_message, a_message_id, a_route
from tests.fakes import AWAY, accepting
from tests.steps.desk import CODE, OWNER, Desk


def file_many(desk: Desk, number: int, status: str = "2") -> None:
    for one in range(number):
        desk.source.file(f"000.22.31.H62-261124-{one:04d}", status, SoDienThoai=f"09{one:08d}")
    desk.read()


def reply(desk: Desk, number: int, priority: Priority = Priority.REPLY) -> None:
    """An answer to a citizen, as a conversation will make it."""
    said = a_message(
        number,
        priority=priority,
        dossier_id=f"{number:032x}",
        routes=(a_route(),),
        expires_at=desk.clock() + timedelta(days=1),
    )

    def work(tx: Tx) -> None:
        tx.outbox.file_due([said], tx.now)
        tx.ledger.write([accounts.reminder_act(said, "", tx.now)])

    desk.store.write("reply", work)


def refusing(cause: Cause, code: str = "-1", channel: Channel | None = None) -> Callable[[Delivery], Answer]:
    """Every message is refused, or only those over one channel."""

    def says(delivery: Delivery) -> Answer:
        route = delivery.message.routes[delivery.standing.channel_index]
        return accepting(delivery) if channel not in {None, route.channel} else Refused(cause=cause, code=code)

    return says


def pause(desk: Desk, scope: PauseScope, name: str = "") -> None:
    wanted = Pause(scope=scope, name=name, reason="bảo trì", by="chị Lan", since=desk.clock())
    assert intervene.pause(desk.store, wanted) is None


def test_no_more_is_claimed_than_there_are_free_slots(either: Desk) -> None:
    file_many(either, 20)
    either.zalo.holding = True
    assert [either.turn().claimed for _ in range(3)] == [8, 0, 0]
    either.zalo.holding = False
    assert (either.turn().settled, len(either.zalo.sent)) == (8, 16)
    assert len({d.id for d in either.deliver()} | {d.id for d in either.zalo.sent}) == 20


def test_what_was_claimed_too_long_ago_is_not_sent_but_tried_again(either: Desk) -> None:
    file_many(either, 2)
    either.options.lease_seconds = 0.0  # it is over as soon as the claim is committed
    assert either.turn().claimed == 2
    assert either.zalo.sent == []
    either.options.lease_seconds = 50.0
    assert (either.turn().settled, [d.standing.state for d in either.deliveries()]) == (2, [DeliveryState.PENDING] * 2)
    either.clock.advance(minutes=1)
    assert len(either.deliver()) == 2


def test_a_claim_that_others_gave_up_is_proven_never_sent_while_they_wait_for_proof(either: Desk) -> None:
    file_many(either, 1)
    either.options.lease_seconds = 0.0
    assert either.turn().claimed == 1
    mine, either.unwritten = either.unwritten, []
    either.clock.advance(seconds=1)
    assert either.turn().doubted == 1
    either.unwritten = mine
    either.turn()
    assert either.only().standing.state is DeliveryState.PENDING


def test_nobody_is_told_of_a_claim_whose_wait_for_proof_is_over(desk: Desk) -> None:
    file_many(desk, 1)
    desk.options.lease_seconds, desk.options.unknown_wait = 0.0, timedelta(0)
    assert desk.turn().claimed == 1
    assert desk.unwritten == []


def test_codes_and_replies_have_slots_of_their_own(desk: Desk) -> None:
    desk.options.reserved_slots = 3
    desk.zalo.holding = True
    file_many(desk, 20)
    while desk.turn().claimed:
        pass
    assert len(desk.zalo.sent) == 5  # of eight slots
    reply(desk, 1)
    assert desk.turn().claimed == 1
    assert desk.zalo.sent[-1].message.priority is Priority.REPLY


def test_replies_and_what_is_urgent_have_allowance_of_their_own(desk: Desk) -> None:
    desk.limits[Channel.PHONE] = (Limit(bucket="zbs:app", per="minute", cap=6, reserved=1),)
    file_many(desk, 20)
    assert len(desk.deliver()) == 4  # of six in this minute
    for priority in (Priority.URGENT, Priority.REPLY):
        reply(desk, 2 * priority, priority)
        reply(desk, 2 * priority + 1, priority)
        assert [d.message.priority for d in desk.deliver()] == [priority]


def test_an_idle_turn_writes_nothing(desk: Desk) -> None:
    desk.limits[Channel.PHONE] = (Limit(bucket="zbs:app", per="minute", cap=6, reserved=1),)
    file_many(desk, 1)
    desk.deliver()
    desk.store.labels.clear()
    assert desk.turn() == Turn()
    assert desk.store.labels == []


def test_replies_know_no_quiet_hours(desk: Desk, real_rulebook: Rulebook) -> None:
    file_many(desk, 1)
    desk.rulebook = real_rulebook
    desk.clock.now = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)  # Wednesday, 22:00 in Vietnam
    reply(desk, 1)
    assert [d.message.priority for d in desk.deliver()] == [Priority.REPLY]


@pytest.mark.parametrize(
    "scope", [PauseScope.ALL, PauseScope.CHANNEL, PauseScope.TEMPLATE, PauseScope.OFFICE, PauseScope.RULE]
)
def test_nothing_is_claimed_from_a_paused_scope(either: Desk, scope: PauseScope) -> None:
    names = {PauseScope.CHANNEL: "phone", PauseScope.TEMPLATE: "tiep_nhan", PauseScope.RULE: "tiep_nhan"}
    name = names.get(scope, "000.22.31.H62" if scope is PauseScope.OFFICE else "")
    either.source.file(CODE)
    either.read()
    pause(either, scope, name)
    assert either.deliver() == []
    assert intervene.resume(either.store, either.alarm, scope, name, "chị Lan")
    assert len(either.deliver()) == 1


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        (PauseScope.CHANNEL, "uid"),
        (PauseScope.OFFICE, "khác"),
        (PauseScope.RULE, "khác"),
        (PauseScope.TEMPLATE, "co_ket_qua"),
    ],
)
def test_a_pause_of_something_else_pauses_nothing_here(desk: Desk, scope: PauseScope, name: str) -> None:
    desk.source.file(CODE)
    desk.read()
    pause(desk, scope, name)
    assert len(desk.deliver()) == 1


def test_a_sender_that_is_off_claims_nothing(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.options.mode = SendingMode.OFF
    assert desk.deliver() == []
    assert desk.states() == [("received", "pending")]


def test_who_is_off_the_allow_list_is_not_told_what_was_routed_before_it(desk: Desk) -> None:
    file_many(desk, 2)
    desk.options.mode, desk.options.allow = SendingMode.ALLOW_LIST, frozenset({"84900000001"})
    assert [d.message.routes[0].address for d in desk.deliver()] == [Phone("84900000001")]
    assert sorted(state for _, state in desk.states()) == ["cancelled", "sent"]


def test_a_machine_whose_clock_is_off_claims_nothing_and_says_so(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.store.skew = -7.0
    assert desk.deliver() == []
    assert "lệch -7 giây" in desk.alarm.standing["clock:may-chu"]
    relieve.relieve(desk.store, desk.alarm, OWNER)
    assert "clock:may-chu" in desk.alarm.standing
    desk.store.skew = 0.1
    assert len(desk.deliver()) == 1
    relieve.relieve(desk.store, desk.alarm, "may-khac:1:a")
    assert "clock:may-chu" in desk.alarm.standing  # only that host can say that its own clock is right
    relieve.relieve(desk.store, desk.alarm, OWNER)
    assert "clock:may-chu" not in desk.alarm.standing


def test_an_allowance_is_never_passed_and_what_is_not_used_is_given_back(either: Desk) -> None:
    day = Limit(bucket="zbs:oa", per="day", cap=5)
    minute = Limit(bucket="zbs:app", per="minute", cap=3)
    either.limits[Channel.PHONE] = (minute, day)
    file_many(either, 7)
    assert len(either.deliver()) == 3
    either.clock.advance(minutes=1)
    assert len(either.deliver()) == 2  # the day is used up
    either.clock.advance(minutes=1)
    assert either.deliver() == []
    either.clock.advance(days=1)
    assert len(either.deliver()) == 2
    assert either.deliver() == []
    left = either.store.write("look", lambda tx: tx.allowances.reserve(day, 100, urgent=True))
    assert left == 3  # of the new day's five two were used, and nothing was lost by asking for more


def test_the_last_of_the_quota_stops_the_day(desk: Desk) -> None:
    desk.limits[Channel.PHONE] = (Limit(bucket="zbs:oa", per="day", cap=1000),)
    desk.zalo.says = lambda _: Accepted(reference="r", quota_left=0)
    file_many(desk, 9)
    assert len(desk.deliver()) == 8
    desk.clock.advance(days=1)
    assert len(desk.deliver()) == 1


@pytest.mark.parametrize("answer", [Accepted(reference="r", quota_left=0), Refused(cause=Cause.QUOTA, code="-144")])
def test_yesterdays_word_of_the_quota_does_not_stop_today(desk: Desk, answer: Answer) -> None:
    """It was kept while the database was away, or came in the last second of the day."""
    desk.limits[Channel.PHONE] = (Limit(bucket="zbs:oa", per="day", cap=1000),)
    desk.clock.now = datetime(2026, 11, 23, 16, 58, 50, tzinfo=UTC)
    desk.zalo.says = lambda _: answer
    desk.source.file(CODE)
    desk.read()
    desk.turn()
    desk.zalo.says = accepting
    desk.clock.advance(seconds=15)
    desk.turn()
    desk.source.file("000.22.31.H62-261123-0002")
    desk.read()
    desk.clock.advance(minutes=31)
    desk.deliver()
    assert [state for _, state in desk.states()] == ["sent", "sent"]


NOON = datetime(2026, 11, 23, 2, 1, tzinfo=UTC)
ANSWERS: list[tuple[Answer, str, timedelta | None]] = [
    (Accepted(reference="z"), "sent", None),
    (Refused(cause=Cause.LATER, code="-100"), "pending", timedelta(seconds=30)),
    (Refused(cause=Cause.LATER, code="-100", retry_at=NOON + timedelta(hours=2)), "pending", timedelta(hours=2)),
    (Refused(cause=Cause.RATE, code="-32"), "pending", timedelta(minutes=1)),
    (Refused(cause=Cause.NIGHT, code="-133"), "pending", timedelta(hours=20, minutes=59)),
    (Refused(cause=Cause.QUOTA, code="-144"), "pending", timedelta(hours=15, minutes=4)),
    (Refused(cause=Cause.PERSON, code="-118"), "refused", None),
    (Refused(cause=Cause.CONTENT, code="-108"), "held", None),
    (Refused(cause=Cause.TEMPLATE, code="-112"), "held", None),
    (Refused(cause=Cause.ACCOUNT, code="-124"), "pending", timedelta(0)),
    (Refused(cause=Cause.TOKEN, code="-216"), "pending", timedelta(seconds=2)),
    (Refused(cause=Cause.NEVER_LEFT, code="connect"), "pending", timedelta(seconds=30)),
    (Unclear(code="read-timeout"), "unknown", None),
]


@pytest.mark.parametrize(
    ("answer", "state", "after"), ANSWERS, ids=lambda value: getattr(value, "cause", None) or type(value).__name__
)
def test_each_answer_moves_the_message_by_the_table(
    desk: Desk, answer: Answer, state: str, after: timedelta | None
) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.zalo.says = lambda _: answer
    desk.turn()
    desk.turn()
    delivery = desk.only()
    assert delivery.standing.state == state
    if after is not None:
        assert delivery.due_at is not None
        spread = timedelta(minutes=30) if after > timedelta(hours=3) else max(after / 5, timedelta(seconds=10))
        assert after <= delivery.due_at - desk.clock() <= after + spread
    assert isinstance(answer, Accepted) or delivery.code == answer.code
    assert len(desk.zalo.sent) == 1


def test_an_account_fault_pauses_the_channel_until_a_probe_gets_through(either: Desk) -> None:
    either.zalo.says = refusing(Cause.ACCOUNT, "-124")
    file_many(either, 10)
    assert len(either.deliver()) == 8
    assert "Zalo từ chối cả kênh phone (Zalo -124)" in either.alarm.standing["pause:channel:phone"]
    assert {state for _, state in either.states()} == {"pending"}
    either.clock.advance(minutes=9, seconds=59)
    assert either.deliver() == []
    either.clock.advance(seconds=1)
    assert len(either.deliver()) == 1  # the probe, refused again
    either.clock.advance(minutes=5)
    assert either.deliver() == []
    either.clock.advance(minutes=5)
    either.zalo.says = accepting
    assert len(either.deliver()) == 10
    assert "pause:channel:phone" not in either.alarm.standing
    assert len(either.acts("resume")) == 1


def test_what_was_on_the_wire_when_the_pause_came_does_not_end_it(desk: Desk) -> None:
    numbers = count()
    desk.zalo.says = lambda d: accepting(d) if next(numbers) % 2 else Refused(cause=Cause.ACCOUNT, code="-124")
    file_many(desk, 10)
    assert len(desk.deliver()) == 8
    assert "pause:channel:phone" in desk.alarm.standing


def test_a_probe_is_not_spent_while_nothing_could_go(desk: Desk, real_rulebook: Rulebook) -> None:
    desk.zalo.says = refusing(Cause.ACCOUNT)
    file_many(desk, 2)
    desk.deliver()
    desk.zalo.says = accepting
    quiet, desk.rulebook = desk.rulebook, real_rulebook
    desk.clock.now = datetime(2026, 11, 23, 23, 55, tzinfo=UTC)  # 06:55 in Vietnam
    assert desk.deliver() == []
    desk.rulebook = quiet
    assert len(desk.deliver()) == 2


def test_a_dead_token_is_tried_again_within_seconds(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.zalo.says = refusing(Cause.TOKEN, "-216")
    desk.deliver()
    desk.zalo.says = accepting
    desk.clock.advance(seconds=2)
    assert len(desk.deliver()) == 1
    assert desk.alarm.rang == []


def test_a_bad_template_pauses_itself_and_nothing_else(either: Desk) -> None:
    either.zalo.says = refusing(Cause.TEMPLATE, "-112")
    either.source.file(CODE)
    either.read()
    either.deliver()
    assert either.states() == [("received", "held")]
    assert "motcua resume --template tiep_nhan " in either.alarm.standing["pause:template:tiep_nhan"]
    either.zalo.says = accepting
    either.source.file("000.22.31.H62-261123-0002")
    either.source.file("000.22.31.H62-261123-0003", "5")
    either.read()
    assert [d.message.event for d in either.deliver()] == ["supplement"]
    assert intervene.resume(either.store, either.alarm, PauseScope.TEMPLATE, "tiep_nhan", "chị Lan")
    assert len(either.deliver()) == 1
    (held,) = either.deliveries(DeliveryState.HELD)
    assert either.release(held.id) == 1
    assert len(either.deliver()) == 1


def test_one_bad_row_is_held_alone_and_rung_for(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.zalo.says = refusing(Cause.CONTENT, "-108")
    desk.deliver()
    assert "mã -108" in desk.alarm.standing["message-held:-108"]
    relieve.relieve(desk.store, desk.alarm, OWNER)
    assert "message-held:-108" in desk.alarm.standing
    desk.cancel(desk.only().id)
    relieve.relieve(desk.store, desk.alarm, OWNER)
    assert "message-held:-108" not in desk.alarm.standing


def test_who_refused_one_way_is_told_the_other_way_at_once_next_time(either: Desk) -> None:
    either.link(CODE)
    either.zalo.says = refusing(Cause.PERSON, "-213", Channel.UID)
    either.source.file(CODE)
    either.read()
    ways = [d.message.routes[d.standing.channel_index].channel for d in either.deliver()]
    assert ways == [Channel.UID, Channel.PHONE]
    either.source.file(CODE, "4", NoiDungXuLy="Thẩm định")
    either.read()
    assert [route.channel for route in either.deliveries()[-1].message.routes] == [Channel.PHONE]
    either.clock.advance(days=31)
    either.source.file(CODE, "4", NoiDungXuLy="Trình ký")
    poll.poll(either.polling())
    assert len(either.deliveries()[-1].message.routes) == 2


def test_a_lease_that_runs_out_leaves_the_message_unknown_and_its_lane_shut(either: Desk) -> None:
    either.zalo.says = lambda _: None
    either.source.file(CODE)
    either.read()
    either.turn()
    either.clock.advance(seconds=51)
    either.source.file(CODE, "5")
    either.read()
    either.zalo.says = accepting
    assert either.turn().doubted == 1
    assert either.states() == [("received", "unknown"), ("supplement", "pending")]
    assert either.deliver() == []
    either.clock.advance(minutes=15)
    assert [d.message.event for d in either.deliver()] == ["supplement"]


LATE: list[tuple[Answer, str]] = [
    (Accepted(reference="zalo-1"), "sent"),
    (Refused(cause=Cause.LATER, code="-100"), "pending"),
    (Refused(cause=Cause.PERSON, code="-118"), "refused"),
]


@pytest.mark.parametrize(("answer", "becomes"), LATE)
def test_an_answer_after_the_lease_is_proof(desk: Desk, answer: Answer, becomes: str) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.zalo.says = lambda _: answer
    desk.zalo.holding = True
    desk.turn()
    desk.clock.advance(seconds=51)
    desk.turn()
    assert desk.states() == [("received", "unknown")]
    desk.zalo.holding = False
    desk.turn()
    assert desk.states() == [("received", becomes)]


def test_a_late_acceptance_of_an_earlier_attempt_cancels_the_one_that_waits(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.zalo.says = refusing(Cause.LATER)
    (first,) = desk.deliver()
    desk.clock.advance(minutes=5)
    desk.zalo.waiting.append(desk.zalo.settled(first, Accepted(reference="zalo-2")))
    desk.turn()
    assert (desk.only().standing.state, desk.only().reference) == (DeliveryState.SENT, "zalo-2")
    assert len(desk.zalo.sent) == 1


def test_a_late_acceptance_counts_even_while_the_next_attempt_is_on_the_wire(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.zalo.says = refusing(Cause.LATER)
    (first,) = desk.deliver()
    desk.clock.advance(minutes=5)
    desk.zalo.says = lambda _: None
    desk.turn()
    assert desk.only().attempt == 2
    desk.zalo.waiting.append(desk.zalo.settled(first, Accepted(reference="zalo-1")))
    desk.turn()
    assert (desk.only().standing.state, desk.only().reference) == (DeliveryState.SENT, "zalo-1")


def test_a_late_refusal_of_an_earlier_attempt_moves_nothing(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.zalo.says = refusing(Cause.LATER)
    (first,) = desk.deliver()
    desk.clock.advance(minutes=5)
    desk.zalo.says = lambda _: None
    desk.turn()
    desk.zalo.waiting.append(desk.zalo.settled(first, Refused(cause=Cause.PERSON, code="-118")))
    desk.turn()
    assert desk.states() == [("received", "sending")]


def test_an_answer_to_nothing_we_know_is_kept_without_harm(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    (sent,) = desk.deliver()
    stranger = replace(sent.message, id=a_message_id(4711))
    desk.zalo.waiting.append(desk.zalo.settled(replace(sent, message=stranger), Unclear(code="?")))
    assert desk.turn() == deliver.Turn(settled=1)
    assert desk.states() == [("received", "sent")]


def test_messages_of_one_dossier_go_one_by_one_in_order(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    for status in ("5", "4", "9"):
        desk.source.file(CODE, status, NoiDungXuLy=status)
        desk.read()
    desk.zalo.holding = True
    assert [desk.turn().claimed, desk.turn().claimed] == [1, 0]
    desk.zalo.holding = False
    desk.deliver()
    assert [d.message.event for d in desk.zalo.sent] == ["received", "supplement", "ready"]


def test_what_the_citizen_must_act_on_goes_first(desk: Desk) -> None:
    desk.zalo = type(desk.zalo)(desk.store, desk.clock, slots=1)
    desk.source.file("000.22.31.H62-261123-0007", "2", SoDienThoai="0911111111")
    desk.read()
    desk.source.file(CODE, "5", SoDienThoai="0922222222")
    desk.read()
    assert [d.message.event for d in desk.deliver()] == ["supplement", "received"]


def test_answers_outlive_a_store_that_is_away(desk: Desk) -> None:
    file_many(desk, 3)
    desk.turn()
    desk.store.failing["deliver.turn"] = AWAY
    with pytest.raises(StoreError):
        desk.turn()
    assert len(desk.unwritten) == 3
    assert desk.turn().settled == 3
    assert desk.unwritten == []
    assert {state for _, state in desk.states()} == {"sent"}


def test_finishing_settles_what_is_on_the_wire_and_claims_nothing(desk: Desk) -> None:
    file_many(desk, 10)
    desk.zalo.holding = True
    desk.turn()
    unwritten: list[Settled] = [desk.zalo.waiting.pop()]
    assert deliver.finish(desk.delivering(), 1.0, unwritten) == 8
    assert sorted(state for _, state in desk.states()) == ["pending"] * 2 + ["sent"] * 8
    assert deliver.finish(desk.delivering(), 1.0) == 0


def test_two_senders_never_send_one_message_twice(either: Desk) -> None:
    file_many(either, 30)
    either.zalo.holding = True
    deliver.turn(either.delivering("may-a:1:a"), 0.0)
    deliver.turn(either.delivering("may-b:1:b"), 0.0)
    either.deliver()
    either.zalo.holding = False
    while either.deliver():
        pass
    sent: list[Message] = [delivery.message for delivery in either.zalo.sent]
    assert len({message.id for message in sent}) == len(sent) == 30


def test_the_ledger_tells_every_move(desk: Desk) -> None:
    desk.zalo.says = refusing(Cause.LATER, "-100")
    desk.source.file(CODE)
    desk.read()
    desk.deliver()
    desk.clock.advance(minutes=1)
    desk.zalo.says = accepting
    desk.deliver()
    assert [b'"state":"pending"' in body for body in desk.acts("delivery")] == [True, False]
    assert b"84912345678" not in b"".join(desk.acts("delivery") + desk.acts("change"))
    assert CODE.encode() not in b"".join(desk.acts("delivery") + desk.acts("change"))


def test_what_is_on_the_wire_past_its_lease_is_doubted_also_where_nothing_may_be_claimed(either: Desk) -> None:
    file_many(either, 1)
    either.zalo.holding = True
    assert either.turn().claimed == 1
    either.clock.advance(minutes=5)
    either.options.mode = SendingMode.OFF
    assert either.turn().doubted == 1
    assert either.only().standing.state is DeliveryState.UNKNOWN
