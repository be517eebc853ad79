"""Asking a source until it answers: one connection a thread, quick repeats of what may pass."""

import threading
import weakref
from collections.abc import Iterator, Mapping
from typing import Final

import tenacity

from adapter.errors import ConfigError, SourceError, SourceFault
from adapter.model import Operation, Record, SourceSpec
from adapter.onestop.answer import Answer
from adapter.onestop.contract import Contract
from adapter.onestop.exchange import Exchange
from adapter.onestop.proof import Page
from adapter.onestop.trust import Trust
from adapter.onestop.waiting import Patience

_TRIES: Final = tenacity.stop_after_attempt(3)
_PAUSE: Final = tenacity.wait_random(0.05, 0.25)
_FLEETING: Final = frozenset(
    {SourceFault.UNREACHABLE, SourceFault.TRUNCATED, SourceFault.HTTP, SourceFault.NOT_SOAP, SourceFault.MALFORMED}
)
"""Worth asking again at once. Not TIMEOUT: a slow system gets slower. Not FAULT: a wrong password locks accounts."""


class Asking:
    """The connections to one source. Safe to use from many threads; opens nothing before it is asked."""

    def __init__(self, spec: SourceSpec, username: str, password: str, trust: Trust) -> None:
        self._spec = spec
        self._login = (username, password, trust)
        self._closed = threading.Event()
        self._lock = threading.Lock()
        # Weak: a thread that has ended takes its connection with it.
        self._contracts: weakref.WeakSet[Contract] = weakref.WeakSet()
        self._mine = threading.local()

    def contract(self) -> Contract:
        """This thread's own; zeep clients and requests sessions must not be shared (python-zeep#612).

        Raises ConfigError when the WSDL or a certificate cannot be used.
        """
        if not hasattr(self._mine, "contract"):
            contract = Contract(self._spec, *self._login)
            with self._lock:
                self._contracts.add(contract)
            self._mine.contract = contract
        mine: Contract = self._mine.contract
        return mine

    def page(self, operation: Operation, values: Mapping[str, str], page: Page, offset: int = 0) -> Iterator[Record]:
        """Ask, and give the records of the answer as they come, noting them in `page`.

        A fault that may pass is met by asking again, at most twice and within the spec's deadline; records given
        before the fault are then given again, and `page` holds the last answer only. Raises SourceError.
        """
        patience = Patience(one_read=self._spec.read_timeout, in_all=self._spec.deadline)
        repeats = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda error: _may_pass(error) and not patience.gone),
            stop=_TRIES | tenacity.stop_when_event_set(self._closed),
            wait=_PAUSE,
            sleep=self.pause,
            reraise=True,
        )
        for attempt in repeats:
            with attempt:
                page.clear()
                yield from self._once(operation, values, page, offset, patience)

    def pause(self, seconds: float) -> None:
        """Wait, or until `close`."""
        self._closed.wait(seconds)

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed.is_set()

    def close(self) -> None:
        """Close connections; an answer that is being read is read to its end. Safe to call twice."""
        self._closed.set()
        with self._lock:
            for contract in self._contracts:
                contract.close()

    def _once(
        self, operation: Operation, values: Mapping[str, str], page: Page, offset: int, patience: Patience
    ) -> Iterator[Record]:
        if self.closed:
            raise SourceError(SourceFault.UNREACHABLE, "this source has been closed")
        answer = Answer(operation)
        exchange = Exchange(self._own_contract(), self._spec.max_bytes)
        for position, row in enumerate(exchange.ask(operation, values, answer, patience), start=offset):
            page.add(row, position)
            if row is not None:
                yield row
        page.total = answer.total

    def _own_contract(self) -> Contract:
        try:
            return self.contract()
        except ConfigError as error:
            # It could be used when the program started: somebody is just changing the file.
            raise SourceError(SourceFault.UNREACHABLE, str(error)) from error


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, SourceError) and error.fault in _FLEETING
