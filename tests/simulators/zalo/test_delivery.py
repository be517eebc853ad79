from typing import Any

import pytest

from adapter.simulators.zalo.simulator import ZaloSimulator

PHONE = "84912000555"


def test_status_goes_from_unknown_over_pushed_to_delivered(sim: ZaloSimulator, wire: Any) -> None:
    wire.control("knobs", delivery_delay=30)
    assert wire.status("63ecf43f0df7dba892e6")["status"] == -1
    sent = wire.phone().json["data"]
    assert wire.status(sent["msg_id"]) == {
        "delivery_time": None,
        "message": "The message has not reached the phone",
        "status": 0,
    }
    wire.control("clock", shift=31)
    arrived = wire.status(sent["msg_id"])
    assert arrived["status"] == 1
    assert int(arrived["delivery_time"]) - int(sent["sent_time"]) == 30_000


def test_a_status_question_without_id_is_refused(wire: Any) -> None:
    assert wire.call("GET", "/business/message/status").error == -107


def test_a_message_by_uid_is_unknown_to_the_phone_status(sim: ZaloSimulator, wire: Any) -> None:
    assert wire.status(wire.uid().json["data"]["message_id"])["status"] == -1


def test_a_phone_off_the_net_past_the_timeout_never_gets_it_and_nobody_pays(sim: ZaloSimulator, wire: Any) -> None:
    wire.control("users", phone=PHONE, offline=True)
    balance = sim.state.account.balance
    message_id = wire.phone(PHONE).json["data"]["msg_id"]
    wire.control("clock", shift=7_201)
    wire.control("users", phone=PHONE, offline=False)
    wire.control("clock", shift=3_600)
    assert wire.status(message_id)["status"] == 0
    assert sim.state.account.balance == balance
    assert sim.journal()[0]["delivered_at"] is None


def test_a_phone_that_comes_back_in_time_gets_it_then(sim: ZaloSimulator, wire: Any) -> None:
    wire.control("users", phone=PHONE, offline=True)
    sent = wire.phone(PHONE).json["data"]
    wire.control("clock", shift=3_600)
    assert wire.status(sent["msg_id"])["status"] == 0
    wire.control("users", phone=PHONE, offline=False)
    arrived = wire.status(sent["msg_id"])
    assert arrived["status"] == 1
    assert int(arrived["delivery_time"]) - int(sent["sent_time"]) >= 3_600_000


def test_a_phone_that_goes_off_before_delivery_keeps_the_message_waiting(sim: ZaloSimulator, wire: Any) -> None:
    wire.control("knobs", delivery_delay=60)
    balance = sim.state.account.balance
    message_id = wire.phone(PHONE).json["data"]["msg_id"]
    assert sim.state.account.balance == balance - 200
    wire.control("users", phone=PHONE, offline=True)
    wire.control("clock", shift=120)
    assert wire.status(message_id)["status"] == 0
    assert sim.state.account.balance == balance


def test_a_one_time_code_lives_only_its_template_timeout(sim: ZaloSimulator, wire: Any) -> None:
    sim.state.put_templates([{"template_id": "100", "timeout": 15_000}])
    wire.control("knobs", delivery_delay=16)
    message_id = wire.phone().json["data"]["msg_id"]
    wire.control("clock", shift=60)
    assert wire.status(message_id)["status"] == 0


@pytest.mark.parametrize(("shape", "where"), [("nested", "data"), ("top", "envelope")])
def test_a_uid_answer_has_two_shapes(wire: Any, shape: str, where: str) -> None:
    wire.control("knobs", uid_shape=shape)
    envelope = wire.uid().json
    data = envelope["data"]
    assert data["user_id"] == "2468458835296117922"
    assert ("sent_time" in data, "sent_time" in envelope) == (where == "data", where == "envelope")
    assert ("remain" in data["quota"], "owner_id" in data["quota"]) == (where == "data", where == "envelope")


def test_the_same_tracking_id_sends_twice(sim: ZaloSimulator, wire: Any) -> None:
    ids = {wire.phone(tracking_id="same").json["data"]["msg_id"] for _ in range(2)}
    assert len(ids) == len(sim.journal()) == 2
