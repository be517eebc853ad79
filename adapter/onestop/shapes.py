"""Records of a shape met before, read without walking their elements.

A source writes its records alike: a hundred thousand of them may have three shapes. Cut at its tags, a record falls
into the tags, which say what paths there are and are understood once, by ``flatten``, and the texts between them.

This reads nothing but what lxml has just written from a tree it had parsed: there every ``<`` and ``>`` is markup, and
nothing is left of comments, CDATA and declarations. What is not plain (attributes, references, text beside elements) is
left to ``flatten``.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Final, NamedTuple

from lxml import etree

from adapter.onestop.flatten import flatten
from adapter.onestop.prolog import SAFE

_TAG: Final = re.compile("(<[^>]*>)")
_REMEMBERED: Final = 256
LONGEST: Final = 16 * 1024
"""Bytes of a record that has a shape, and characters of its paths: shapes are remembered, and tags are foreign."""
_NOTHING: Final = 0
"""Before the first tag there is no text: where an element without content finds its own."""

Pick = Callable[[Sequence[str]], Sequence[str]]


class _Shape(NamedTuple):
    paths: tuple[str, ...]
    texts: Pick  #: from the pieces of a record, the text for each path
    beside: Pick  #: the pieces between tags that are nobody's text: blank, or the record is not plain


def read(wording: bytes) -> dict[str, str] | None:
    """What ``flatten`` gives for the record with this wording; None where only ``flatten`` can tell.

    ``wording`` must be lxml's own serialisation of an element, in UTF-8, without its tail.
    """
    text = wording.decode() if len(wording) <= LONGEST else "&"
    if "&" in text:
        return None
    pieces = _TAG.split(text)
    shape = _shape("".join(pieces[1::2]))
    if shape is None or "".join(shape.beside(pieces)).strip():
        return None
    return dict(zip(shape.paths, shape.texts(pieces), strict=True))


@lru_cache(maxsize=_REMEMBERED)
def _shape(skeleton: str) -> _Shape | None:
    """The shape of a record with these tags and no text at all; None for one that has attributes."""
    root = etree.fromstring(skeleton, etree.XMLParser(**SAFE))
    if any(element.keys() for element in root.iter()):
        return None
    paths = tuple(flatten(root))
    if sum(map(len, paths)) > LONGEST:
        return None
    tags = _TAG.findall(skeleton)
    places = [place for number, tag in enumerate(tags[1:], start=1) for place in _text_of(tag, number, tags)]
    between = set(range(2, 2 * len(tags), 2)) - set(places)
    return _Shape(paths=paths, texts=_picking(places), beside=_picking(sorted(between)))


def _text_of(tag: str, number: int, tags: Sequence[str]) -> Iterator[int]:
    """Where among the pieces the text of an element without children stands; nothing for any other tag."""
    if tag.endswith("/>"):
        yield _NOTHING
    elif not tag.startswith("</") and tags[number + 1].startswith("</"):
        yield 2 * number + 2


def _picking(places: Sequence[int]) -> Pick:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda pieces: [pieces[place] for place in places]
