"""Stand-ins for the neighbours of this room."""

import json
from datetime import UTC, datetime, timedelta

import httpx

from adapter.errors import TokenLostError


class FakeKeeper:
    """Gives out one token until told that it is refused; then the next, or none."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens or ("token-1",))
        self.refused: list[str] = []

    def access(self) -> str:
        if not self.tokens:
            raise TokenLostError("none")
        return self.tokens[0]

    def rejected(self, token: str) -> None:
        self.refused.append(token)
        if self.tokens and self.tokens[0] == token:
            del self.tokens[0]

    def refresh_if_due(self) -> None:
        raise AssertionError("the sender leaves this to the schedule")


class FakeAlarm:
    """Remembers what stands, and how often it was raised."""

    def __init__(self) -> None:
        self.standing: dict[str, str] = {}
        self.raised: list[str] = []

    def raise_(self, key: str, sentence: str) -> None:
        self.raised.append(key)
        self.standing[key] = sentence

    def clear(self, key: str) -> None:
        self.standing.pop(key, None)

    def remind(self) -> int:
        return 0


class FakeClock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


def replying(content: object, status: int = 200) -> httpx.Response:
    """An answer for ``httpx.MockTransport``; a stream, as the wire reads it, and not yet read."""
    return httpx.Response(status, stream=httpx.ByteStream(json.dumps(content).encode()))
