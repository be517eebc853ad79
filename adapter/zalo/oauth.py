"""Zalo's token endpoint: one question, and what its answer means for the tokens (zalo.md 1.3, 1.4)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

import httpx

from adapter.errors import ConfigError
from adapter.zalo.answers import Reply, read_int, read_object
from adapter.zalo.settings import Zalo
from adapter.zalo.wire import FAULTS, Wire, fault_name, never_left, tls_context

_TOO_MANY: Final = 429
_SERVER_ERRORS: Final = 500
_SHORTEST_LIFE: Final = 3600
"""Seconds an access token lives when the answer does not say: the shortest life Zalo ever gave (zalo.md 1.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A new pair. The refresh token that was sent is spent, and the old access token is dead."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    seconds: int  #: life of the access token
    code: str = "granted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """Zalo answered and gave no pair. ``code`` is its number, or ``no-code``; never its words."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """Nobody can say whether Zalo took the request; ``never_left``: it provably did not."""

    code: str
    never_left: bool


Outcome = Granted | Denied | NoAnswer


def is_token(text: object) -> bool:
    """Whether this can travel in a header: non-empty printable ASCII without spaces."""
    return isinstance(text, str) and bool(text) and text.isascii() and text.isprintable() and " " not in text


def require_pair(access: str, refresh: str) -> None:
    """Raise ConfigError, naming each part, when what a person pasted cannot be a pair."""
    pasted = (("access token", access), ("refresh token", refresh))
    if wrong := [name for name, text in pasted if not is_token(text)]:
        raise ConfigError([f"{name} không phải là một mã: chép lại nguyên vẹn, không khoảng trắng" for name in wrong])


class TokenEndpoint:
    """Asks for tokens, each time over a connection of its own, once; repeats nothing.

    Blocks for at most ``settings.total_timeout``; not to be called where an event loop runs. Raises ConfigError when it
    is made, never later: a fault after a refresh token was spent would cost the pair.
    """

    def __init__(self, settings: Zalo, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._transport = transport
        self._context = tls_context(settings.ca_file)

    def refresh(self, refresh_token: str) -> Outcome:
        """Spend a refresh token."""
        return self._ask({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def exchange(self, code: str, verifier: str) -> Outcome:
        """Spend the code of a consent; ``verifier`` empty: no PKCE was used."""
        form = {"grant_type": "authorization_code", "code": code}
        return self._ask(form | ({"code_verifier": verifier} if verifier else {}))

    def _ask(self, form: Mapping[str, str]) -> Outcome:
        try:
            return read_outcome(asyncio.run(self._post(form)))
        except FAULTS as fault:
            return NoAnswer(code=fault_name(fault), never_left=never_left(fault))

    async def _post(self, form: Mapping[str, str]) -> Reply:
        settings = self._settings
        wire = Wire(settings, self._transport, self._context)
        body = urlencode({"app_id": settings.app_id, **form}).encode()
        headers = {"secret_key": settings.app_secret, "content-type": "application/x-www-form-urlencoded"}
        try:
            return await wire.post(f"{settings.bases.oauth}/v4/oa/access_token", body, headers)
        finally:
            await wire.close()


def read_outcome(reply: Reply) -> Outcome:
    """What an answer of the token endpoint means.

    Anything that is a JSON object and lacks a token is a denial, whatever its HTTP status below 500 (zalo.md 1.4).
    """
    envelope = read_object(reply.body)
    if reply.status == _TOO_MANY or reply.status >= _SERVER_ERRORS or not envelope:
        # 429 is said before anything is looked at, by a gateway.
        return NoAnswer(code=f"http-{reply.status}", never_left=reply.status == _TOO_MANY)
    access, refresh = envelope.get("access_token"), envelope.get("refresh_token")
    if isinstance(access, str) and isinstance(refresh, str) and is_token(access) and is_token(refresh):
        seconds = read_int(envelope.get("expires_in")) or 0
        return Granted(access=access, refresh=refresh, seconds=seconds if seconds > 0 else _SHORTEST_LIFE)
    code = read_int(envelope.get("error"))
    return Denied(code="no-code" if code is None else str(code))
