from dataclasses import replace
from typing import Any

import pytest

from adapter.simulators.zalo.simulator import ZaloSimulator


@pytest.mark.parametrize(
    ("policy", "hour", "code"),
    [
        ("off", "23:00", 0),
        ("22-06", "21:59", 0),
        ("22-06", "22:00", -133),
        ("22-06", "05:59", -133),
        ("22-06", "06:00", 0),
        ("22-07", "06:59", -133),
        ("22-07", "07:00", 0),
    ],
)
@pytest.mark.parametrize("tag", [1, 2, 3])
def test_night_follows_the_policy_of_the_tag_in_vietnam_time(
    sim: ZaloSimulator, wire: Any, *, tag: int, policy: str, hour: str, code: int
) -> None:
    nights: dict[str, Any] = {f"night_tag{other}": "off" for other in (1, 2, 3)}
    sim.state.knobs = replace(sim.state.knobs, **{**nights, f"night_tag{tag}": policy})
    sim.state.put_templates([{"template_id": "100", "tag": tag}])
    wire.control("clock", at=f"2026-11-23T{hour}:00+07:00")
    wire.token = sim.issue_tokens().access_token
    assert wire.phone().error == code
    assert wire.uid().error == (-234 if code else 0)


def test_the_daily_quota_ends_and_starts_again_at_vietnam_midnight(sim: ZaloSimulator, wire: Any) -> None:
    wire.control("clock", at="2026-11-23T16:59:00+00:00")
    wire.token = sim.issue_tokens().access_token
    wire.control("oa", daily_quota=3, used_today=1)
    assert [wire.phone().error, wire.uid().error, wire.phone().error] == [0, 0, -144]
    wire.control("clock", shift=120)
    heard = wire.phone()
    assert heard.json["data"]["quota"] == {"dailyQuota": "3", "remainingQuota": "2"}
    quota = wire.call("GET", "/business/message/quota").json["data"]
    assert (quota["dailyQuota"], quota["remainingQuota"], quota["monthlyPromotionQuota"]) == ("3", "2", None)


def test_an_unlimited_quota_is_null(wire: Any) -> None:
    wire.control("oa", daily_quota=None)
    assert wire.phone().json["data"]["quota"] == {"dailyQuota": None, "remainingQuota": None}
    assert wire.uid().error == 0


@pytest.mark.parametrize("code", [-137, -115])
def test_empty_money_follows_the_knob_by_phone(sim: ZaloSimulator, wire: Any, code: int) -> None:
    sim.state.knobs = replace(sim.state.knobs, no_money_code=code)
    wire.control("oa", balance=199)
    assert wire.phone().error == code


def _at_minute_start(wire: Any, sim: ZaloSimulator) -> None:
    wire.control("clock", at="2026-11-23T05:00:00+00:00")
    wire.token = sim.issue_tokens().access_token


def test_oa_calls_share_one_bucket_a_minute_and_say_what_remains(sim: ZaloSimulator, wire: Any) -> None:
    _at_minute_start(wire, sim)
    wire.control("knobs", oa_per_minute=2)
    first = wire.call("GET", "/openapi/v2.0/oa/getoa")
    assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remain"]) == ("2", "1")
    assert [wire.uid().error, wire.uid().error] == [0, -32]
    assert wire.phone().error == 0, "ZBS is not in this bucket"
    wire.control("clock", shift=60)
    assert wire.uid().error == 0


def test_the_zbs_bucket_is_its_own(sim: ZaloSimulator, wire: Any) -> None:
    _at_minute_start(wire, sim)
    wire.control("knobs", zbs_per_minute=1)
    assert [wire.phone().error, wire.phone().error, wire.uid().error] == [0, -32, 0]


def test_a_lifted_limit_says_nothing(wire: Any) -> None:
    wire.control("knobs", oa_per_minute=0)
    assert "X-RateLimit-Remain" not in wire.uid().headers


def test_calls_without_a_token_spend_the_bucket_too(sim: ZaloSimulator, wire: Any) -> None:
    _at_minute_start(wire, sim)
    wire.control("knobs", oa_per_minute=1)
    token, wire.token = wire.token, "never-issued"
    assert wire.uid().error == -216
    wire.token = token
    assert wire.uid().error == -32
