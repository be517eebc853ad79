"""Filing, releasing, holding, rebuilding."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from adapter.model import (
    Channel,
    DeliveryState,
    DossierId,
    Filter,
    Message,
    Phone,
    Priority,
    SkipReason,
    SourceName,
    Uid,
)
from adapter.ports import Store, Tx
from adapter.store.schema import deliveries, messages
from tests.store.clocks import START, FakeClock
from tests.store.letters import (
    SOURCE,
    claim,
    decided,
    due,
    file,
    get,
    message,
    mid,
    one,
    order,
    put,
    raw,
    route,
    skip,
    woke,
)

LATER = START + timedelta(hours=1)

BOTH = (route(Channel.UID, "by-uid"), route(Channel.PHONE, "by-phone"))


@pytest.mark.parametrize(
    "said",
    [
        message("plain"),
        message("by both channels", routes=BOTH, priority=Priority.URGENT),
        message("follows up", follows_up=mid("plain"), revision=3, position=12),
        message("markup", text='"Đã có kết quả"\n\\ {ngày} \u2028 🎉 <b>'),
        replace(
            message("parameters"),
            routes=(
                replace(
                    route(Channel.UID, address=Uid("9007199254740993123")),
                    params={"z": "Nguyễn Thị Ánh", "a": "", "ngày": "01/12/2026"},
                    timeout_seconds=0,
                ),
                route(Channel.PHONE, address=Phone("84987654321")),
            ),
        ),
    ],
    ids=lambda said: said.change,
)
def test_a_message_comes_back_exactly_as_it_was_filed(clocked: Store, said: Message) -> None:
    due(clocked, said)
    (claimed,) = claim(clocked) + claim(clocked, order(channel=Channel.UID))
    assert claimed.message == said


def test_what_is_said_and_to_whom_is_not_readable_in_the_database(clocked: Store) -> None:
    due(clocked, message("secret", text="Kết quả của ông Bình"))

    content = clocked.read(lambda tx: raw(tx).execute(select(messages.c.content)).scalar_one())

    for secret in ("Bình", "84900000001", "H62.1"):
        assert secret.encode() not in content


def test_a_filed_message_waits_unreleased(clocked: Store) -> None:
    file(clocked, message("a"))

    delivery = one(clocked, "a")

    assert delivery.standing.state is DeliveryState.PENDING
    assert (delivery.due_at, delivery.released_at, delivery.attempt, delivery.moves) == (None, None, 0, 0)
    assert claim(clocked) == []


def test_an_obligation_that_stands_already_stays_as_it_is(clocked: Store) -> None:
    file(clocked, message("a", text="first"))
    due(clocked, message("a", text="second"))
    put(clocked, "a", DeliveryState.HELD)
    file(clocked, message("a", text="third", revision=2), message("b"))

    assert [delivery.message.text for delivery in get(clocked, "a")] == ["first"]
    assert one(clocked, "a").standing.state is DeliveryState.HELD
    assert one(clocked, "b").standing.state is DeliveryState.PENDING


def test_an_obligation_stands_once_as_a_message_or_as_a_skip(clocked: Store) -> None:
    file(clocked, message("said"), skipped=[skip("unsaid", SkipReason.SENDING_OFF, would_be=message("unsaid"))])
    file(clocked, message("unsaid"), skipped=[skip("said"), skip("unsaid", SkipReason.NO_PHONE)])

    states = clocked.read(lambda tx: tx.outbox.states("", 10))

    assert sorted(states) == sorted([(mid("said"), DeliveryState.PENDING), (mid("unsaid"), None)])


def test_a_skip_keeps_what_would_have_been_said_without_a_delivery(clocked: Store) -> None:
    unsaid = skip("shadow", SkipReason.SENDING_OFF, rule="step", would_be=message("shadow", text="Sẽ nói thế này."))
    file(clocked, skipped=[unsaid, skip("no rule")])

    found = clocked.read(lambda tx: tx.outbox.find_skipped(Filter()))

    assert sorted(found, key=lambda each: each.id) == sorted([unsaid, skip("no rule")], key=lambda each: each.id)
    assert get(clocked, "shadow") == []


def test_release_lets_a_sources_messages_go_by_priority(clocked: Store, clock: FakeClock) -> None:
    file(clocked, message("notice"), message("urgent", priority=Priority.URGENT))
    clocked.write("test", lambda tx: tx.outbox.file("run-2", SourceName("another"), [message("other")], []))
    clock.advance(5)

    released = clocked.write(
        "test", lambda tx: tx.outbox.release(SOURCE, {Priority.URGENT: clock.now, Priority.NOTICE: LATER})
    )

    assert released == 2
    assert [each.due_at for each in get(clocked, "notice", "urgent", "other")] == [LATER, clock.now, None]
    assert [each.released_at for each in get(clocked, "notice", "urgent", "other")] == [clock.now, clock.now, None]
    assert clocked.read(lambda tx: tx.outbox.unreleased(SOURCE)) == 0
    assert clocked.read(lambda tx: tx.outbox.unreleased(SourceName("another"))) == 1


def test_a_second_release_moves_nothing(clocked: Store) -> None:
    file(clocked, message("a"))
    assert clocked.write("test", lambda tx: tx.outbox.release(SOURCE, {Priority.NOTICE: START})) == 1
    assert clocked.write("test", lambda tx: tx.outbox.release(SOURCE, {Priority.NOTICE: LATER})) == 0
    assert one(clocked, "a").due_at == START


def test_a_surprising_run_is_held(clocked: Store) -> None:
    file(clocked, message("a"), message("b"))
    due(clocked, message("released"))

    held = clocked.write("test", lambda tx: tx.outbox.hold_unreleased(SOURCE, "run-held", "surge"))

    assert [each.id for each in held] == sorted([mid("a"), mid("b")])
    assert {(each.standing.state, each.code, each.moves) for each in held} == {(DeliveryState.HELD, "surge", 1)}
    assert held == clocked.write("test", lambda tx: tx.outbox.get([mid("a"), mid("b")]))
    assert one(clocked, "released").standing.state is DeliveryState.PENDING
    found = clocked.read(lambda tx: tx.outbox.find(Filter(run="run-held")))
    assert {each.id for each in found} == {mid("a"), mid("b")}  # whichever run wrote them, the one that rang finds them
    assert clocked.write("test", lambda tx: tx.outbox.hold_unreleased(SOURCE, "run-held", "surge")) == []


def test_unsent_is_what_pends_or_is_held_of_these_dossiers(clocked: Store) -> None:
    due(clocked, message("sent", dossier="d1"))
    claim(clocked)
    put(clocked, "sent", DeliveryState.SENT)
    due(clocked, message("pending", dossier="d1", position=2), message("elsewhere", dossier="d3"))
    file(clocked, message("held", dossier="d2"), message("unreleased", dossier="d2", position=2))
    put(clocked, "held", DeliveryState.HELD)

    unsent = clocked.write("test", lambda tx: tx.outbox.unsent([DossierId("d1"), DossierId("d2"), DossierId("d9")]))

    assert [each.id for each in unsent] == sorted(map(mid, ("pending", "held", "unreleased")))


@pytest.mark.parametrize(
    ("act", "wakes"),
    [
        ("file", False),
        ("file_due now", True),
        ("file_due later", False),
        ("release now", True),
        ("release later", False),
        ("retry now", True),
        ("retry later", False),
    ],
)
def test_senders_are_woken_when_something_is_due_at_once(clocked: Store, act: str, wakes: bool) -> None:
    file(clocked, message("waiting"), message("held"))
    put(clocked, "held", DeliveryState.HELD)
    held = one(clocked, "held")
    when = START if act.endswith("now") else LATER

    def work(tx: Tx) -> bool:
        outbox = tx.outbox
        match act.split(maxsplit=1)[0]:
            case "file":
                outbox.file("run-2", SOURCE, [message("new")], [])
            case "file_due":
                outbox.file_due([message("new")], when)
            case "release":
                outbox.release(SOURCE, {Priority.NOTICE: when})
            case "retry":
                outbox.move([(held, decided(DeliveryState.PENDING, due_at=when))])
        return woke(tx)

    assert clocked.write("test", work) is wakes


def test_a_thousand_messages_file_load_and_hold_in_one_call(clocked: Store) -> None:
    file(clocked, *(message(str(number)) for number in range(2000)))
    held = clocked.write("test", lambda tx: tx.outbox.hold_unreleased(SOURCE, "run-held", "surge"))
    assert [each.id for each in held] == sorted(mid(str(number)) for number in range(2000))
    assert (
        clocked.read(lambda tx: raw(tx).execute(select(deliveries.c.id).where(deliveries.c.state != "held")).all())
        == []
    )
