"""Whose message an accepted one was: a judge who takes one for another would find faults that are none, or none."""

from typing import Any

from adapter.model import Delivery, DeliveryState
from tests.builders import CODE, UID, a_delivery, a_message, a_message_id, a_route
from tests.truths import by_obligation

ROUTE = a_route(template_id="301234")


def row(message_id: str, **different: Any) -> dict[str, Any]:
    """A line of Zalo's journal: our words to the linked user."""
    said = {"template_id": ROUTE.template_id, "template_data": {"ma_ho_so": CODE}}
    return {"n": 1, "message_id": message_id, "tracking_id": None, "uid": UID.value, **said, **different}


def by_uid(number: int, state: DeliveryState, reference: str = "") -> Delivery:
    message = a_message(number, position=number * 1000, routes=(a_route(ROUTE.channel.UID),))
    return a_delivery(state, message, reference=reference)


def test_the_tracking_id_names_the_obligation_of_a_phone_message() -> None:
    known = [by_uid(1, DeliveryState.SENT)]
    mine, strangers = row("a", tracking_id=f"{a_message_id(1)}.2"), row("b", tracking_id=f"{a_message_id(2)}.1")
    assert by_obligation([mine, strangers], known) == ({a_message_id(1): [mine]}, [strangers])


def test_of_two_that_say_the_same_words_the_one_that_knows_zalos_id_was_said() -> None:
    """A result told of twice, because the dossier was opened again: the first was superseded, the second sent."""
    known = [by_uid(1, DeliveryState.SUPERSEDED), by_uid(2, DeliveryState.SENT, "b")]
    assert by_obligation([row("b")], known) == ({a_message_id(2): [row("b")]}, [])


def test_what_nobody_knows_the_id_of_goes_to_one_that_has_none_yet() -> None:
    """So a second one beside the one that was answered for still shows: on the other obligation, or as a double."""
    known = [by_uid(1, DeliveryState.UNKNOWN), by_uid(2, DeliveryState.SENT, "b")]
    found, strays = by_obligation([row("x"), row("b")], known)
    assert found == {a_message_id(1): [row("x")], a_message_id(2): [row("b")]}
    assert not strays
    alone, _ = by_obligation([row("x"), row("b")], known[1:])
    assert alone == {a_message_id(2): [row("b"), row("x")]}


def test_other_words_or_another_person_answer_for_nothing_of_ours() -> None:
    known = [by_uid(2, DeliveryState.SENT, "b")]
    other = [row("b", uid="1"), row("b", template_data={"ma_ho_so": "x"})]
    assert by_obligation(other, known) == ({}, other)
