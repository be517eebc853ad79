"""The test's own door, ``/_control/…``: look at the truth, set the stage, order trouble. Zalo has nothing like it."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from adapter.simulators.zalo.clock import epoch, iso
from adapter.simulators.zalo.exchange import Answer, Request, rendered
from adapter.simulators.zalo.faults import FaultDesk, fault_from
from adapter.simulators.zalo.fields import with_fields
from adapter.simulators.zalo.state import State
from adapter.simulators.zalo.tokens import ACCESS_SECONDS

PREFIX = "/_control/"

Shown = dict[str, object] | list[dict[str, object]]


class Control:
    """Answers control calls. A body may hold one object, or ``{"items": [...]}`` for users, templates and faults."""

    def __init__(self, state: State, faults: FaultDesk) -> None:
        self._state = state
        self._faults = faults
        self._doors: dict[tuple[str, str], Callable[[Request], Shown]] = {
            ("GET", "health"): self._health,
            ("GET", "state"): lambda _: self.snapshot(),
            ("GET", "journal"): self._journal,
            ("GET", "refusals"): self._refusals,
            ("POST", "users"): self._users,
            ("POST", "templates"): self._templates,
            ("POST", "clock"): self._clock,
            ("POST", "app"): self._app,
            ("POST", "oa"): self._account,
            ("POST", "tokens"): self._tokens,
            ("POST", "knobs"): self._knobs,
            ("POST", "faults"): self._order_faults,
        }

    def answer(self, request: Request) -> Answer:
        """Return the answer: 200, or 400 with a reason for a bad body, or 404 for an unknown door."""
        door = self._doors.get((request.method, request.path.removeprefix(PREFIX)))
        if door is None:
            return Answer(rendered({"reason": "no such control"}), status=404)
        try:
            with self._state.lock:
                return Answer(rendered(door(request)))
        except (ValueError, TypeError, AttributeError) as problem:
            return Answer(rendered({"reason": str(problem)}), status=400)

    def snapshot(self) -> dict[str, object]:
        """Return the whole state but the secrets, the tokens and the journal."""
        state = self._state
        app = asdict(state.app)
        del app["app_secret"]
        return {
            "now": iso(state.clock.now()),
            "clock_offset": state.clock.offset,
            "app": app,
            "oa": asdict(state.account),
            "knobs": asdict(state.knobs),
            "users": [asdict(user) for user in state.users],
            "templates": [asdict(template) for template in state.templates.values()],
            "accepted": len(state.journal.entries),
            "refused": len(state.journal.refusals),
            "rotations": state.tokens.rotations,
        }

    def _health(self, _: Request) -> Shown:
        return {"ok": True, "now": iso(self._state.clock.now())}

    def _journal(self, request: Request) -> Shown:
        # Entries are numbered from 1 without gaps, so "after number n" is "from index n".
        return [entry.record() for entry in self._state.journal.entries[_since(request) :]]

    def _refusals(self, request: Request) -> Shown:
        return [refusal.record() for refusal in self._state.journal.refusals[_since(request) :]]

    def _users(self, request: Request) -> Shown:
        return [asdict(self._state.put_user(item)) for item in _items(request)]

    def _templates(self, request: Request) -> Shown:
        items = _items(request)
        self._state.put_templates(items)
        return {"templates": len(self._state.templates)}

    def _clock(self, request: Request) -> Shown:
        """``{"at": ISO}``, ``{"shift": seconds}`` or ``{"offset": seconds}``."""
        clock = self._state.clock
        for name, value in _object(request).items():
            if name == "at":
                clock.shift(epoch(value) - clock.now())
            elif name == "shift":
                clock.shift(float(value))
            elif name == "offset":
                clock.offset = float(value)
            else:
                raise ValueError(f"unknown field: {name}")
        return self._health(request)

    def _app(self, request: Request) -> Shown:
        self._state.app = with_fields(self._state.app, _object(request))
        return {"ok": True}

    def _account(self, request: Request) -> Shown:
        self._state.roll_day()
        self._state.account = with_fields(self._state.account, _object(request))
        return asdict(self._state.account)

    def _tokens(self, request: Request) -> Shown:
        """Issue a pair by hand, as API Explorer does; the pair before it dies."""
        wanted = _object(request).get("refresh_token")
        pair = self._state.tokens.issue(self._state.clock.now(), refresh_token=wanted)
        return {**asdict(pair), "expires_in": str(ACCESS_SECONDS)}

    def _knobs(self, request: Request) -> Shown:
        self._state.knobs = with_fields(self._state.knobs, _object(request))
        return asdict(self._state.knobs)

    def _order_faults(self, request: Request) -> Shown:
        """Order faults, or ``{"clear": true}``."""
        if _object(request).get("clear"):
            self._faults.clear()
            return {"ordered": 0}
        faults = [fault_from(item) for item in _items(request)]
        for fault in faults:
            self._faults.order(fault)
        return {"ordered": len(faults)}


def _since(request: Request) -> int:
    return max(0, int(request.argument("since") or 0))


def _object(request: Request) -> dict[str, Any]:
    body = request.json() if request.body else {}
    if body is None:
        raise ValueError("the body must be a JSON object")
    return body


def _items(request: Request) -> list[dict[str, Any]]:
    body = _object(request)
    items: list[dict[str, Any]] = body.get("items", [body])
    return items
