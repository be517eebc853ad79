"""The control endpoints under /_control: tests and demos look behind the scenes and pull the strings.

GET  health      {"ok", "dossiers", "now"}
GET  timeline    JSON lines of the truth, oldest first; ?from=N skips the first N, ?fields=1 adds the values
GET  calls       {operation: count}
GET  knobs       {"standing": {...}, "next": {operation: waiting calls}}
POST knobs       {"reset"?: true, "standing"?: {knob: value}, "next"?: [{"operation"?, "calls"?, "knobs"}]}
POST happenings  {"happenings"?: [...], "records"?: [{field: text}]}  the former applied, the latter put, in this order
POST touch       {"count": N}
POST bulk        {"count": N, "seed"?: n, "per_second"?: n}  loads records stamped from now minus their span
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qs, urlsplit

from adapter.simulators.onestop import happenings, journal, records
from adapter.simulators.onestop.answers import Answer, as_json
from adapter.simulators.onestop.bulk import bulk
from adapter.simulators.onestop.happenings import OrderError
from adapter.simulators.onestop.knobs import ANY, Panel
from adapter.simulators.onestop.province import Province
from adapter.simulators.onestop.service import Service

PREFIX: Final = "/_control/"

_Document = Mapping[str, object]


class Control:
    """Answers the control endpoints of one simulator. There is no log-in: listen on the loopback only."""

    def __init__(self, province: Province, panel: Panel, service: Service) -> None:
        self._province = province
        self._panel = panel
        self._service = service
        self._posts: dict[str, Callable[[_Document], object]] = {
            "knobs": self._turn,
            "happenings": self._happen,
            "touch": self._touch,
            "bulk": self._bulk,
        }
        self._gets: dict[str, Callable[[], object]] = {
            "health": self._health,
            "calls": service.calls,
            "knobs": panel.as_json,
        }

    def get(self, target: str) -> Answer:
        """Answer a GET of that path and query."""
        url = urlsplit(target)
        name = url.path.removeprefix(PREFIX)
        query = parse_qs(url.query)
        if name == "timeline":
            first = query.get("from", ["0"])[0]
            return self._timeline(int(first) if first.isdecimal() else 0, fields=query.get("fields") == ["1"])
        if name in self._gets:
            return as_json(self._gets[name]())
        return as_json({"error": "no such endpoint"}, 404)

    def post(self, target: str, body: bytes) -> Answer:
        """Answer a POST: 400 with the reason when the order cannot be carried out."""
        order = self._posts.get(urlsplit(target).path.removeprefix(PREFIX))
        if order is None:
            return as_json({"error": "no such endpoint"}, 404)
        try:
            document = json.loads(body or b"{}")
            if not isinstance(document, dict):
                return as_json({"error": "the body must be a JSON object"}, 400)
            return as_json(order(document))
        except ValueError as error:
            return as_json({"error": str(error)}, 400)

    def _health(self) -> object:
        return {"ok": True, "dossiers": len(self._province), "now": self._province.clock().isoformat()}

    def _timeline(self, first: int, *, fields: bool) -> Answer:
        def lines() -> Iterator[bytes]:
            for moment in self._province.timeline()[first:]:
                yield journal.line(moment, fields=fields)

        return Answer(content_type="application/x-ndjson; charset=utf-8", parts=lines())

    def _turn(self, document: _Document) -> object:
        if document.get("reset"):
            self._panel.reset()
        self._panel.turn(**_objects(document.get("standing", {}), "standing"))
        for order in _list(document, "next"):
            wanted = _objects(order, "next")
            operation = str(wanted.get("operation", ANY))
            self._panel.next(operation, _count(wanted, "calls", 1), **_objects(wanted.get("knobs", {}), "knobs"))
        return self._panel.as_json()

    def _happen(self, document: _Document) -> object:
        told = [happenings.from_json(item) for item in _list(document, "happenings")]
        for happening in told:
            self._province.apply(happening)
        written = [_objects(item, "records") for item in _list(document, "records")]
        for values in written:
            texts = {name: str(value) for name, value in values.items()}
            self._province.put(records.make(texts, self._province.clock()))
        return {"applied": len(told), "put": len(written)}

    def _touch(self, document: _Document) -> object:
        return {"touched": len(self._province.touch(_count(document, "count", 1)))}

    def _bulk(self, document: _Document) -> object:
        count = _count(document, "count", 0)
        per_second = max(1, _count(document, "per_second", 50))
        first = self._province.clock() - timedelta(seconds=count // per_second + 1)
        seed = _count(document, "seed", 0)
        return {"loaded": self._province.load(bulk(count, seed, first=first, per_second=per_second))}


def _objects(value: object, name: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise OrderError(f'"{name}" must be an object')
    return value


def _list(document: _Document, name: str) -> list[object]:
    value = document.get(name, [])
    if not isinstance(value, list):
        raise OrderError(f'"{name}" must be a list')
    return value


def _count(document: _Document, name: str, default: int) -> int:
    value = document.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise OrderError(f'"{name}" must be a whole number, zero or more')
    return value
