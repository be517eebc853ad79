"""One SOAP answer as it streams by: its records one after the other, in flat memory, then what it said about them."""

import itertools
import re
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree
from lxml.etree import _Element

from adapter.errors import SourceError, SourceFault
from adapter.model import Operation, Record
from adapter.onestop import faults, prolog
from adapter.onestop.flatten import LOCAL, is_nil
from adapter.onestop.unread import Unread

_BODIES: Final = frozenset(f"{{{namespace}}}Body" for namespace in prolog.SOAP)
_FAULTS: Final = frozenset(f"{{{namespace}}}Fault" for namespace in prolog.SOAP)
_NUMBER: Final = re.compile("[0-9]{1,18}")
_LARGEST_RECORD: Final = 4 * 1024 * 1024


class Answer:
    """Reads one answer to `operation`, once. Paths are local names from the SOAP body down, matched exactly."""

    def __init__(self, operation: Operation) -> None:
        self.total: int | None = None  #: what the answer says its window holds; None when it does not say
        self._record = _path(operation.records)
        self._total = _path(operation.total)
        self._code = _path(operation.success[0])
        self._success = operation.success[1]
        self._missing = {self._record[:1], self._code} - {(), self._record}
        paths = filter(None, (self._record, self._record[:1], self._total, self._code))
        watched = {"Fault", *(path[-1] for path in paths)}
        # Any: the stubs promise the events of other kinds too.
        self._parser: Any = etree.XMLPullParser(
            events=("end",), tag=[f"{{*}}{name}" for name in watched], **prolog.SAFE
        )
        self._list: _Element | None = None
        self._held = 0

    def records(self, pieces: Iterator[bytes]) -> Iterator[Record | None]:
        """The records in the order they come; None stands for a nil one.

        Ends normally only when the root has closed, the operation's own response was in it, and its result code, if
        one is expected, said success. Raises SourceError otherwise, possibly after records were given.
        """
        head = prolog.opened(pieces)
        for piece in itertools.chain((head,), pieces):
            self._feed(piece)
            element: _Element
            for _, element in self._parser.read_events():
                if LOCAL[element.tag] == self._record[-1] and self._in_list(element):
                    self._forget(element)
                    yield None if is_nil(element) else Unread(element)
                else:
                    self._note(element)
        self._end()

    def _feed(self, piece: bytes) -> None:
        self._held += len(piece)
        if self._held > _LARGEST_RECORD:
            # What is no record stays in the tree: this bounds it, and with it our memory.
            raise SourceError(SourceFault.TOO_LARGE, f"{_LARGEST_RECORD} bytes without a complete record")
        try:
            self._parser.feed(piece)
        except etree.XMLSyntaxError as error:
            raise _unreadable(error) from None  # its own text quotes the answer
        if len(self._parser.feed_error_log):
            # Some errors (an entity or a prefix nobody declared) do not stop libxml2 at once.
            raise SourceError(SourceFault.MALFORMED, "not well-formed XML")

    def _end(self) -> None:
        try:
            self._parser.close()
        except etree.XMLSyntaxError:
            raise SourceError(SourceFault.TRUNCATED, "the answer ends before its root element does") from None
        if self._missing:
            names = ", ".join(sorted("/".join(path) for path in self._missing))
            raise SourceError(SourceFault.NOT_SOAP, f"a SOAP envelope without {names}")

    def _in_list(self, element: _Element) -> bool:
        parent = element.getparent()
        if parent is not self._list and _path_of(element) == self._record:
            _forget_before(parent)
            self._list = parent
        return parent is self._list

    def _forget(self, element: _Element) -> None:
        """Drop what stands before a record."""
        parent = self._list
        assert parent is not None
        while parent[0] is not element:
            del parent[0]
        self._held = 0

    def _note(self, element: _Element) -> None:
        if element.tag in _FAULTS:
            raise SourceError(SourceFault.FAULT, _fault_words(element))
        path = _path_of(element)
        self._missing.discard(path)
        if path == self._total and path:
            self.total = _count(element.text)
        if path == self._code and path and (element.text or "").strip() != self._success:
            raise SourceError(SourceFault.REFUSED, f"result code {faults.redacted(element.text or '')!r}")


def _path(text: str) -> tuple[str, ...]:
    return tuple(text.split("/")) if text else ()


def _path_of(element: _Element) -> tuple[str, ...]:
    names: list[str] = []
    at: _Element | None = element
    while at is not None and at.tag not in _BODIES:
        names.append(LOCAL[at.tag])
        at = at.getparent()
    return tuple(reversed(names)) if at is not None else ()


def _forget_before(element: _Element | None) -> None:
    """Drop all that was read before an element began: an answer may end its list and begin another for every record."""
    while element is not None and (parent := element.getparent()) is not None:
        while parent[0] is not element:
            del parent[0]
        element = parent


def _unreadable(error: Any) -> SourceError:
    if error.code == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        return SourceError(SourceFault.TOO_LARGE, "past a limit of the XML parser")
    return SourceError(SourceFault.MALFORMED, f"not well-formed XML (libxml2 code {error.code})")


def _count(text: str | None) -> int | None:
    digits = (text or "").strip()
    return int(digits) if _NUMBER.fullmatch(digits) else None


def _fault_words(fault: _Element) -> str:
    code = _first_text(fault, "{*}faultcode", "{*}Value")
    reason = _first_text(fault, "{*}faultstring", "{*}Text")
    return f"{faults.redacted(code)}: {faults.redacted(reason)}"


def _first_text(element: _Element, *tags: str) -> str:
    return next((found.text for found in element.iter(*tags) if found.text), "")
