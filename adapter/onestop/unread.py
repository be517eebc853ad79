"""A record as it came off the wire, read when somebody asks for it."""

from lxml import etree
from lxml.etree import _Element

from adapter.model import Record
from adapter.onestop import shapes
from adapter.onestop.flatten import flatten


class Unread(Record):
    """The record of an element.

    Of most records of a poll nobody asks more than which dossier they are: word for word they are as remembered. The
    element must be nobody else's and stay as it is.
    """

    __slots__ = ("_element",)

    def __init__(self, element: _Element) -> None:
        super().__init__(wording=etree.tostring(element, encoding="utf-8", with_tail=False))
        self._element: _Element | None = element

    def one(self, path: str) -> str | None:
        """Without reading the others where the path is the name of a plain element."""
        if self._element is not None and path.isidentifier():
            child = next(self._element.iterchildren(f"{{*}}{path}"), None)
            if child is None or not (len(child) or child.keys()):
                return None if child is None else child.text or ""
        return super().one(path)

    def _read(self) -> dict[str, str]:
        assert self._element is not None
        element, self._element = self._element, None
        known = shapes.read(self.wording)
        return flatten(element) if known is None else known
