import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import pytest

from adapter.simulators.zalo.simulator import ZaloSimulator

TEMPLATES = [
    {"template_id": "100", "params": [{"name": "ten"}, {"name": "ngay", "type": "DATE", "max_length": 20}]},
]
DATA = {"ten": "Nguyễn Văn A", "ngay": "23/11/2026"}


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer as the wire brought it."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def error(self) -> int:
        return int(self.json["error"])


@dataclass(slots=True)
class Wire:
    """A client that knows nothing but http.client."""

    sim: ZaloSimulator
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> Heard:
        connection = HTTPConnection(self.sim.url.removeprefix("http://"), timeout=5)
        try:
            connection.request(method, path, body or None, {"access_token": self.token, **self.headers, **headers})
            answer = connection.getresponse()
            return Heard(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def post(self, path: str, body: dict[str, Any]) -> Heard:
        return self.call("POST", path, json.dumps(body).encode(), **{"Content-Type": "application/json"})

    def control(self, door: str, **body: Any) -> Heard:
        return self.post(f"/_control/{door}", body)

    def phone(self, phone: str = "84987654321", **more: Any) -> Heard:
        body = {"phone": phone, "template_id": "100", "template_data": DATA, "tracking_id": "m1.1", **more}
        return self.post("/business/message/template", body)

    def uid(self, uid: str = "2468458835296117922", **more: Any) -> Heard:
        body = {"user_id": uid, "template_id": "100", "template_data": DATA, **more}
        return self.post("/openapi/v3.0/oa/message/template", body)

    def status(self, message_id: object) -> Any:
        return self.call("GET", f"/business/message/status?message_id={message_id}").json["data"]

    def refresh(self, refresh_token: str, **form: str) -> Heard:
        app = self.sim.state.app
        fields = {"grant_type": "refresh_token", "app_id": app.app_id, "refresh_token": refresh_token, **form}
        kind = "application/x-www-form-urlencoded"
        body = urlencode(fields).encode()
        return self.call("POST", "/oauth/v4/oa/access_token", body, secret_key=app.app_secret, **{"Content-Type": kind})


@pytest.fixture
def sim() -> Iterator[ZaloSimulator]:
    with ZaloSimulator(templates=TEMPLATES) as simulator:
        yield simulator


@pytest.fixture
def wire(sim: ZaloSimulator) -> Wire:
    sim.state.put_user({"uid": "2468458835296117922", "phone": "84912000111", "follows": True})
    return Wire(sim, sim.issue_tokens().access_token)
