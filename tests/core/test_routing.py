"""Obligations: which there are, and what becomes of each: a message, or the reason why not."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from adapter.core.obligations import Contact, Policy, obligation, skipped_from
from adapter.core.phones import PhoneProblem
from adapter.core.routing import REMINDING, afresh, again, plan, reminder
from adapter.model import (
    Address,
    AfterUnknown,
    Change,
    Channel,
    Dossier,
    Event,
    MappingVersion,
    Message,
    Param,
    Phone,
    Plan,
    Priority,
    Rule,
    Rulebook,
    SendingMode,
    Skipped,
    SkipReason,
    Uid,
)
from tests.builders import (
    CODE,
    NOW,
    PHONE,
    PROCEDURE,
    UID,
    a_change,
    a_contact,
    a_dossier,
    a_dossier_id,
    a_message,
    a_policy,
    a_rule,
    a_rulebook,
    a_template,
)

READY = a_dossier(status="9", event=Event.READY)
LINKED = a_contact(PHONE, UID)
REMINDS = a_rule(after_unknown=AfterUnknown.REMIND, reminder_template="nhac_lai")
REMINDER = a_template("nhac_lai", "Nhắc lại: hồ sơ {ma_ho_so} đã có kết quả.")


def planned(
    change: Change | None = None,
    rulebook: Rulebook | None = None,
    contact: Contact | None = None,
    policy: Policy | None = None,
    dossier: Dossier = READY,
) -> Plan:
    return plan(
        change or a_change(),
        dossier,
        rulebook or a_rulebook(),
        contact or a_contact(),
        policy=policy or a_policy(),
        now=NOW,
    )


def only_message(made: Plan) -> Message:
    assert not made.skipped
    (message,) = made.messages
    return message


def only_skip(made: Plan) -> Skipped:
    assert not made.messages
    (skip,) = made.skipped
    return skip


# Which obligations there are


def test_an_obligation_has_the_same_id_for_ever() -> None:
    """Written down, because a changed formula would tell every citizen everything again."""
    id_ = obligation(a_change(), "co_ket_qua", "applicant", Event.READY)
    assert id_ == "3eed4ba84daba87dfbab4736213cf4ea"
    assert only_message(planned()).id == id_
    assert only_message(planned(rulebook=a_rulebook(version=MappingVersion("another")))).id == id_


@pytest.mark.parametrize(
    "other",
    [
        {"change": a_change(version=4)},
        {"change": a_change(dossier_id=a_dossier_id(2))},
        {"rule": "co_ket_qua_2"},
        {"audience": "agent"},
    ],
)
def test_another_change_rule_or_audience_is_another_obligation(other: dict[str, Any]) -> None:
    one: dict[str, Any] = {"change": a_change(), "rule": "co_ket_qua", "audience": "applicant", "event": Event.READY}
    assert obligation(**one) != obligation(**(one | other))


def test_a_change_without_a_word_is_one_obligation_without_a_rule() -> None:
    skip = only_skip(planned(a_change(events=())))
    assert (skip.reason, skip.event, skip.rule, skip.audience) == (SkipReason.NO_RULE, None, "", "")


def test_two_events_without_a_rule_are_two_obligations() -> None:
    made = planned(a_change(Event.STEP, Event.RESCHEDULED))
    assert [(skip.event, skip.reason) for skip in made.skipped] == [
        (Event.STEP, SkipReason.NO_RULE),
        (Event.RESCHEDULED, SkipReason.NO_RULE),
    ]
    assert len({skip.id for skip in made.skipped}) == 2


def test_two_events_of_one_change_are_told_in_their_order() -> None:
    rules = a_rulebook(a_rule("doi_ngay_hen", Event.RESCHEDULED), a_rule("chuyen_buoc", Event.STEP))
    made = planned(a_change(Event.STEP, Event.RESCHEDULED), rules)
    assert [(message.rule, message.position) for message in made.messages] == [
        ("chuyen_buoc", 3000),
        ("doi_ngay_hen", 3001),
    ]
    assert len({message.id for message in made.messages}) == 2
    assert len({message.lane for message in made.messages}) == 1


def test_a_later_change_stands_behind_an_earlier_one() -> None:
    assert only_message(planned(a_change(version=4))).position > only_message(planned()).position


NARROW_OFFICE = a_rule("rieng_cho_huyen", offices=frozenset({"000.23.31.H62"}))
NARROW_PROCEDURE = a_rule("rieng_cho_thu_tuc", procedures=frozenset({PROCEDURE}))
ELSEWHERE = a_rule("thu_tuc_khac", procedures=frozenset({"2.000815"}))


@pytest.mark.parametrize(
    ("rules", "spoke"),
    [
        ((NARROW_OFFICE, a_rule()), ["co_ket_qua"]),
        ((NARROW_PROCEDURE, a_rule()), ["rieng_cho_thu_tuc"]),
        ((a_rule(), NARROW_PROCEDURE), ["co_ket_qua"]),
        ((a_rule("khac", Event.STEP), a_rule()), ["co_ket_qua"]),
        ((a_rule(), a_rule("nguoi_duoc_uy_quyen", audience="agent")), ["co_ket_qua", "nguoi_duoc_uy_quyen"]),
    ],
)
def test_the_first_rule_that_fits_speaks_to_each_audience(rules: tuple[Rule, ...], spoke: list[str]) -> None:
    assert [message.rule for message in planned(rulebook=a_rulebook(*rules)).messages] == spoke


def test_a_rule_for_elsewhere_is_no_rule_here() -> None:
    rules = a_rulebook(NARROW_OFFICE, ELSEWHERE)
    assert only_skip(planned(rulebook=rules)).reason is SkipReason.NO_RULE


# What a message says


def test_a_message_carries_all_that_sending_needs() -> None:
    rule = a_rule(priority=Priority.URGENT, expires_after=timedelta(days=3))
    message = only_message(planned(rulebook=a_rulebook(rule)))
    assert message.text == f"Hồ sơ {CODE} đã có kết quả."
    assert (message.priority, message.expires_at, message.created_at) == (
        Priority.URGENT,
        NOW + timedelta(days=3),
        NOW,
    )
    assert (message.revision, message.mapping, message.follows_up) == (1, a_rulebook().version, None)
    (route,) = message.routes
    assert (route.channel, route.address, route.template, route.template_id) == (
        Channel.PHONE,
        PHONE,
        "co_ket_qua",
        "phone:co_ket_qua",
    )
    assert route.params == {"ma_ho_so": CODE}


@pytest.mark.parametrize(
    ("channels", "contact", "routes"),
    [
        ((Channel.UID, Channel.PHONE), LINKED, [UID, PHONE]),
        ((Channel.PHONE, Channel.UID), LINKED, [PHONE, UID]),
        ((Channel.UID, Channel.PHONE), a_contact(PHONE), [PHONE]),
        ((Channel.UID, Channel.PHONE), a_contact(PHONE, UID, Uid("99")), [UID, PHONE]),
        ((Channel.UID, Channel.PHONE), a_contact(PhoneProblem.NONE, UID), [UID]),
        ((Channel.UID,), LINKED, [UID]),
        # a shared number is nobody's own; a proven link still is
        ((Channel.UID, Channel.PHONE), a_contact(PHONE, UID, sharing=21), [UID]),
        ((Channel.UID, Channel.PHONE), a_contact(PHONE, UID, sharing=20), [UID, PHONE]),
        # who refused one channel is told on the other
        ((Channel.UID, Channel.PHONE), a_contact(PHONE, UID, refusing=frozenset({(UID, Channel.UID)})), [PHONE]),
        ((Channel.UID, Channel.PHONE), a_contact(PHONE, UID, refusing=frozenset({(PHONE, Channel.PHONE)})), [UID]),
    ],
)
def test_the_ways_to_a_person_in_the_order_of_the_rule(
    channels: tuple[Channel, ...], contact: Contact, routes: list[Uid | Phone]
) -> None:
    message = only_message(planned(rulebook=a_rulebook(a_rule(channels=channels)), contact=contact))
    assert [route.address for route in message.routes] == routes


# Why nothing is said

OFF, MISSING, UNCUT = (
    a_rulebook(a_rule(enabled=False)),
    a_rulebook(templates=(a_template("co_ket_qua", "Nhận tại {noi_tra_ket_qua}."),)),
    a_rulebook(
        templates=(a_template("co_ket_qua", "Xong.", Param(name="ma", text="{ma_ho_so}", max_length=10, cut=False)),)
    ),
)
EMPTY = a_rulebook(templates=(a_template("co_ket_qua", "Xong.", Param(name="ten", text="{ten|–}", max_length=9)),))
NO_PARAM = a_rulebook(templates=(a_template("co_ket_qua", "Xong.", Param(name="ten", text="{ten}", max_length=9)),))
REFUSING: frozenset[tuple[Address, Channel]] = frozenset({(UID, Channel.UID), (PHONE, Channel.PHONE)})
ONLY_UID = a_rulebook(a_rule(channels=(Channel.UID,)))


@pytest.mark.parametrize(
    ("reason", "detail", "given"),
    [
        (SkipReason.NO_RULE, "", {"change": a_change(Event.SHIPPED)}),
        (SkipReason.RULE_OFF, "", {"rulebook": OFF}),
        (SkipReason.RULE_OFF, "", {"rulebook": OFF, "change": a_change(late=True)}),
        (SkipReason.TOO_OLD, "", {"change": a_change(late=True)}),
        (SkipReason.NO_PHONE, "", {"contact": a_contact(PhoneProblem.NONE)}),
        (SkipReason.BAD_PHONE, "", {"contact": a_contact(PhoneProblem.BAD)}),
        (SkipReason.LANDLINE, "", {"contact": a_contact(PhoneProblem.LANDLINE)}),
        (SkipReason.SHARED_PHONE, "", {"contact": a_contact(sharing=21)}),
        (SkipReason.NO_CHANNEL, "", {"contact": a_contact(PHONE, UID, refusing=REFUSING)}),
        (SkipReason.NO_CHANNEL, "", {"rulebook": ONLY_UID}),
        (SkipReason.MISSING_FIELD, "noi_tra_ket_qua", {"rulebook": MISSING}),
        (SkipReason.MISSING_FIELD, "ten", {"rulebook": NO_PARAM}),
        (SkipReason.TOO_LONG, "ma", {"rulebook": UNCUT}),
        (SkipReason.SENDING_OFF, "", {"policy": a_policy(SendingMode.OFF)}),
        (SkipReason.NOT_ALLOWED, "", {"policy": a_policy(SendingMode.ALLOW_LIST, "84999999999")}),
    ],
)
def test_the_reason_why_nothing_is_said(reason: SkipReason, detail: str, given: dict[str, Any]) -> None:
    skip = only_skip(planned(**given))
    assert (skip.reason, skip.detail) == (reason, detail)


def test_words_in_place_of_a_missing_field_are_no_fault() -> None:
    assert only_message(planned(rulebook=EMPTY)).routes[0].params == {"ten": "–"}


def test_a_skip_is_told_as_precisely_as_a_message() -> None:
    skip, message = only_skip(planned(contact=a_contact(PhoneProblem.NONE))), only_message(planned())
    assert (skip.id, skip.change, skip.rule, skip.audience) == (
        message.id,
        message.change,
        message.rule,
        message.audience,
    )
    assert (skip.event, skip.dossier_id, skip.office, skip.procedure) == (
        message.event,
        message.dossier_id,
        message.office,
        message.procedure,
    )
    assert skip.would_be is None


@pytest.mark.parametrize("mode", [SendingMode.OFF, SendingMode.ALLOW_LIST])
def test_what_is_not_permitted_can_still_be_seen(mode: SendingMode) -> None:
    assert only_skip(planned(policy=a_policy(mode))).would_be == only_message(planned())


@pytest.mark.parametrize(
    ("allowed", "left"), [((PHONE.value,), [PHONE]), ((UID.value,), [UID]), ((PHONE.value, UID.value), [UID, PHONE])]
)
def test_the_allow_list_keeps_only_allowed_ways(allowed: tuple[str, ...], left: list[Uid | Phone]) -> None:
    message = only_message(planned(contact=LINKED, policy=a_policy(SendingMode.ALLOW_LIST, *allowed)))
    assert [route.address for route in message.routes] == left


def test_a_message_overtaken_before_it_was_written_is_a_skip_of_the_same_obligation() -> None:
    message = a_message()
    skip = skipped_from(message, SkipReason.MOOT)
    assert (skip.id, skip.reason, skip.rule, skip.event) == (message.id, SkipReason.MOOT, message.rule, message.event)
    assert (skip.change, skip.office, skip.procedure) == (message.change, message.office, message.procedure)


# Decided once more


def once_more(
    how: Any, message: Message | None = None, rulebook: Rulebook | None = None, **given: Any
) -> Message | Skipped | None:
    settings: dict[str, Any] = {"contact": a_contact(), "policy": a_policy(), "dossier": READY} | given
    made: Message | Skipped | None = how(
        message or a_message(),
        settings["dossier"],
        rulebook or a_rulebook(),
        settings["contact"],
        policy=settings["policy"],
        now=NOW + timedelta(hours=1),
    )
    return made


def message_of(made: Message | Skipped | None) -> Message:
    assert isinstance(made, Message)
    return made


def skip_of(made: Message | Skipped | None) -> Skipped:
    assert isinstance(made, Skipped)
    return made


def test_afresh_is_a_new_revision_of_the_same_obligation() -> None:
    old = a_message(revision=2, position=3001)
    edited = a_rulebook(
        templates=(a_template("co_ket_qua", "Mời đến nhận kết quả hồ sơ {ma_ho_so}."),),
        version=MappingVersion("edited"),
    )
    made = message_of(once_more(afresh, old, edited, contact=a_contact(Phone("84987654321"))))
    assert (made.id, made.revision, made.position) == (old.id, 3, 3001)
    assert (made.change, made.lane, made.event) == (old.change, old.lane, old.event)
    assert (made.text, made.mapping) == (f"Mời đến nhận kết quả hồ sơ {CODE}.", "edited")
    assert [route.address for route in made.routes] == [Phone("84987654321")]
    assert (made.created_at, made.expires_at) == (NOW + timedelta(hours=1), NOW + timedelta(days=14, hours=1))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"rulebook": a_rulebook(a_rule("ten_moi"))}, SkipReason.NO_RULE),
        ({"rulebook": OFF}, SkipReason.RULE_OFF),
        ({"contact": a_contact(PhoneProblem.NONE)}, SkipReason.NO_PHONE),
        ({"policy": a_policy(SendingMode.OFF)}, SkipReason.SENDING_OFF),
    ],
)
def test_afresh_may_end_the_obligation_with_a_reason(given: dict[str, Any], reason: SkipReason) -> None:
    skip = skip_of(once_more(afresh, **given))
    assert (skip.id, skip.reason) == (a_message().id, reason)


def test_a_reminder_is_an_obligation_of_its_own_behind_the_first() -> None:
    rulebook, unknown = a_rulebook(REMINDS, templates=(REMINDER,)), a_message()
    made = message_of(once_more(reminder, unknown, rulebook))
    assert made.id == obligation(a_change(), f"co_ket_qua{REMINDING}", "applicant", Event.REMINDER)
    assert made.id != unknown.id
    assert (made.event, made.rule, made.follows_up) == (Event.REMINDER, "co_ket_qua.nhac", unknown.id)
    assert (made.revision, made.change, made.lane) == (1, unknown.change, unknown.lane)
    assert made.position > unknown.position
    assert made.text == f"Nhắc lại: hồ sơ {CODE} đã có kết quả."
    assert {route.template for route in made.routes} == {"nhac_lai"}


@pytest.mark.parametrize(
    ("rulebook", "dossier"),
    [
        (a_rulebook(), READY),
        (a_rulebook(a_rule("ten_moi")), READY),
        (a_rulebook(REMINDS, templates=(REMINDER,)), a_dossier(status="10", event=Event.RETURNED)),
        (a_rulebook(REMINDS, templates=(REMINDER,)), a_dossier(status="12", event=None)),
    ],
    ids=["the rule says leave it", "the rule is gone", "the dossier moved on", "the dossier means nothing now"],
)
def test_no_reminder(rulebook: Rulebook, dossier: Dossier) -> None:
    assert once_more(reminder, a_message(), rulebook, dossier=dossier) is None


def test_a_reminder_that_cannot_be_said_is_skipped_as_itself() -> None:
    skip = skip_of(
        once_more(
            reminder,
            a_message(),
            a_rulebook(REMINDS, templates=(REMINDER,)),
            contact=a_contact(PhoneProblem.LANDLINE),
        )
    )
    assert (skip.reason, skip.rule, skip.event) == (SkipReason.LANDLINE, "co_ket_qua.nhac", Event.REMINDER)
    assert skip.id != a_message().id


def test_a_reminder_brings_no_reminder() -> None:
    rulebook = a_rulebook(REMINDS, templates=(REMINDER,))
    first = message_of(once_more(reminder, a_message(), rulebook))
    assert once_more(reminder, first, rulebook) is None
    # nor when the dossier really is at a reminder's event, as no source today says
    assert once_more(reminder, first, rulebook, dossier=a_dossier(event=Event.REMINDER)) is None


def test_a_reminder_is_made_afresh_in_its_own_words() -> None:
    rulebook = a_rulebook(REMINDS, templates=(REMINDER,))
    first = message_of(once_more(reminder, a_message(), rulebook))
    made = message_of(once_more(afresh, first, rulebook))
    assert (made.id, made.revision, made.rule, made.text) == (first.id, 2, first.rule, first.text)


def test_a_reminder_whose_rule_reminds_no_more_ends_without_a_rule() -> None:
    first = message_of(once_more(reminder, a_message(), a_rulebook(REMINDS, templates=(REMINDER,))))
    assert skip_of(once_more(afresh, first, a_rulebook())).reason is SkipReason.NO_RULE


def test_said_again_it_is_a_new_obligation_made_of_the_old_one() -> None:
    refused = a_message(revision=3)
    made = message_of(once_more(again, refused))
    assert (made.revision, made.follows_up, made.rule, made.event) == (1, refused.id, refused.rule, refused.event)
    assert made.id == sha256(f"{refused.id}.again".encode()).hexdigest()[:32]
    assert made.position > refused.position
    assert message_of(once_more(again, refused)).id == made.id
    assert message_of(once_more(again, made)).id not in {refused.id, made.id}


def test_what_cannot_be_said_again_is_skipped_under_the_new_key() -> None:
    skip = skip_of(once_more(again, contact=a_contact(PhoneProblem.BAD)))
    assert (skip.reason, skip.id) == (SkipReason.BAD_PHONE, message_of(once_more(again)).id)


def test_the_next_change_stands_behind_reminders_and_repeats_of_the_last() -> None:
    rulebook = a_rulebook(REMINDS, templates=(REMINDER,))
    first = only_message(planned())
    reminding = message_of(once_more(reminder, first, rulebook))
    repeated = message_of(once_more(again, reminding, rulebook))
    repeated_twice = message_of(once_more(again, repeated, rulebook))
    following = only_message(planned(a_change(version=4)))
    assert first.position < reminding.position < repeated.position <= repeated_twice.position < following.position


def test_every_reason_of_this_room_has_its_test() -> None:
    """MOOT is given by the page, WITHDRAWN by the conversation; all others are decided here and stand in the table."""
    (table,) = test_the_reason_why_nothing_is_said.pytestmark
    tested = {reason for reason, _, _ in table.args[1]}
    assert tested == set(SkipReason) - {SkipReason.MOOT, SkipReason.WITHDRAWN}
