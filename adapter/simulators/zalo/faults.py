"""Trouble made to order: for the next calls of a path, or standing at a seeded rate."""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from adapter.simulators.zalo.exchange import Request
from adapter.simulators.zalo.fields import with_fields
from adapter.simulators.zalo.knobs import Knobs

PHONE_PATH = "/business/message/template"
UID_PATH = "/openapi/v3.0/oa/message/template"
TOKEN_PATH = "/oauth/v4/oa/access_token"  # noqa: S105 - a path, not a secret

KINDS = ("code", "http", "close", "delay", "truncate", "null_data", "numeric_ids", "rate_zero", "token_error")
_WHOLE = ("code", "token_error")
_GENERAL_ERROR = {PHONE_PATH: -100, UID_PATH: -200}


@dataclass(slots=True, kw_only=True)
class Fault:
    """One order. It takes the next ``times`` calls on ``path`` ("*": any), or only those for one phone or uid.

    ``code``: refuse with this API code. ``http``: this HTTP status with an HTML page. ``close``: hang up without a
    byte. ``delay``: wait ``seconds``. These act before anything is accepted, or with ``after`` when the message is
    already in the journal. ``truncate``, ``null_data``, ``numeric_ids``, ``rate_zero`` spoil the answer of an accepted
    call. ``token_error``: the token endpoint refuses in ``shape`` without spending the token.
    """

    kind: str
    path: str = "*"
    times: int = 1
    only: str = ""
    after: bool = False
    code: int = -100
    status: int = 502
    seconds: float = 0.0
    shape: str = "http200_name"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind: {self.kind}")
        if self.after and self.kind in _WHOLE:
            raise ValueError(f"{self.kind} has no after: a refusal accepts nothing")

    def matches(self, request: Request) -> bool:
        """Say whether this order is meant for the request."""
        if self.path not in ("*", request.path):
            return False
        if not self.only:
            return True
        body = request.json() or {}
        return self.only in (body.get("phone"), body.get("user_id"))


def fault_from(changes: Mapping[str, object]) -> Fault:
    """Return a fault from JSON. Raises ValueError on an unknown field, kind or type."""
    kind = changes.get("kind")
    if not isinstance(kind, str):
        raise ValueError("a fault needs a kind")  # noqa: TRY004 - one error for all bad JSON
    return with_fields(Fault(kind=kind), changes)


class FaultDesk:
    """Orders waiting for their calls. Safe for many threads; at most one fault meets a call, the oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[Fault] = []
        self._chance = random.Random(0)
        self._drawn_with: tuple[int, float, float] | None = None

    def order(self, fault: Fault) -> None:
        """Add an order."""
        with self._lock:
            self._orders.append(fault)

    def clear(self) -> None:
        """Forget every order that waits."""
        with self._lock:
            self._orders.clear()

    def draw(self, request: Request, knobs: Knobs) -> Fault | None:
        """Return the fault for this call and use it up, or None; standing rates come after orders."""
        if not self._orders and not knobs.error_rate and not knobs.close_after_rate:
            return None
        with self._lock:
            for fault in self._orders:
                if fault.matches(request):
                    self._use(fault)
                    return fault
            return self._by_chance(request.path, knobs)

    def _use(self, fault: Fault) -> None:
        fault.times -= 1
        if fault.times <= 0:
            self._orders.remove(fault)

    def _by_chance(self, path: str, knobs: Knobs) -> Fault | None:
        if path not in _GENERAL_ERROR:
            return None
        key = (knobs.seed, knobs.error_rate, knobs.close_after_rate)
        if key != self._drawn_with:
            self._drawn_with = key
            self._chance.seed(knobs.seed)
        draw = self._chance.random()
        if draw < knobs.error_rate:
            return Fault(kind="code", code=_GENERAL_ERROR[path])
        if draw < knobs.error_rate + knobs.close_after_rate:
            return Fault(kind="close", after=True)
        return None
