"""One request and its answer, judged: an HTTP status, a content type or a page in HTML never becomes a short list."""

import collections
from collections.abc import Iterator, Mapping
from typing import Final

import requests

from adapter.errors import SourceError, SourceFault
from adapter.model import Operation, Record
from adapter.onestop import body, faults, waiting
from adapter.onestop.answer import Answer
from adapter.onestop.contract import Contract
from adapter.onestop.waiting import Patience

_XML: Final = frozenset({"", "text/xml", "application/xml", "application/soap+xml"})
"""Content types that may hold SOAP; one that is missing is believed, since the bytes must prove themselves anyway."""

_OK: Final = 200
_ERROR: Final = 400


class Exchange:
    """Asks a source for one answer at a time; belongs to one thread."""

    def __init__(self, contract: Contract, max_bytes: int) -> None:
        self._contract = contract
        self._max_bytes = max_bytes

    def ask(
        self, operation: Operation, values: Mapping[str, str], answer: Answer, patience: Patience
    ) -> Iterator[Record | None]:
        """Send a request and give the records of its answer as they come, None for a nil one. Raises SourceError."""
        response = self._call(operation, values, patience)
        try:
            yield from self._judged(response, answer)
        finally:
            response.close()

    def _call(self, operation: Operation, values: Mapping[str, str], patience: Patience) -> requests.Response:
        try:
            with waiting.limited(patience):
                return self._contract.call(operation, values)
        except requests.RequestException as error:
            raise faults.from_transport(error) from None

    def _judged(self, response: requests.Response, answer: Answer) -> Iterator[Record | None]:
        media = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        pieces = body.pieces(response, self._max_bytes) if media in _XML else iter(())
        if response.status_code != _OK:
            raise _refusal(response.status_code, answer, pieces)
        if media not in _XML:
            raise SourceError(SourceFault.NOT_SOAP, f"the answer is {faults.redacted(media)}")
        yield from answer.records(pieces)


def _refusal(status: int, answer: Answer, pieces: Iterator[bytes]) -> SourceError:
    """What an answer without status 200 means: its soap:Fault if it holds one, else the status."""
    if status >= _ERROR:
        try:
            collections.deque(answer.records(pieces), maxlen=0)
        except SourceError as error:
            if error.fault is SourceFault.FAULT:
                return error
    return SourceError(SourceFault.HTTP, f"HTTP status {status}")
