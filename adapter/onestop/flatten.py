"""One record's XML as raw strings by path: the shape that `adapter.model.Record` promises."""

from typing import Any, Final

from lxml import etree
from lxml.etree import _Element

from adapter.errors import SourceError, SourceFault

_XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
_NIL: Final = f"{_XSI}nil"
_MOST_NAMES: Final = 4096
_LONGEST_NAME: Final = 200
_MOST_UNFOLDED: Final = 4_000_000
_EACH: Final = 20
_MORE_THAN_ELEMENTS: Final = etree.XPath(
    "boolean(descendant-or-self::*/@* | descendant-or-self::*[*]/text()[normalize-space()])"
)


class _LocalNames(dict[str, str]):
    """Local names by tag: a memory, because the same thirty tags come a million times. Bounded: tags are foreign."""

    def __missing__(self, tag: str) -> str:
        name = tag.rpartition("}")[2]
        if len(self) < _MOST_NAMES and len(tag) < _LONGEST_NAME:
            self[tag] = name
        return name


LOCAL: Final[dict[str, str]] = _LocalNames()
"""The local name of a tag: ``LOCAL[element.tag]``."""


def is_nil(element: _Element) -> bool:
    """Whether the element says by ``xsi:nil`` that it is absent."""
    said = element.get(_NIL)
    return said is not None and said.strip() in {"true", "1"}


def flatten(record: _Element) -> dict[str, str]:
    """Raw strings by path, nothing interpreted, nothing trimmed.

    The first of several siblings of one name keeps the plain path and the second is ``Ten[2]``, so that a second one
    does not rename the first; positions count nil elements too. Attributes come as ``GiayTo/@loai``, the record's own
    as ``@loai``, those of XML Schema (nil, type) not at all. Text beside child elements stands under their parent's
    path unless it is blank.
    """
    inputs: dict[str, str] = {}
    if _MORE_THAN_ELEMENTS(record):
        _attributes(inputs, "", record)
        _children(inputs, "", record)
    else:
        _elements(inputs, "", record)
    return inputs


def refuse_unfolding(record: _Element) -> None:
    """Raise SourceError, TOO_LARGE, for a record whose paths would fill our memory, or whose attributes take for ever.

    Every path repeats the names above it: four megabytes of elements under one long name are a hundred gigabytes. And
    lxml looks up all attributes of an element in the square of their number.
    """
    unfolded = above = 0
    for event, element in etree.iterwalk(record, events=("start", "end")):
        if event == "end":
            above -= len(LOCAL[element.tag])
            continue
        above += len(LOCAL[element.tag])
        attributes = len(element.keys())
        unfolded += (above + _EACH) * (1 + attributes) + attributes * attributes
        if unfolded > _MOST_UNFOLDED:
            raise SourceError(SourceFault.TOO_LARGE, "a record of too many parts")


def _elements(inputs: dict[str, str], prefix: str, parent: _Element) -> None:
    """``_children`` of the usual record, which has no attributes and no text beside elements: half the work."""
    seen: dict[str, int] = {}
    for child in parent:
        name = LOCAL[child.tag]
        seen[name] = nth = seen.get(name, 0) + 1
        path = prefix + name if nth == 1 else f"{prefix}{name}[{nth}]"
        if len(child):
            _elements(inputs, path + "/", child)
        else:
            inputs[path] = child.text or ""


def _children(inputs: dict[str, str], prefix: str, parent: _Element) -> None:
    seen: dict[str, int] = {}
    for child in parent:
        name = LOCAL[child.tag]
        seen[name] = nth = seen.get(name, 0) + 1
        path = prefix + name if nth == 1 else f"{prefix}{name}[{nth}]"
        if is_nil(child):
            continue
        _attributes(inputs, path + "/", child)
        if len(child):
            _nested(inputs, path, child)
        else:
            inputs[path] = child.text or ""


def _nested(inputs: dict[str, str], path: str, element: _Element) -> None:
    beside = "".join((element.text or "", *(child.tail or "" for child in element)))
    if beside and not beside.isspace():
        inputs[path] = beside
    _children(inputs, path + "/", element)


def _attributes(inputs: dict[str, str], prefix: str, element: _Element) -> None:
    name: Any
    value: Any
    for name, value in element.items():  # the stubs allow bytes; what was parsed is text
        if not name.startswith(_XSI):
            inputs[f"{prefix}@{LOCAL[name]}"] = value
