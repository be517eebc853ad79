"""One call from end to end: latency and faults around the checks, and the answer or the silence that comes out."""

import json
import threading
from collections.abc import Callable

from adapter.simulators.zalo import oauth, reading, sending
from adapter.simulators.zalo.codes import Family, Problem, RefusedError, text_of
from adapter.simulators.zalo.exchange import Answer, Request, rendered
from adapter.simulators.zalo.faults import PHONE_PATH, TOKEN_PATH, UID_PATH, Fault, FaultDesk
from adapter.simulators.zalo.state import State

Endpoint = Callable[[State, Request, int | None], Answer]

_ENDPOINTS: dict[str, tuple[str, Family, Endpoint]] = {
    PHONE_PATH: ("POST", Family.ZBS, sending.send_by_phone),
    UID_PATH: ("POST", Family.OA, sending.send_by_uid),
    "/business/message/status": ("GET", Family.ZBS, reading.message_status),
    "/business/message/quota": ("GET", Family.ZBS, reading.message_quota),
    "/business/template/info/v2": ("GET", Family.ZBS, reading.template_detail),
    "/business/template/all": ("GET", Family.ZBS, reading.template_list),
    "/openapi/v2.0/oa/getoa": ("GET", Family.OA, reading.oa_profile),
    "/openapi/v3.0/oa/user/detail": ("GET", Family.OA, reading.user_detail),
}
_HTML = "<html>\r\n<head><title>{0} {1}</title></head>\r\n<body><center><h1>{0} {1}</h1></center></body>\r\n</html>\r\n"
_REASONS = {404: "Not Found", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}
_IDS = ("msg_id", "message_id", "user_id", "sent_time")


class Platform:
    """The simulated platform behind its HTTP door. ``halt`` ends every wait early."""

    def __init__(self, state: State, faults: FaultDesk, halt: threading.Event) -> None:
        self._state = state
        self._faults = faults
        self._halt = halt

    def now(self) -> float:
        """The platform's own time, seconds since the epoch."""
        return self._state.clock.now()

    def answer(self, request: Request) -> Answer:
        """Return what this call hears; what it changed stands in the journal either way."""
        half = self._state.knobs.latency / 2
        fault = self._faults.draw(request, self._state.knobs)
        self._wait(half)
        if fault and (early := self._before(fault, request)):
            return early
        with self._state.lock:
            answer = _served(self._state, request)
        self._wait(half)
        return self._after(fault, answer) if fault else answer

    def _before(self, fault: Fault, request: Request) -> Answer | None:
        if fault.after:
            return None
        if fault.kind == "delay":
            self._wait(fault.seconds)
            return None
        with self._state.lock:
            return _refused_by(fault, self._state, request)

    def _after(self, fault: Fault, answer: Answer) -> Answer:
        if fault.after and fault.kind == "delay":
            self._wait(fault.seconds)
            return answer
        return _spoilt(fault, answer)

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self._halt.wait(seconds)


def _served(state: State, request: Request) -> Answer:
    if request.path == TOKEN_PATH:
        return oauth.exchange_token(state, request) if request.method == "POST" else _page(404)
    if request.path not in _ENDPOINTS:
        return _page(404)
    method, family, endpoint = _ENDPOINTS[request.path]
    limit = state.knobs.oa_per_minute if family is Family.OA else state.knobs.zbs_per_minute
    remaining = state.buckets[family].take(state.clock.now(), limit)
    try:
        if request.method != method:
            raise RefusedError(Problem.METHOD)  # noqa: TRY301 - one way out for every refusal
        answer = endpoint(state, request, remaining)
    except RefusedError as refused:
        answer = _refusal(state, request, state.code_of(refused.problem, family))
    if remaining is not None:
        answer.headers = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remain": str(max(0, remaining))}
    return answer


def _refusal(state: State, request: Request, code: int) -> Answer:
    refusal = state.refuse(request, code)
    body: dict[str, object] = {"error": code, "message": text_of(code)}
    if state.knobs.failure_data != "absent":
        body["data"] = None if state.knobs.failure_data == "null" else {}
    return Answer(rendered(body), entry=refusal)


def _refused_by(fault: Fault, state: State, request: Request) -> Answer | None:
    if fault.kind == "code" and request.path == TOKEN_PATH:
        return oauth.token_error(state, request, fault.code, "http200_numeric")
    if fault.kind == "code":
        return _refusal(state, request, fault.code)
    if fault.kind == "token_error":
        return oauth.token_error(state, request, oauth.INVALID_REFRESH, fault.shape)
    if fault.kind == "http":
        state.refuse(request, fault.status)
        return _page(fault.status)
    if fault.kind == "close":
        state.refuse(request, 0)
        return Answer(cut=True)
    return None


def _spoilt(fault: Fault, answer: Answer) -> Answer:
    if fault.kind == "close":
        return Answer(cut=True, entry=answer.entry)
    if fault.kind == "http":
        page = _page(fault.status)
        page.broken, page.entry = True, answer.entry
        return page
    if fault.kind == "truncate":
        answer.body, answer.broken = answer.body[: len(answer.body) * 2 // 3], True
    elif fault.kind == "null_data":
        answer.body = rendered({**json.loads(answer.body), "data": None})
    elif fault.kind == "numeric_ids":
        answer.body = _with_numeric_ids(answer.body)
    elif fault.kind == "rate_zero":
        answer.headers = {"X-RateLimit-Limit": "4000", "X-RateLimit-Remain": "0"}
    return answer


def _with_numeric_ids(body: bytes) -> bytes:
    envelope = json.loads(body)
    for part in (envelope, envelope.get("data")):
        if isinstance(part, dict):
            part.update({name: _numeric(name, part[name]) for name in _IDS if isinstance(part.get(name), str)})
    return rendered(envelope)


def _numeric(name: str, text: str) -> int:
    return int(text, 16 if name in ("msg_id", "message_id") else 10)


def _page(status: int) -> Answer:
    page = _HTML.format(status, _REASONS.get(status, "Error"))
    return Answer(page.encode(), status=status, content_type="text/html")
