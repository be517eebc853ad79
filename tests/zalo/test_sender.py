import logging
import threading
import time
from collections import Counter
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest

from adapter.errors import StoreError
from adapter.model import Accepted, Cause, Channel, MessageId, Refused, Uid, Unclear
from adapter.simulators.zalo.simulator import ZaloSimulator
from tests.zalo.builders import NOW, delivery, route, settings
from tests.zalo.conftest import OpenSender, Serve, sent
from tests.zalo.doubles import FakeClock, FakeKeeper, replying
from tests.zalo.raw_server import accept, reply_json

STATUS = "/business/message/status"


def answering(content: object, status: int = 200) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: replying(content, status))


def test_handing_in_returns_at_once_and_takes_a_slot_until_the_answer(open_sender: OpenSender, serve: Serve) -> None:
    server = serve(accept())
    server.acts = [server.silence]
    sender = open_sender(settings(server.url, slots=3))
    begun = time.monotonic()
    sender.send([delivery(number=1), delivery(number=2)])
    assert time.monotonic() - begun < 0.5
    assert sender.free() == 1
    assert sender.answers(0.1, 0.0) == []
    server.over.set()
    assert len(sender.drain(10)) == 2
    assert sender.free() == 3


def test_answers_lingers_for_those_that_come_soon(open_sender: OpenSender) -> None:
    sender = open_sender(settings(slots=16), answering({"error": 0, "data": {"msg_id": "a"}}))
    sender.send([delivery(number=n) for n in range(16)])
    assert len(sender.answers(5.0, 0.5)) == 16


def test_answers_waits_no_longer_than_told_for_the_first(open_sender: OpenSender) -> None:
    begun = time.monotonic()
    assert open_sender(settings()).answers(0.1, 5.0) == []
    assert time.monotonic() - begun < 1


def test_a_settlement_says_which_attempt_on_which_channel_and_when(open_sender: OpenSender) -> None:
    sender = open_sender(settings(), answering({"error": 0, "data": {"message_id": "m"}}))
    (settled,) = sent(sender, delivery(route(Channel.UID), number=5, attempt=4)).values()
    assert (settled.id, settled.attempt, settled.channel) == (MessageId(f"{5:032x}"), 4, Channel.UID)
    assert (settled.started_at, settled.finished_at) == (NOW, NOW)
    assert settled.answer == Accepted(reference="m")


def test_nothing_handed_in_is_nothing_done(open_sender: OpenSender, keeper: FakeKeeper) -> None:
    keeper.tokens.clear()
    sender = open_sender(settings())
    sender.send([])
    assert sender.drain(1) == []


def test_a_bug_is_unclear_and_logged_without_what_it_says(
    open_sender: OpenSender, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise KeyError(request.content.decode())

    sender = open_sender(settings(), httpx.MockTransport(broken))
    with caplog.at_level(logging.DEBUG):
        (settled,) = sent(sender, delivery()).values()
    assert settled.answer == Unclear(code="bug:KeyError")
    assert "broken" in caplog.text
    assert "84987654321" not in caplog.text
    assert "Nguyễn" not in caplog.text


def test_one_bad_delivery_does_not_take_the_others_along(open_sender: OpenSender) -> None:
    sender = open_sender(settings(), answering({"error": 0}))
    bad = delivery(route(Channel.PHONE, Uid("12345")), number=1)
    answers = sent(sender, bad, delivery(number=2))
    assert answers[bad.id].answer == Unclear(code="bug:ValueError")
    assert answers[MessageId(f"{2:032x}")].answer == Accepted(reference="")


def test_no_log_line_tells_who_was_told_what(open_sender: OpenSender, caplog: pytest.LogCaptureFixture) -> None:
    refusal = {"error": -112, "message": "the words of Zalo about Nguyễn"}
    with caplog.at_level(logging.DEBUG):
        sent(open_sender(settings(), answering(refusal)), delivery())
    for secret in ("84987654321", "Nguyễn", "words of Zalo", "token-1"):
        assert secret not in caplog.text


def test_without_a_token_every_message_is_refused_and_none_leaves(open_sender: OpenSender, serve: Serve) -> None:
    server, keeper = serve(accept()), FakeKeeper()
    keeper.tokens.clear()
    answers = sent(open_sender(settings(server.url), keeper=keeper), delivery(number=1), delivery(number=2))
    assert [a.answer for a in answers.values()] == [Refused(cause=Cause.ACCOUNT, code="no-token")] * 2
    assert server.requests == []


def test_a_store_that_is_away_leaves_every_message_unsent_and_answered(open_sender: OpenSender) -> None:
    class Away(FakeKeeper):
        def access(self) -> str:
            raise StoreError("away")

    (settled,) = sent(open_sender(settings(), keeper=Away()), delivery()).values()
    assert settled.answer == Refused(cause=Cause.NEVER_LEFT, code="bug:StoreError")


def test_a_refused_token_is_told_to_the_keeper_before_the_engine_hears_of_it(
    open_sender: OpenSender, keeper: FakeKeeper
) -> None:
    keeper.tokens = ["old", "new"]

    def by_token(request: httpx.Request) -> httpx.Response:
        return replying({"error": 0 if request.headers["access_token"] == "new" else -124})

    sender = open_sender(settings(), httpx.MockTransport(by_token))
    (first,) = sent(sender, delivery()).values()
    assert first.answer == Refused(cause=Cause.TOKEN, code="-124")
    assert keeper.refused == ["old"]
    (second,) = sent(sender, delivery(attempt=2)).values()
    assert second.answer == Accepted(reference="")


def test_a_fresh_token_that_is_refused_too_is_the_accounts_fault(open_sender: OpenSender, keeper: FakeKeeper) -> None:
    keeper.tokens = ["old", "new"]
    sender = open_sender(settings(slots=32), answering({"error": -124}))
    first = sent(sender, *(delivery(number=n) for n in range(32)))
    assert {a.answer for a in first.values()} == {Refused(cause=Cause.TOKEN, code="-124")}
    (second,) = sent(sender, delivery(attempt=2)).values()
    assert second.answer == Refused(cause=Cause.ACCOUNT, code="-124")


def test_a_keeper_that_fails_does_not_change_what_zalo_said(open_sender: OpenSender) -> None:
    class Failing(FakeKeeper):
        def rejected(self, token: str) -> None:
            raise StoreError(token)

    sender = open_sender(settings(), answering({"error": -124}), keeper=Failing())
    (settled,) = sent(sender, delivery()).values()
    assert settled.answer == Refused(cause=Cause.TOKEN, code="-124")


def test_closing_gives_up_what_is_on_the_wire(open_sender: OpenSender, serve: Serve) -> None:
    server = serve(accept())
    server.acts = [server.silence]
    sender = open_sender(settings(server.url, read=20))
    sender.send([delivery()])
    assert sender.drain(0.2) == []
    begun = time.monotonic()
    sender.close()
    sender.close()
    assert time.monotonic() - begun < 2
    assert sender.drain(5) == []


def test_what_comes_after_closing_is_answered_as_never_sent(open_sender: OpenSender) -> None:
    sender = open_sender(settings(), answering({"error": 0}))
    sender.close()
    assert sender.free() == 0
    sender.send([delivery()])
    (settled,) = sender.answers(0.0, 0.0)
    assert settled.answer == Refused(cause=Cause.NEVER_LEFT, code="closed")
    assert sender.arrived([(MessageId("a"), "ref")]) == {MessageId("a"): None}


def test_sends_from_many_threads_are_answered_once_each(open_sender: OpenSender) -> None:
    sender = open_sender(settings(slots=64), answering({"error": 0}))

    def hand_in(first: int) -> None:
        for number in range(first, first + 50):
            sender.send([delivery(number=number)])

    threads = [threading.Thread(target=hand_in, args=(1000 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = Counter(settled.id for settled in sender.drain(20))
    assert len(counts) == 200
    assert set(counts.values()) == {1}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"status": 1}, True),
        ({"status": "1"}, True),
        ({"status": 0}, False),
        ({"status": -1}, None),
        ({"status": 7}, None),
        ({}, None),
        (None, None),
        ([], None),
    ],
)
def test_the_fate_of_a_message(open_sender: OpenSender, *, data: object, expected: bool | None) -> None:
    sender = open_sender(settings(), answering({"error": 0, "data": data}))
    assert sender.arrived([(MessageId("a"), "ref")]) == {MessageId("a"): expected}


@pytest.mark.parametrize(
    ("apart", "expected"),
    [(timedelta(seconds=90), False), (timedelta(hours=1), None), (-timedelta(hours=1), None), (None, False)],
)
def test_not_yet_is_no_never_while_our_clock_is_not_zalos(
    open_sender: OpenSender, clock: FakeClock, apart: timedelta | None, expected: bool | None
) -> None:
    dated = {} if apart is None else {"Date": format_datetime(clock.now - apart, usegmt=True)}

    def says(status: int) -> httpx.MockTransport:
        content = {"error": 0, "data": {"status": status}}
        return httpx.MockTransport(lambda _: httpx.Response(200, json=content, headers=dated))

    asked = [(MessageId("a"), "ref")]
    assert open_sender(settings(), says(0)).arrived(asked) == {MessageId("a"): expected}
    assert open_sender(settings(), says(1)).arrived(asked) == {MessageId("a"): True}


def test_a_question_is_asked_again_while_the_server_is_unwell(open_sender: OpenSender, sim: ZaloSimulator) -> None:
    sender = open_sender(settings(sim.url, apart=True), keeper=FakeKeeper(sim.issue_tokens().access_token))
    (settled,) = sent(sender, delivery()).values()
    assert isinstance(settled.answer, Accepted)
    sim.fault("http", path=STATUS, times=2)
    sim.state.clock.shift(60)
    assert sender.arrived([(settled.id, settled.answer.reference)]) == {settled.id: True}


def test_a_question_without_an_answer_is_given_up(open_sender: OpenSender, serve: Serve) -> None:
    server = serve(reply_json({}, 503))
    assert open_sender(settings(server.url)).arrived([(MessageId("a"), "ref")]) == {MessageId("a"): None}
    assert len(server.requests) == 3


def test_a_message_without_a_reference_is_not_asked_after(open_sender: OpenSender, serve: Serve) -> None:
    server = serve(accept())
    assert open_sender(settings(server.url)).arrived([(MessageId("a"), "")]) == {MessageId("a"): None}
    assert server.requests == []


def test_many_questions_use_few_connections(open_sender: OpenSender, serve: Serve) -> None:
    server = serve(reply_json({"error": 0, "data": {"status": 1}}))
    found = open_sender(settings(server.url)).arrived([(MessageId(str(n)), f"ref{n}") for n in range(100)])
    assert set(found.values()) == {True}
    assert len(server.requests) == 100
    assert server.connections <= 4


def test_a_token_refused_for_a_question_is_told_to_the_keeper(open_sender: OpenSender, keeper: FakeKeeper) -> None:
    sender = open_sender(settings(), answering({"error": -124}))
    assert sender.arrived([(MessageId("a"), "ref")]) == {MessageId("a"): None}
    assert keeper.refused == ["token-1"]
    assert sender.arrived([(MessageId("a"), "ref")]) == {MessageId("a"): None}


def test_draining_ends_with_the_last_answer(open_sender: OpenSender) -> None:
    sender = open_sender(settings(), answering({"error": 0}))
    begun = time.monotonic()
    for number in range(300):
        assert len(sent(sender, delivery(number=number))) == 1
    assert time.monotonic() - begun < 15  # one drain that missed the last answer would wait 20 s
