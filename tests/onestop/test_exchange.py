"""Every way an answer can be wrong, over real sockets: a classified fault, never a short page."""

import gzip
import itertools
import socket
import struct
import time
import zlib
from typing import Any

import pytest

from adapter.errors import SourceError, SourceFault
from tests.onestop.hostile import (
    DECLARATION,
    SAY,
    SOAP11,
    SOAP12,
    WINDOW,
    Hostile,
    drip,
    envelope,
    fault,
    http,
    listing,
    row,
    source,
)

GOOD = envelope(listing(row(1) + row(2), 2))
HTML = "<html><head><title>Bảo trì</title></head><body>Hệ thống đang bảo trì</body></html>".encode()
LAUGHS = (
    '<!DOCTYPE b [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)
OUTSIDE = '<!DOCTYPE b [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>'
BOMB = envelope(listing(row(1, "a" * 8_000_000), 1))


def chunked(body: bytes, *, ended: bool = True) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    return head + b"%x\r\n%b\r\n" % (len(body), body) + (b"0\r\n\r\n" if ended else b"")


def packed(body: bytes, coding: str = "gzip") -> bytes:
    return http(body, extra=f"Content-Encoding: {coding}")


def raw_deflate(body: bytes) -> bytes:
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(body) + engine.flush()


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def faulty(saying: SAY, **changes: Any) -> SourceError:
    """What reading the window says about this saying."""
    with Hostile(saying) as server, source(server.url, **changes) as door, pytest.raises(SourceError) as caught:
        list(door.changes(WINDOW, ""))
    return caught.value


def codes(saying: SAY, **changes: Any) -> list[str]:
    with Hostile(saying) as server, source(server.url, **changes) as door:
        return [record.inputs["MaHoSo"][-4:] for record in door.changes(WINDOW, "")]


WRONG: dict[str, tuple[SAY, SourceFault]] = {
    "nothing at all": (b"", SourceFault.TRUNCATED),
    "reset": (reset, SourceFault.TRUNCATED),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", SourceFault.TRUNCATED),
    "empty body": (http(b""), SourceFault.TRUNCATED),
    "blank body": (http(b" \r\n\r\n"), SourceFault.TRUNCATED),
    "half a body": (http(GOOD)[:-40], SourceFault.TRUNCATED),
    "half a document, honest length": (http(GOOD[:-40]), SourceFault.TRUNCATED),
    "chunks without an end": (chunked(GOOD[:-40], ended=False), SourceFault.TRUNCATED),
    "whole document, chunks without an end": (chunked(GOOD, ended=False), SourceFault.TRUNCATED),
    "nonsense for a chunk length": (chunked(GOOD).replace(b"\r\n\r\n", b"\r\n\r\nzz\r\n", 1), SourceFault.TRUNCATED),
    "gzip cut": (packed(gzip.compress(GOOD)[:-9]), SourceFault.TRUNCATED),
    "not gzip": (packed(b"\x1f\x8bnonsense"), SourceFault.MALFORMED),
    "a packing nobody asked for": (packed(GOOD, "br"), SourceFault.NOT_SOAP),
    "404": (http(HTML, status=404, content_type="text/html"), SourceFault.HTTP),
    "401": (http(b"", status=401), SourceFault.HTTP),
    "502 of a proxy": (http(HTML, status=502, content_type="text/html"), SourceFault.HTTP),
    "500 with XML that is no fault": (http(GOOD, status=500), SourceFault.HTTP),
    "500 with broken XML": (http(b"<oops", status=500), SourceFault.HTTP),
    "redirect to a login": (http(b"", status=302, extra="Location: /login"), SourceFault.HTTP),
    "202 accepted": (http(GOOD, status=202), SourceFault.HTTP),
    "206 partial": (http(GOOD, status=206), SourceFault.HTTP),
    "HTML with 200": (http(HTML, content_type="text/html; charset=utf-8"), SourceFault.NOT_SOAP),
    "HTML called XML": (http(HTML), SourceFault.NOT_SOAP),
    "HTML 5 called XML": (http(b"<!doctype html>\n" + HTML), SourceFault.NOT_SOAP),
    "XHTML called XML": (
        http(b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x.dtd">' + HTML),
        SourceFault.NOT_SOAP,
    ),
    "XML of another kind": (http(b"<DanhSach><HoSo/></DanhSach>"), SourceFault.NOT_SOAP),
    "an envelope of no SOAP version": (http(GOOD.replace(SOAP11.encode(), b"urn:x")), SourceFault.NOT_SOAP),
    "plain text": (http(b"ERR:5"), SourceFault.NOT_SOAP),
    "JSON": (http(b'{"d": []}', content_type="application/json"), SourceFault.NOT_SOAP),
    "JSON called XML": (http(b'{"d": []}'), SourceFault.NOT_SOAP),
    "multipart": (http(GOOD, content_type="multipart/related; boundary=x"), SourceFault.NOT_SOAP),
    "octets": (http(GOOD, content_type="application/octet-stream"), SourceFault.NOT_SOAP),
    "an endless comment first": (http(b"<!--" + b"x" * 100_000 + b"-->" + GOOD), SourceFault.NOT_SOAP),
    "another operation's answer": (http(envelope("<KhacResponse/>")), SourceFault.NOT_SOAP),
    "an empty body element": (http(envelope("")), SourceFault.NOT_SOAP),
    "no result code": (http(GOOD.replace(b"ErrorCode>", b"Code>")), SourceFault.NOT_SOAP),
    "not well-formed": (http(GOOD.replace(b"</ChuHoSo>", b"</ChuHo>", 1)), SourceFault.MALFORMED),
    "control character": (http(GOOD.replace(b"THI", b"T\x02I").replace("THỊ".encode(), b"T\x02")), SourceFault.MALFORMED),
    "not UTF-8": (http(GOOD.replace("Ị".encode(), b"\xfe")), SourceFault.MALFORMED),
    "undeclared entity": (http(GOOD.replace(b"Xong", b"&bomb;")), SourceFault.MALFORMED),
    "something behind the root": (http(GOOD + b"<more/>"), SourceFault.MALFORMED),
    "two documents": (http(GOOD + GOOD), SourceFault.MALFORMED),
    "billion laughs": (
        http(envelope(listing(row(1, "&a9;"), 1), declaration=DECLARATION + LAUGHS)),
        SourceFault.FORBIDDEN_XML,
    ),
    "external entity": (
        http(envelope(listing(row(1, "&a9;"), 1), declaration=DECLARATION + OUTSIDE)),
        SourceFault.FORBIDDEN_XML,
    ),
    "a DTD that does nothing": (http(b"<!DOCTYPE soap:Envelope>" + GOOD[len(DECLARATION) :]), SourceFault.FORBIDDEN_XML),
    "a DTD in UTF-16": (
        http((OUTSIDE + GOOD.decode()[len(DECLARATION) :]).encode("utf-16")),
        SourceFault.FORBIDDEN_XML,
    ),
    "a DTD behind a comment": (http(b"<!-- a > b --><!DOCTYPE x>" + GOOD), SourceFault.FORBIDDEN_XML),
    "fault with 500": (http(envelope(fault()), status=500), SourceFault.FAULT),
    "fault with 400": (http(envelope(fault()), status=400), SourceFault.FAULT),
    "fault with 200": (http(envelope(fault())), SourceFault.FAULT),
    "fault in SOAP 1.2": (
        http(
            envelope(
                "<soap:Fault><soap:Code><soap:Value>soap:Receiver</soap:Value></soap:Code>"
                "<soap:Reason><soap:Text>x</soap:Text></soap:Reason></soap:Fault>",
                namespace=SOAP12,
            ),
            status=500,
            content_type="application/soap+xml",
        ),
        SourceFault.FAULT,
    ),
    "fault after the response": (http(envelope(listing(row(1), 1) + fault())), SourceFault.FAULT),
    "fault between records": (http(envelope(listing(row(1) + fault() + row(2), 2))), SourceFault.FAULT),
    "result code": (http(envelope(listing("", code="4"))), SourceFault.REFUSED),
    "too large by its length": (http(BOMB), SourceFault.TOO_LARGE),
    "gzip bomb": (packed(gzip.compress(BOMB)), SourceFault.TOO_LARGE),
    "deflate bomb": (packed(zlib.compress(BOMB), "deflate"), SourceFault.TOO_LARGE),
    "endless empty gzip members": (packed(gzip.compress(b"") * 250_000), SourceFault.TOO_LARGE),
}


@pytest.mark.parametrize(("saying", "expected"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_answer_is_a_classified_fault(saying: SAY, expected: SourceFault) -> None:
    assert faulty(saying).fault is expected


BOM = b"\xef\xbb\xbf"
RIGHT: dict[str, bytes] = {
    "as it should be": http(GOOD),
    "chunked": chunked(GOOD),
    "gzip": packed(gzip.compress(GOOD)),
    "gzip in two members": packed(gzip.compress(GOOD[:99]) + gzip.compress(GOOD[99:])),
    "deflate": packed(zlib.compress(GOOD), "deflate"),
    "deflate without its frame": packed(raw_deflate(GOOD), "deflate"),
    "identity": packed(GOOD, "identity"),
    "byte order mark": http(BOM + GOOD),
    "blank lines first": http(b"\r\n \n" + GOOD),
    "byte order mark and blank lines": http(BOM + b"\r\n" + GOOD + b"\r\n"),
    "UTF-16": http(GOOD.decode().replace("utf-8", "utf-16").encode("utf-16")),
    "Latin-1 in the header, UTF-8 in the declaration": http(GOOD, content_type="text/xml; charset=iso-8859-1"),
    "no declaration": http(GOOD[len(DECLARATION) :], content_type="text/xml; charset=windows-1258"),
    "no content type": http(GOOD, content_type=None),
    "application/xml": http(GOOD, content_type="application/xml"),
    "SOAP 1.2 for 1.1": http(envelope(listing(row(1) + row(2), 2), namespace=SOAP12), content_type="application/soap+xml"),
    "no length": b"HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n" + GOOD,
    "comments and instructions": http(envelope(listing(row(1, "A<!-- ? -->B<?pi x?>C") + "<!-- x -->" + row(2), 2))),
    "nil rows": http(envelope(listing(row(1) + '<HoSo xsi:nil="true" />' + row(2), 3))),
}


@pytest.mark.parametrize("saying", RIGHT.values(), ids=RIGHT.keys())
def test_a_right_answer_in_odd_clothes_is_read(saying: bytes) -> None:
    assert codes(saying) == ["0001", "0002"]


@pytest.mark.parametrize("rows", ["", '<HoSo xsi:nil="1" />'], ids=["empty", "nil"])
def test_no_rows_is_an_empty_window(rows: str) -> None:
    assert codes(http(envelope(listing(rows, 1 if rows else 0)))) == []


def test_an_absent_list_is_an_empty_window() -> None:
    assert codes(http(envelope(listing("", 0).replace("<Result></Result>", "")))) == []


def test_vietnamese_is_read_by_the_declaration_not_by_the_header() -> None:
    saying = http(GOOD, content_type="text/xml; charset=iso-8859-1")
    with Hostile(saying) as server, source(server.url) as door:
        assert next(door.changes(WINDOW, "")).inputs["ChuHoSo"] == "NGUYỄN THỊ MẪU"


def framings() -> list[tuple[str, bytes]]:
    closed = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n"
    small = envelope(listing(row(1), 1))
    return [("length", http(small)), ("chunks", chunked(small)), ("until closed", closed + small)]


@pytest.mark.parametrize("framed", [framed for _, framed in framings()], ids=[name for name, _ in framings()])
def test_an_answer_cut_at_any_byte_is_never_a_page(framed: bytes) -> None:
    sayings = [framed[:place] for place in range(len(framed))]
    read = 0
    # Without pauses and repeats, to ask once for each place.
    with Hostile(*sayings) as server, source(server.url, deadline=0.0) as door:
        for place in range(len(framed)):
            with pytest.raises(SourceError) as caught:
                read += len(list(door.changes(WINDOW, "")))
            assert caught.value.fault in SourceFault, place
    assert read == 0
    assert len(server.heard) == len(framed)
