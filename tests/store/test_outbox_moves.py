"""Decisions applied: what they change, and whom they leave alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from adapter.model import Accepted, Answer, Cause, Channel, DeliveryState, Move, Refused, Settled, Unclear
from adapter.ports import Store
from adapter.store.schema import attempts
from tests.store.clocks import START, FakeClock
from tests.store.letters import cipher_of, claim, decided, due, get, message, mid, one, order, put, raw, route

BOTH = (route(Channel.UID, "by-uid"), route(Channel.PHONE, "by-phone"))

LATER = START + timedelta(minutes=7)


def _move(store: Store, name: str, there: Move) -> None:
    before = one(store, name)
    assert store.write("test", lambda tx: tx.outbox.move([(before, there)])) == {mid(name)}


def test_a_move_writes_all_of_the_decision(clocked: Store) -> None:
    due(clocked, message("a", routes=BOTH))
    claim(clocked, order(channel=Channel.UID))

    _move(
        clocked,
        "a",
        Move(
            to=DeliveryState.PENDING,
            cause=Cause.PERSON,
            due_at=LATER,
            channel_index=1,
            tries=2,
            lapses=1,
            code="-118",
        ),
    )

    after = one(clocked, "a")
    standing = after.standing
    assert (standing.state, standing.channel_index, standing.tries, standing.lapses) == (DeliveryState.PENDING, 1, 2, 1)
    assert (after.due_at, after.code, after.owner, after.attempt, after.moves) == (LATER, "-118", "", 1, 2)


def test_after_a_move_to_the_next_channel_that_channel_claims_it_under_its_template(
    clocked: Store, clock: FakeClock
) -> None:
    due(clocked, message("a", routes=BOTH))
    _move(clocked, "a", Move(to=DeliveryState.PENDING, cause=Cause.PERSON, due_at=LATER, channel_index=1))
    clock.advance(420)
    assert claim(clocked, order(channel=Channel.UID)) == []
    assert [each.id for each in claim(clocked, order(channel=Channel.PHONE))] == [mid("a")]


@pytest.mark.parametrize("state", list(DeliveryState))
def test_every_state_can_be_reached_and_read_back(clocked: Store, state: DeliveryState) -> None:
    due(clocked, message("a"))
    put(clocked, "a", state)
    assert one(clocked, "a").standing.state is state


def test_a_decision_about_what_moved_meanwhile_is_not_applied(clocked: Store) -> None:
    due(clocked, message("a"), message("b"))
    stale = get(clocked, "a", "b")
    claim(clocked, order(limit=1))
    taken = [each for each in get(clocked, "a", "b") if each.standing.state is DeliveryState.SENDING]
    left = [each.id for each in stale if each.id != taken[0].id]

    moved = clocked.write(
        "test", lambda tx: tx.outbox.move([(each, decided(DeliveryState.CANCELLED)) for each in stale])
    )

    assert moved == set(left)
    assert clocked.write("test", lambda tx: tx.outbox.get([taken[0].id])) == taken


def test_the_same_state_reached_anew_is_another_standing(clocked: Store) -> None:
    due(clocked, message("a"))
    (first,) = claim(clocked)
    put(clocked, "a", DeliveryState.PENDING, due_at=START)
    (second,) = claim(clocked)

    assert clocked.write("test", lambda tx: tx.outbox.move([(first, decided(DeliveryState.UNKNOWN))])) == frozenset()
    assert clocked.write("test", lambda tx: tx.outbox.move([(second, decided(DeliveryState.SENT))])) == {mid("a")}


def test_of_two_decisions_about_one_delivery_the_first_is_applied(clocked: Store) -> None:
    due(clocked, message("a"))
    delivery = one(clocked, "a")
    both = [(delivery, decided(DeliveryState.HELD)), (delivery, decided(DeliveryState.CANCELLED))]
    assert clocked.write("test", lambda tx: tx.outbox.move(both)) == {mid("a")}
    assert (one(clocked, "a").standing.state, one(clocked, "a").moves) == (DeliveryState.HELD, 1)


def test_a_delivery_nobody_filed_does_not_move(clocked: Store) -> None:
    due(clocked, message("a"))
    delivery = one(clocked, "a")
    clocked.write("test", lambda tx: raw(tx).exec_driver_sql("DELETE FROM deliveries"))
    assert clocked.write("test", lambda tx: tx.outbox.move([(delivery, decided(DeliveryState.HELD))])) == frozenset()


def test_no_decision_moves_nothing(clocked: Store) -> None:
    assert clocked.write("test", lambda tx: tx.outbox.move([])) == frozenset()


def test_the_reference_and_the_time_of_sending_outlive_the_receipt(clocked: Store, clock: FakeClock) -> None:
    due(clocked, message("a"))
    claim(clocked)
    clock.advance(2)
    _move(clocked, "a", Move(to=DeliveryState.SENT, cause=Cause.ACCEPTED, reference="zalo-1"))
    sent_at = clock.now
    clock.advance(60)
    _move(clocked, "a", decided(DeliveryState.DELIVERED, Cause.ARRIVED))

    after = one(clocked, "a")
    assert (after.standing.state, after.reference, after.sent_at) == (DeliveryState.DELIVERED, "zalo-1", sent_at)


def test_proof_of_arrival_of_an_unknown_one_tells_the_time_too(clocked: Store) -> None:
    due(clocked, message("a"))
    claim(clocked)
    put(clocked, "a", DeliveryState.UNKNOWN)
    assert one(clocked, "a").sent_at is None
    put(clocked, "a", DeliveryState.DELIVERED)
    assert one(clocked, "a").sent_at == START


def test_sent_again_after_a_lapse_is_sent_at_the_later_time(clocked: Store, clock: FakeClock) -> None:
    due(clocked, message("a"))
    for seconds in (0, 7200):
        clock.advance(seconds)
        claim(clocked)
        put(clocked, "a", DeliveryState.SENT)
        assert one(clocked, "a").sent_at == clock.now
        put(clocked, "a", DeliveryState.LAPSED)
        put(clocked, "a", DeliveryState.PENDING, due_at=START)


def test_attempts_keep_their_answers_and_the_words_of_a_refusal_are_sealed(clocked: Store) -> None:
    answers: list[Answer] = [
        Accepted(reference="zalo-1"),
        Refused(cause=Cause.CONTENT, code="-132", text="parameter ten is Nguyễn Văn Bình"),
        Refused(cause=Cause.NEVER_LEFT, code="ConnectError"),
        Unclear(code="ReadTimeout"),
    ]
    due(clocked, message("a"))
    (taken,) = claim(clocked)
    settled = [
        Settled(delivery=replace(taken, attempt=number), answer=answer, started_at=START, finished_at=LATER)
        for number, answer in enumerate(answers, start=1)
    ]
    again = Settled(delivery=taken, answer=answers[3], started_at=START, finished_at=LATER)

    clocked.write("test", lambda tx: tx.outbox.attempted(settled))
    clocked.write("test", lambda tx: tx.outbox.attempted([again]))

    rows = clocked.read(lambda tx: raw(tx).execute(select(attempts).order_by(attempts.c.attempt)).all())
    cipher = clocked.read(cipher_of)
    assert [(row.cause, row.code, row.reference) for row in rows] == [
        ("accepted", "", "zalo-1"),
        ("content", "-132", ""),
        ("never_left", "ConnectError", ""),
        ("unclear", "ReadTimeout", ""),
    ]
    assert [row.answer is None for row in rows] == [True, False, True, True]
    assert "Bình" not in rows[1].answer.decode("latin-1")
    assert cipher.open("attempts.answer", f"{mid('a')}.2", rows[1].answer).decode().endswith("Nguyễn Văn Bình")
