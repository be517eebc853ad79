"""A record as it came off the wire, read when somebody asks for it."""

from typing import Final

from lxml import etree
from lxml.etree import _Element

from adapter.model import Record
from adapter.onestop import shapes
from adapter.onestop.flatten import flatten, refuse_unfolding
from adapter.onestop.prolog import SAFE

_PARSER: Final = etree.XMLParser(**SAFE)


class Unread(Record):
    """The record of an element, of which only the wording is kept: a page of elements is ten times as large.

    Raises SourceError for an element that would unfold to far more than it is.
    Of most records of a poll nobody asks more than whether they are word for word as remembered.
    """

    __slots__ = ()

    def __init__(self, element: _Element) -> None:
        wording: bytes = etree.tostring(element, encoding="utf-8", with_tail=False)
        if len(wording) > shapes.LONGEST:
            refuse_unfolding(element)
        super().__init__(wording=wording)

    def _read(self) -> dict[str, str]:
        known = shapes.read(self.wording)
        return flatten(etree.fromstring(self.wording, _PARSER)) if known is None else known
