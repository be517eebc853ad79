from dataclasses import replace
from typing import Any

import pytest

from adapter.simulators.zalo.simulator import ZaloSimulator

DAY = 86_400


def test_a_refresh_answers_a_new_pair_with_its_life_as_text(sim: ZaloSimulator, wire: Any) -> None:
    old = sim.issue_tokens()
    heard = wire.refresh(old.refresh_token)
    assert (heard.status, heard.json["expires_in"]) == (200, "90000")
    assert {heard.json["access_token"], heard.json["refresh_token"]}.isdisjoint({old.access_token, old.refresh_token})
    wire.token = heard.json["access_token"]
    assert wire.phone().error == 0


def test_a_form_that_does_not_say_it_is_one_is_not_read(sim: ZaloSimulator, wire: Any) -> None:
    pair, app = sim.issue_tokens(), sim.state.app
    form = f"grant_type=refresh_token&app_id={app.app_id}&refresh_token={pair.refresh_token}".encode()
    headers = {"secret_key": app.app_secret, "Content-Type": "application/json"}
    assert "access_token" not in wire.call("POST", "/oauth/v4/oa/access_token", form, **headers).json
    assert "access_token" in wire.refresh(pair.refresh_token).json


def test_a_refresh_token_is_spent_by_its_first_use(sim: ZaloSimulator, wire: Any) -> None:
    old = sim.issue_tokens().refresh_token
    assert "access_token" in wire.refresh(old).json
    heard = wire.refresh(old)
    assert heard.json["error_name"] == "Invalid refresh token."
    assert "access_token" not in heard.json
    assert sim.state.tokens.rotations == 1


def test_a_pair_issued_by_hand_kills_the_pair_before(sim: ZaloSimulator, wire: Any) -> None:
    old = sim.issue_tokens()
    sim.issue_tokens()
    wire.token = old.access_token
    assert wire.phone().error == -124
    assert "error_name" in wire.refresh(old.refresh_token).json


@pytest.mark.parametrize(("grace", "after", "code"), [(0.0, 0, -124), (60.0, 30, 0), (60.0, 61, -124)])
def test_the_old_access_token_dies_at_once_or_after_the_grace(
    sim: ZaloSimulator, wire: Any, grace: float, after: float, code: int
) -> None:
    sim.state.knobs = replace(sim.state.knobs, grace_seconds=grace)
    pair = sim.issue_tokens()
    wire.token = pair.access_token
    wire.refresh(pair.refresh_token)
    sim.state.clock.shift(after)
    assert wire.phone().error == code


@pytest.mark.parametrize(("knob", "code"), [(-220, -220), (-216, -216)])
def test_an_expired_access_token_is_refused_after_25_hours(sim: ZaloSimulator, wire: Any, knob: int, code: int) -> None:
    sim.state.knobs = replace(sim.state.knobs, stale_token_code=knob)
    sim.state.clock.shift(89_990)
    assert wire.uid().error == 0
    sim.state.clock.shift(11)
    assert (wire.uid().error, wire.phone().error) == (code, -124)


@pytest.mark.parametrize(("days", "works"), [(89, True), (91, False)])
def test_a_refresh_token_lives_90_days(sim: ZaloSimulator, wire: Any, *, days: int, works: bool) -> None:
    token = sim.issue_tokens().refresh_token
    sim.state.clock.shift(days * DAY)
    assert ("access_token" in wire.refresh(token).json) is works


@pytest.mark.parametrize(
    ("shape", "status", "numeric"),
    [("http200_name", 200, False), ("http200_numeric", 200, True), ("http400", 400, True)],
)
def test_the_shape_of_a_token_error_follows_the_knob(
    sim: ZaloSimulator,
    wire: Any,
    *,
    shape: str,
    status: int,
    numeric: bool,
) -> None:
    sim.state.knobs = replace(sim.state.knobs, token_error_shape=shape)
    heard = wire.refresh("never-issued")
    assert (heard.status, "error" in heard.json, "error_name" in heard.json) == (status, numeric, True)


@pytest.mark.parametrize("form", [{"app_id": "1"}, {"grant_type": "password"}])
def test_a_wrong_form_is_refused_and_spends_nothing(sim: ZaloSimulator, wire: Any, form: dict[str, str]) -> None:
    token = sim.issue_tokens().refresh_token
    assert "access_token" not in wire.refresh(token, **form).json
    assert "access_token" in wire.refresh(token).json


def test_a_wrong_secret_is_refused(sim: ZaloSimulator, wire: Any) -> None:
    form = f"grant_type=refresh_token&app_id={sim.state.app.app_id}&refresh_token={sim.issue_tokens().refresh_token}"
    heard = wire.call("POST", "/oauth/v4/oa/access_token", form.encode(), secret_key="another")
    assert "access_token" not in heard.json
    assert sim.refusals()[-1]["path"] == "/oauth/v4/oa/access_token"


def test_the_given_refresh_token_is_the_first_to_live() -> None:
    with ZaloSimulator(refresh_token="first") as sim:
        assert sim.state.tokens.current
        assert sim.state.tokens.current.refresh_token == "first"
