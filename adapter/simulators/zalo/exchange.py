"""One HTTP exchange as values: what came in, what goes out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs

from adapter.simulators.zalo.journal import Entry, Refusal


class Headers(Protocol):
    """Header look-up without regard to case, as http.server gives it."""

    def get(self, name: str, /) -> str | None:
        """Return the value of a header, or None."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came off the wire; ``query`` is the raw text behind the question mark."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes

    def argument(self, name: str) -> str | None:
        """Return one query argument, or None."""
        return parse_qs(self.query).get(name, [None])[0]

    def of_type(self, media_type: str) -> bool:
        """Whether the body says that it is of this type; what else stands in the header, such as a charset, is free."""
        given = self.headers.get("Content-Type") or ""
        return given.partition(";")[0].strip().lower() == media_type

    def json(self) -> dict[str, Any] | None:
        """Return the body if it is a JSON object, else None."""
        return json_object(self.body)


@dataclass(slots=True)
class Answer:
    """What goes out. ``cut`` closes the connection without a byte. ``entry`` is the journal's line it reports."""

    body: bytes = b""
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    entry: Entry | Refusal | None = None
    cut: bool = False
    broken: bool = False
    """The body is spoilt on purpose: the message does not count as answered."""


def json_object(raw: bytes | str) -> dict[str, Any] | None:
    """Return ``raw`` parsed if it is a JSON object, else None; never raises."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def rendered(value: Mapping[str, object] | list[dict[str, object]]) -> bytes:
    """Return compact UTF-8 JSON, as Zalo sends it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def success(data: object, **beside: object) -> Answer:
    """Return the success envelope; ``beside`` are members next to data."""
    return Answer(rendered({"error": 0, "message": "Success", "data": data, **beside}))
