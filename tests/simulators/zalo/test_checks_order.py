"""Everything is wrong at once; repaired in the documented order, each next trouble shows its own code."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from adapter.simulators.zalo.checks import proof
from adapter.simulators.zalo.fields import with_fields
from adapter.simulators.zalo.simulator import ZaloSimulator

PHONE, UID = "84912000222", "90010001"
NIGHT = "2026-11-23T23:30:00+07:00"
NOON = "2026-11-23T12:00:00+07:00"


class Scene:
    def __init__(self, sim: ZaloSimulator, wire: Any, path: str) -> None:
        self.sim, self.wire, self.path = sim, wire, path
        self.raw: bytes | None = b'{"phone": '
        self.body: dict[str, Any] = {
            "phone": "0912000222",
            "user_id": 90010001,
            "template_id": "7",
            "template_data": {},
        }
        self.body["mode"] = "development"
        self.stale = sim.issue_tokens().access_token
        self.good = sim.issue_tokens().access_token
        wire.token = "never-issued"
        self._spoil_everything()

    def _spoil_everything(self) -> None:
        self.app(active=False, registered=False, proof_required=True)
        self.oa(linked=False, granted=False, verified=False, paid_tier=False, blocked=True, zbs_linked=False)
        self.oa(balance=0, daily_quota=0)
        self.template(status="REJECT", permitted=False, created="2025-11-01", daily_quota=0)
        self.user(phone=PHONE, uid=UID, has_zalo=False, can_receive=False, active=False, blocked=True, refuses=[1])
        self.knobs(zbs_per_minute=1, oa_per_minute=1, night_tag1="22-06")
        self.wire.control("clock", at=NIGHT)
        self.send()  # takes the one call the minute allows

    def app(self, **changes: object) -> None:
        self.sim.state.app = with_fields(self.sim.state.app, changes)

    def oa(self, **changes: object) -> None:
        self.sim.state.account = with_fields(self.sim.state.account, changes)

    def template(self, **changes: object) -> None:
        self.sim.state.put_templates([{"template_id": "100", **changes}])

    def user(self, **changes: object) -> None:
        self.sim.state.put_user({"phone": PHONE, **changes})

    def knobs(self, **changes: Any) -> None:
        self.sim.state.knobs = replace(self.sim.state.knobs, **changes)

    def put(self, **changes: object) -> None:
        self.raw = None
        self.body.update(changes)

    def sign(self) -> None:
        self.wire.headers["appsecret_proof"] = proof(self.sim.state.app.app_secret, self.wire.token)

    def send(self) -> int:
        raw = self.raw if self.raw is not None else json.dumps(self.body).encode()
        return int(self.wire.call("POST", self.path, raw, **{"Content-Type": "application/json; charset=utf-8"}).error)


Step = tuple[str, int | None, int | None, Callable[[Scene], object]]
GOOD = {"ten": "Nguyễn Văn A", "ngay": "23/11/2026"}

# trouble, its code by phone, its code by uid (None: no such trouble on that way), how to repair it
STEPS: list[Step] = [
    ("malformed", -122, -201, lambda s: s.put()),
    ("token unknown", -124, -216, lambda s: setattr(s.wire, "token", s.stale)),
    ("token superseded", -124, -220, lambda s: setattr(s.wire, "token", s.good)),
    ("proof", -1241, -242, lambda s: s.sign()),
    ("app inactive", -103, -209, lambda s: s.app(active=True)),
    ("product", -138, -212, lambda s: s.app(registered=True)),
    ("link", -105, -223, lambda s: s.oa(linked=True)),
    ("permission", -120, -223, lambda s: s.oa(granted=True)),
    ("verified", -135, -221, lambda s: s.oa(verified=True)),
    ("package", -135, -224, lambda s: s.oa(paid_tier=True)),
    ("blocked OA", -1351, None, lambda s: s.oa(blocked=False)),
    ("wallet", -136, -320, lambda s: s.oa(zbs_linked=True)),
    ("rate", -32, -32, lambda s: s.knobs(zbs_per_minute=0, oa_per_minute=0)),
    ("template unknown", -109, -109, lambda s: s.put(template_id="100")),
    ("template not ours", -117, -117, lambda s: s.template(permitted=True)),
    ("template unapproved", -131, -131, lambda s: s.template(status="DISABLE")),
    ("template disabled", -146, -146, lambda s: s.template(status="ENABLE")),
    ("template too old", None, -249, lambda s: s.template(created="2025-12-10")),
    ("recipient", -108, -201, lambda s: s.put(phone=PHONE, user_id=UID)),
    ("tracking id", -132, None, lambda s: s.put(tracking_id="m.1")),
    ("not an administrator", -127, None, lambda s: s.put(mode="")),
    ("no data", -111, -111, lambda s: s.put(template_data={"ten": "A", "x": "1"})),
    ("parameter missing", -1122, -1122, lambda s: s.put(template_data={"ten": "A" * 31, "ngay": "1", "x": "1"})),
    ("parameter long", -1121, -1121, lambda s: s.put(template_data={"ten": "A", "ngay": "32/01/2026", "x": "1"})),
    ("parameter form", -1124, -1124, lambda s: s.put(template_data={"ten": "A", "ngay": None, "x": "1"})),
    ("parameter value", -112, -112, lambda s: s.put(template_data={**GOOD, "x": "1"})),
    ("parameter extra", -132, -132, lambda s: s.put(template_data=GOOD)),
    ("night", -133, -234, lambda s: s.wire.control("clock", at=NOON)),
    ("money", -137, -321, lambda s: s.oa(balance=10_000)),
    ("daily quota", -144, -211, lambda s: s.oa(daily_quota=10)),
    ("template quota", -147, -211, lambda s: s.template(daily_quota=5)),
    ("no Zalo", -118, None, lambda s: s.user(has_zalo=True)),
    ("no relation", None, -213, lambda s: s.user(follows=True)),
    ("cannot receive", -119, -213, lambda s: s.user(can_receive=True)),
    ("inactive", -114, -227, lambda s: s.user(active=True)),
    ("refuses the kind", -139, -244, lambda s: s.user(refuses=[])),
    ("refuses the OA", -141, -244, lambda s: s.user(blocked=False)),
    ("accepted", 0, 0, lambda _: None),
]
BY_PHONE = [(name, phone, repair) for name, phone, _, repair in STEPS]
BY_UID = [(name, uid, repair) for name, _, uid, repair in STEPS]
WAYS = [("/business/message/template", BY_PHONE), ("/openapi/v3.0/oa/message/template", BY_UID)]


@pytest.mark.parametrize(("path", "steps"), WAYS, ids=["phone", "uid"])
def test_each_trouble_shows_only_when_all_before_it_are_repaired(
    sim: ZaloSimulator, wire: Any, path: str, steps: list[tuple[str, int | None, Callable[[Scene], object]]]
) -> None:
    scene = Scene(sim, wire, path)
    heard, expected = [], []
    for name, code, repair in steps:
        if code is not None:
            heard.append((name, scene.send()))
            expected.append((name, code))
        repair(scene)
    assert heard == expected
    assert [entry["channel"] for entry in sim.journal()] == ["phone" if path.startswith("/business") else "uid"]
    refused = [refusal["code"] for refusal in sim.refusals()]
    assert refused[1:] == [code for _, code in expected[:-1]], "every refusal is written down (the first took the rate)"


def test_proof_is_the_documented_vector() -> None:
    expected = "d16d1e52561908cf62298af02400a438d3ca32bad6ee0f3f26132735daa1ce5b"
    assert proof("app-secret-for-tests", "ACCESS-TOKEN-1") == expected


@pytest.mark.parametrize(
    ("knob", "body", "code"),
    [
        ("zbs", {"template_id": "7"}, -109),
        ("oa", {"template_id": "7"}, -201),
        ("zbs", {"template_data": {**GOOD, "ten": "A" * 31}}, -1121),
        ("oa", {"template_data": {**GOOD, "ten": "A" * 31}}, -210),
    ],
)
def test_template_trouble_by_uid_follows_the_knob(
    sim: ZaloSimulator, wire: Any, knob: str, body: dict[str, Any], code: int
) -> None:
    sim.state.knobs = replace(sim.state.knobs, uid_template_codes=knob)
    assert wire.uid(**body).error == code


@pytest.mark.parametrize(
    "phone",
    ["0912000222", "+84912000222", "912000222", "841680001111", "842431234567", "84310001111", "84540001111", ""],
)
def test_a_phone_that_is_no_canonical_mobile_is_refused(wire: Any, phone: str) -> None:
    assert wire.phone(phone).error == -108


@pytest.mark.parametrize(
    "kind", [{}, {"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}]
)
@pytest.mark.parametrize(
    ("path", "code"), [("/business/message/template", -122), ("/openapi/v3.0/oa/message/template", -201)]
)
def test_a_body_that_does_not_say_it_is_json_is_none(wire: Any, path: str, code: int, kind: dict[str, str]) -> None:
    body = {"phone": PHONE, "user_id": UID, "template_id": "100", "template_data": GOOD, "tracking_id": "m.1"}
    assert wire.call("POST", path, json.dumps(body).encode(), **kind).error == code


@pytest.mark.parametrize(("length", "code"), [(48, 0), (49, -132), (0, -132)])
def test_tracking_id_is_at_most_48_long(wire: Any, length: int, code: int) -> None:
    assert wire.phone(tracking_id="x" * length).error == code


@pytest.mark.parametrize(
    "changes",
    [{"kind": "authentication"}, {"quick_reply": True}, {"created": "2025-12-09"}],
)
def test_templates_that_are_not_for_uids_are_refused_there_only(
    sim: ZaloSimulator, wire: Any, changes: dict[str, object]
) -> None:
    sim.state.put_templates([{"template_id": "100", **changes}])
    assert (wire.uid().error, wire.phone().error) == (-249, 0)


def test_unlisted_phones_follow_the_knob(sim: ZaloSimulator, wire: Any) -> None:
    assert wire.phone().error == 0
    sim.state.knobs = replace(sim.state.knobs, unknown_phones_have_zalo=False)
    assert wire.phone().error == -118


def test_development_mode_reaches_administrators_free_of_quota(sim: ZaloSimulator, wire: Any) -> None:
    sim.state.put_user({"phone": "84912000333", "administrator": True})
    before = sim.state.account.balance
    assert wire.phone("84912000333", mode="development").error == 0
    assert (sim.state.account.used_today, sim.state.account.balance) == (0, before)
    assert sim.journal()[0]["development"] is True


@pytest.mark.parametrize(
    ("knob", "expected"),
    [("null", {"data": None}), ("empty", {"data": {}}), ("absent", {})],
)
def test_data_of_a_refusal_follows_the_knob(
    sim: ZaloSimulator, wire: Any, knob: str, expected: dict[str, object]
) -> None:
    sim.state.knobs = replace(sim.state.knobs, failure_data=knob)
    heard = wire.phone("1")
    assert heard.status == 200
    assert {name: value for name, value in heard.json.items() if name == "data"} == expected
