"""``ports.Channels`` over Zalo: a thread with an event loop, many messages on the wire, one answer for each."""

import asyncio
import threading
import time
from collections.abc import Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import httpx

from adapter.errors import TokenLostError
from adapter.model import Answer, Cause, Delivery, MessageId, Refused, Settled, Unclear
from adapter.ports import Clock, TokenKeeper
from adapter.zalo.bugs import note_bug
from adapter.zalo.client import Client, Fate
from adapter.zalo.inbox import Inbox
from adapter.zalo.refusals import Refusals
from adapter.zalo.settings import Zalo
from adapter.zalo.wire import SPARE_CONNECTIONS, Wire

CLOSED = "closed"
NO_TOKEN = "no-token"  # noqa: S105 - a word, not a secret


class Sender:
    """Sends what it is given, each once, and hands back one ``Settled`` for each (``ports.Channels``).

    ``free``, ``send``, ``answers`` and ``drain`` may be called from any thread. More than ``free()`` may be handed in:
    the rest waits for a connection and comes back as never sent when none comes free in time.
    """

    def __init__(
        self,
        *,
        settings: Zalo,
        keeper: TokenKeeper,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._keeper = keeper
        self._clock = clock
        self._slots = settings.slots
        self._inbox = Inbox()
        self._refusals = Refusals()
        self._guard = threading.Lock()
        self._closed = False
        self._tasks: set[asyncio.Task[None]] = set()
        # One thread of its own: refusals then queue up behind the one refresh, and name look-ups stay unhindered.
        self._refusing = ThreadPoolExecutor(1, "zalo-token")
        self._wire = Wire(settings, transport)
        self._client = Client(settings, self._wire, clock)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="zalo-sender", daemon=True)
        self._thread.start()

    def free(self) -> int:
        """How many more sends fit now without waiting."""
        with self._guard:
            return 0 if self._closed else max(0, self._slots - self._inbox.out)

    def send(self, deliveries: Sequence[Delivery]) -> None:
        """Start sending; returns at once. One look for the token serves the whole batch."""
        if not deliveries:
            return
        token = self._token()
        self._inbox.expect(len(deliveries))
        with self._guard:
            if isinstance(token, str) and not self._closed:
                self._loop.call_soon_threadsafe(self._start, tuple(deliveries), token)
                return
        closed = Refused(cause=Cause.NEVER_LEFT, code=CLOSED)
        self._refuse(deliveries, closed if isinstance(token, str) else token)

    def answers(self, wait: float, linger: float) -> list[Settled]:
        """Answers that have come: see ``Inbox.take``.

        A slot is free again when its answer has been handed over here, not when it came: an answer nobody has settled
        yet is still in doubt if we die, and no more may be in doubt than there are slots.
        """
        return self._inbox.take(wait, linger)

    def arrived(self, references: Sequence[tuple[MessageId, str]]) -> dict[MessageId, bool | None]:
        """Ask after the fate of phone messages, a few at a time; None where Zalo does not know or say."""
        fates: dict[MessageId, bool | None] = {message: None for message, _ in references}
        asked = [(message, reference) for message, reference in references if reference]
        token = self._token()
        if not asked or isinstance(token, Refused):
            return fates
        found = self._ask([reference for _, reference in asked], token)
        if any(fate.token_refused for fate in found):
            self._tell_refused(token)
        return fates | {message: fate.arrived for (message, _), fate in zip(asked, found, strict=False)}

    def drain(self, seconds: float) -> list[Settled]:
        """Wait for what is on the wire, at most so long, and give the last answers."""
        found: list[Settled] = []
        until = time.monotonic() + seconds
        while self._busy() and (left := until - time.monotonic()) > 0:
            found += self.answers(left, 0.0)
        return found + self.answers(0.0, 0.0)

    def close(self) -> None:
        """Stop. What is still on the wire is given up (its lease will run out). Safe to call twice."""
        with self._guard:
            if self._closed:
                return
            self._closed = True
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        # A refresh under way is waited for: its answer holds the only pair of tokens that still lives.
        self._refusing.shutdown(cancel_futures=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._stop())
            self._loop.close()

    async def _stop(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._wire.close()
        await asyncio.get_running_loop().shutdown_default_executor()

    def _start(self, deliveries: Sequence[Delivery], token: str) -> None:
        for delivery in deliveries:
            task = self._loop.create_task(self._carry(delivery, token))
            self._tasks.add(task)  # the loop itself keeps no task alive
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, delivery: Delivery, token: str) -> None:
        started = self._clock()
        try:
            answer = await self._client.send(delivery, token)
            if isinstance(answer, Refused) and answer.cause is Cause.TOKEN:
                answer = await self._judged(answer, token)
        except Exception as error:  # noqa: BLE001 - a bug of ours must not swallow an answer: nobody would ever settle it
            answer = _bug(error)
        self._settle(delivery, answer, started)

    async def _judged(self, refused: Refused, token: str) -> Refused:
        """Have the token refreshed before the engine hears of it, so that its next try finds the new one."""
        cause = self._refusals.judge(token, self._clock())
        await self._loop.run_in_executor(self._refusing, self._tell_refused, token)
        return replace(refused, cause=cause)

    def _tell_refused(self, token: str) -> None:
        try:
            self._keeper.rejected(token)
        except Exception as error:  # noqa: BLE001 - Zalo's refusal stands, whatever the keeper suffers
            note_bug(error)

    def _token(self) -> str | Refused:
        """The token, or what to answer when there is none: the request then has provably not left."""
        try:
            return self._keeper.access()
        except TokenLostError:
            return Refused(cause=Cause.ACCOUNT, code=NO_TOKEN)
        except Exception as error:  # noqa: BLE001 - every delivery gets its answer, also when the store is away
            return Refused(cause=Cause.NEVER_LEFT, code=_bug(error).code)

    def _refuse(self, deliveries: Sequence[Delivery], refused: Refused) -> None:
        for delivery in deliveries:
            self._settle(delivery, refused, self._clock())

    def _settle(self, delivery: Delivery, answer: Answer, started: datetime) -> None:
        settled = Settled(
            delivery=delivery,
            answer=answer,
            started_at=started,
            finished_at=self._clock(),
        )
        self._inbox.put(settled)

    def _busy(self) -> bool:
        with self._guard:
            return self._inbox.out > 0 and not self._closed

    def _ask(self, references: Sequence[str], token: str) -> list[Fate]:
        with self._guard:
            if self._closed:
                return []
            asking = asyncio.run_coroutine_threadsafe(self._ask_all(references, token), self._loop)
        try:
            return asking.result()
        except CancelledError:  # closed meanwhile
            return []

    async def _ask_all(self, references: Sequence[str], token: str) -> list[Fate]:
        few = asyncio.Semaphore(SPARE_CONNECTIONS)

        async def ask(reference: str) -> Fate:
            async with few:
                return await self._client.ask(reference, token)

        return await asyncio.gather(*map(ask, references))


def _bug(error: Exception) -> Unclear:
    note_bug(error)
    return Unclear(code=f"bug:{type(error).__name__}")
