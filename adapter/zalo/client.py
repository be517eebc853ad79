"""One message to Zalo, one answer; and one question after a message's fate. Never repeats a message."""

from dataclasses import dataclass
from datetime import timedelta

import tenacity

from adapter.model import Answer, Cause, Channel, Delivery
from adapter.ports import Clock
from adapter.zalo.answers import Reply, read_answer, read_date, read_int, read_object
from adapter.zalo.codes import meaning
from adapter.zalo.envelopes import envelope_of, headers_of
from adapter.zalo.settings import Zalo
from adapter.zalo.wire import FAULTS, Wire, answer_of

_SERVER_ERRORS = 500
_ARRIVED = {0: False, 1: True}

CLOCKS_DIFFER = timedelta(minutes=2)
"""From here on, by the Date of its answer. Less is covered by the margin after the template's timeout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What Zalo says about a message: on the phone or not, or None; and whether it refused our token instead."""

    arrived: bool | None
    token_refused: bool = False


class ServerUnwellError(Exception):
    """Zalo's server answered 5xx to a question; asking again is safe."""


class Client:
    """Zalo's two sending calls and its status call."""

    def __init__(self, settings: Zalo, wire: Wire, clock: Clock) -> None:
        self._settings = settings
        self._wire = wire
        self._clock = clock

    async def send(self, delivery: Delivery, token: str) -> Answer:
        """Send this attempt once. Raises ValueError for a delivery whose address does not fit its channel."""
        envelope = envelope_of(delivery, self._settings.bases)
        try:
            reply = await self._wire.post(envelope.url, envelope.body, headers_of(self._settings, token))
        except FAULTS as fault:
            return answer_of(fault)
        return read_answer(delivery.route.channel, reply, self._clock())

    async def ask(self, reference: str, token: str) -> Fate:
        """Ask whether a phone message reached the phone; a fault that lasts three tries gives None."""
        try:
            reply = await self._patiently(reference, token)
        except (*FAULTS, ServerUnwellError):
            return Fate(arrived=None)
        envelope = read_object(reply.body)
        code = read_int(envelope.get("error"))
        if code != 0:
            return Fate(arrived=None, token_refused=_refuses_token(code))
        data = envelope.get("data")
        status = read_int(data.get("status")) if isinstance(data, dict) else None
        arrived = _ARRIVED.get(status) if status is not None else None
        if arrived is False and self._clocks_differ(reply):
            arrived = None
        return Fate(arrived=arrived)

    def _clocks_differ(self, reply: Reply) -> bool:
        """Whether our clock is not Zalo's: "not yet" then means nothing, it may have been asked hours too early."""
        theirs = read_date(reply.dated)
        return theirs is not None and abs(self._clock() - theirs) > CLOCKS_DIFFER

    async def _patiently(self, reference: str, token: str) -> Reply:
        """Ask up to three times: a question changes nothing, so it may be repeated."""
        again = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type((*FAULTS, ServerUnwellError)),
            stop=tenacity.stop_after_attempt(3),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=2.0),
            reraise=True,
        )
        return await again(self._ask_once, reference, token)

    async def _ask_once(self, reference: str, token: str) -> Reply:
        url = f"{self._settings.bases.business}/message/status"
        reply = await self._wire.get(url, {"message_id": reference}, headers_of(self._settings, token))
        if reply.status >= _SERVER_ERRORS:
            raise ServerUnwellError
        return reply


def _refuses_token(code: int | None) -> bool:
    return code is not None and meaning(Channel.PHONE, code).cause is Cause.TOKEN
