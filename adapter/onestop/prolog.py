"""What stands before the root of an answer decides whether it may be parsed at all."""

import re
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from adapter.errors import SourceError, SourceFault

SAFE: Final[dict[str, Any]] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
"""How every parser of foreign bytes is set up."""

SOAP: Final = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
"""The envelope namespaces of SOAP 1.1 and 1.2."""

_ENVELOPES: Final = frozenset(f"{{{namespace}}}Envelope" for namespace in SOAP)
_LONGEST: Final = 32 * 1024
_BLANK: Final = b"\xef\xbb\xbf \t\r\n"
_OPENINGS: Final = b"<\xff\xfe\x00"
_DOCTYPE: Final = re.compile(rb"<!DOCTYPE\s*(html)?", re.IGNORECASE)
_LOOK_BACK: Final = 2 * len("<!DOCTYPE")


def opened(pieces: Iterator[bytes]) -> bytes:
    """Take pieces until the root element has begun, and give back those bytes, ready for a parser.

    A byte order mark and blank lines before the declaration, which .NET templates leave behind, are dropped. The
    encoding is the declaration's, or UTF-8; the charset of the Content-Type is never looked at: proxies and servlet
    containers put a default there, while the declaration is written by what wrote the bytes. (RFC 7303 says the
    opposite; a wrong guess here ends as MALFORMED, a wrong guess there as misspelt names of citizens.)
    Raises SourceError: FORBIDDEN_XML for a DTD, before a parser has seen it, so that nothing is ever expanded;
    NOT_SOAP for anything that is not a SOAP envelope; MALFORMED; TRUNCATED when the bytes end first.
    """
    head, known = b"", 0
    scout: Any = etree.XMLPullParser(events=("start",), **SAFE)
    for piece in pieces:
        head = head + piece if known else (head + piece).lstrip(_BLANK)
        if head and head[0] not in _OPENINGS:
            raise SourceError(SourceFault.NOT_SOAP, "the answer is not XML")
        while (end := head.find(b">", known) + 1) > 0:
            _refuse_doctype(head[max(0, known - _LOOK_BACK) : end])
            if _has_root(scout, head[known:end]):
                return head
            known = end
        if len(head) > _LONGEST:
            raise SourceError(SourceFault.NOT_SOAP, f"no element within the first {_LONGEST} bytes")
    raise SourceError(SourceFault.TRUNCATED, "the answer ends before its first element" if head else "an empty answer")


def _refuse_doctype(markup: bytes) -> None:
    found = _DOCTYPE.search(markup.replace(b"\0", b""))  # without the zero bytes UTF-16 reads like ASCII
    if found and found[1]:
        raise SourceError(SourceFault.NOT_SOAP, "the answer is an HTML page")
    if found:
        raise SourceError(SourceFault.FORBIDDEN_XML, "the answer has a document type declaration")


def _has_root(scout: Any, markup: bytes) -> bool:
    try:
        scout.feed(markup)
    except etree.XMLSyntaxError:
        raise SourceError(SourceFault.MALFORMED, "not well-formed before the first element") from None
    for _, root in scout.read_events():
        # In an encoding that hides the letters of DOCTYPE from us the parser still sees it; the root's end is far.
        if root.getroottree().docinfo.doctype:
            raise SourceError(SourceFault.FORBIDDEN_XML, "the answer has a document type declaration")
        if root.tag not in _ENVELOPES:
            html = str(root.tag).rpartition("}")[2].lower() == "html"
            detail = "the answer is an HTML page" if html else "the root element is not a SOAP envelope"
            raise SourceError(SourceFault.NOT_SOAP, detail)
        return True
    return False
