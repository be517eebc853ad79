"""The sender against the honest imitation of Zalo, in every position of its knobs that a message can meet."""

import itertools
from dataclasses import replace

import pytest

from adapter.model import Accepted, Answer, Cause, Channel, Refused, Unclear
from adapter.simulators.zalo.simulator import ZaloSimulator
from tests.zalo.builders import UID, delivery, route, settings
from tests.zalo.conftest import OpenSender, sent
from tests.zalo.doubles import FakeKeeper

PHONE_PATH = "/business/message/template"
UID_PATH = "/openapi/v3.0/oa/message/template"


def send_one(open_sender: OpenSender, sim: ZaloSimulator, channel: Channel = Channel.PHONE) -> Answer:
    keeper = FakeKeeper(sim.issue_tokens().access_token)
    sender = open_sender(settings(sim.url, apart=True, proof=sim.state.app.proof_required), keeper=keeper)
    (settled,) = sent(sender, delivery(route(channel))).values()
    return settled.answer


@pytest.mark.parametrize(
    ("channel", "uid_shape"), [(Channel.PHONE, "nested"), (Channel.UID, "nested"), (Channel.UID, "top")]
)
@pytest.mark.parametrize("fault", [None, "numeric_ids", "rate_zero"])
@pytest.mark.parametrize("proof", [False, True])
def test_an_accepted_message_stands_in_zalos_journal_under_our_reference(
    open_sender: OpenSender, sim: ZaloSimulator, channel: Channel, uid_shape: str, fault: str | None, *, proof: bool
) -> None:
    sim.state.knobs = replace(sim.state.knobs, uid_shape=uid_shape)
    sim.state.app.proof_required = proof
    if fault:
        sim.fault(fault)
    answer = send_one(open_sender, sim, channel)
    assert isinstance(answer, Accepted)
    (entry,) = sim.journal()
    named = answer.reference if fault != "numeric_ids" else f"{int(answer.reference):020x}"
    assert named == entry["message_id"]
    assert entry["tracking_id"] == (f"{1:032x}.1" if channel is Channel.PHONE else None)


def test_the_phone_channel_says_what_is_left_of_the_day(open_sender: OpenSender, sim: ZaloSimulator) -> None:
    sim.state.account.daily_quota = 10
    answer = send_one(open_sender, sim)
    assert isinstance(answer, Accepted)
    assert answer.quota_left == 9


def test_accepted_without_data_is_accepted(open_sender: OpenSender, sim: ZaloSimulator) -> None:
    sim.fault("null_data")
    assert send_one(open_sender, sim) == Accepted(reference="")
    assert len(sim.journal()) == 1


@pytest.mark.parametrize(
    ("kind", "details", "code"),
    [
        ("close", {"after": True}, "ServerDisconnectedError"),
        ("http", {"after": True, "status": 502}, "http-502"),
        ("truncate", {}, "unreadable"),
    ],
)
@pytest.mark.parametrize("channel", list(Channel))
def test_an_answer_lost_after_acceptance_is_unclear(
    open_sender: OpenSender, sim: ZaloSimulator, *, kind: str, details: dict[str, object], code: str, channel: Channel
) -> None:
    sim.fault(kind, **details)
    assert send_one(open_sender, sim, channel) == Unclear(code=code)
    assert len(sim.journal()) == 1


@pytest.mark.parametrize("data", ["null", "absent", "empty"])
@pytest.mark.parametrize(
    ("channel", "code", "cause"),
    [
        (Channel.PHONE, -118, Cause.PERSON),
        (Channel.PHONE, -133, Cause.NIGHT),
        (Channel.PHONE, -144, Cause.QUOTA),
        (Channel.PHONE, -137, Cause.ACCOUNT),
        (Channel.PHONE, -100, Cause.LATER),
        (Channel.UID, -200, Cause.LATER),
        (Channel.UID, -32, Cause.RATE),
    ],
)
def test_a_refusal_is_understood_however_its_data_looks(
    open_sender: OpenSender, sim: ZaloSimulator, *, data: str, channel: Channel, code: int, cause: Cause
) -> None:
    sim.state.knobs = replace(sim.state.knobs, failure_data=data)
    sim.fault("code", code=code)
    answer = send_one(open_sender, sim, channel)
    assert isinstance(answer, Refused)
    assert (answer.cause, answer.code) == (cause, str(code))
    assert sim.journal() == []


@pytest.mark.parametrize("stale", [-216, -220])
@pytest.mark.parametrize("channel", list(Channel))
def test_a_superseded_token_is_refused_as_a_token(
    open_sender: OpenSender, sim: ZaloSimulator, stale: int, channel: Channel
) -> None:
    sim.state.knobs = replace(sim.state.knobs, stale_token_code=stale)
    keeper = FakeKeeper(sim.issue_tokens().access_token)
    sim.issue_tokens()
    sender = open_sender(settings(sim.url, apart=True), keeper=keeper)
    (settled,) = sent(sender, delivery(route(channel))).values()
    assert isinstance(settled.answer, Refused)
    assert settled.answer.cause is Cause.TOKEN


@pytest.mark.parametrize("family", ["zbs", "oa"])
@pytest.mark.parametrize(
    ("status", "expected"),
    [("DISABLE", {Cause.TEMPLATE, Cause.PERSON}), ("DELETE", {Cause.TEMPLATE})],
)
def test_a_broken_template_is_understood_over_uid_in_either_family(
    open_sender: OpenSender, sim: ZaloSimulator, family: str, status: str, expected: set[Cause]
) -> None:
    sim.state.knobs = replace(sim.state.knobs, uid_template_codes=family)
    sim.state.put_templates([{"template_id": "100", "status": status}])
    answer = send_one(open_sender, sim, Channel.UID)
    assert isinstance(answer, Refused)
    assert answer.cause in expected


def test_a_template_too_old_for_uid_moves_the_message_on_without_a_grudge(
    open_sender: OpenSender, sim: ZaloSimulator
) -> None:
    sim.state.put_templates([{"template_id": "100", "created": "2025-11-01"}])
    answer = send_one(open_sender, sim, Channel.UID)
    assert isinstance(answer, Refused)
    assert (answer.cause, answer.code) == (Cause.PERSON, "-249")


def test_a_wrong_proof_is_the_accounts_fault_and_spends_no_token(open_sender: OpenSender, sim: ZaloSimulator) -> None:
    sim.state.app.proof_required = True
    keeper = FakeKeeper(sim.issue_tokens().access_token)
    sender = open_sender(settings(sim.url, apart=True, proof=False), keeper=keeper)
    (settled,) = sent(sender, delivery()).values()
    assert isinstance(settled.answer, Refused)
    assert settled.answer.cause is Cause.ACCOUNT
    assert keeper.refused == []


def test_a_person_who_does_not_follow_cannot_be_reached_by_uid(open_sender: OpenSender, sim: ZaloSimulator) -> None:
    sim.state.put_user({"uid": UID.value, "follows": False})
    answer = send_one(open_sender, sim, Channel.UID)
    assert isinstance(answer, Refused)
    assert answer.cause is Cause.PERSON


def test_under_a_storm_every_acceptance_is_told_or_unclear_and_nothing_arrives_twice(
    open_sender: OpenSender, sim: ZaloSimulator
) -> None:
    sim.state.knobs = replace(sim.state.knobs, close_after_rate=0.2, error_rate=0.2, latency=0.01)
    sender = open_sender(settings(sim.url, apart=True, slots=32), keeper=FakeKeeper(sim.issue_tokens().access_token))
    numbers = range(300)
    settled = list(
        itertools.chain.from_iterable(
            sent(sender, *(delivery(number=n) for n in numbers[start : start + 32])).values()
            for start in range(0, 300, 32)
        )
    )
    arrived = [entry["tracking_id"] for entry in sim.journal()]
    assert len(arrived) == len(set(arrived))
    assert len(settled) == len({one.id for one in settled}) == 300
    for one in settled:
        there = f"{one.id}.1" in arrived
        assert there == (not isinstance(one.answer, Refused))
    kinds = {type(one.answer) for one in settled}
    assert kinds == {Accepted, Refused, Unclear}
