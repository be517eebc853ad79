"""Every way an answer can be wrong, over real sockets: a classified fault, never a short page."""

import gzip
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
    ask,
    asking,
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
    '<!DOCTYPE b [<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)) + "]>"
)
OUTSIDE = '<!DOCTYPE b [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>'
BOMB = envelope(listing(row(1, "a" * 8_000_000), 1))
MANY = envelope(listing(row(1, "a" * 8_000) * 1000, 1000))


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
    """What asking once makes of this saying."""
    with Hostile(saying) as server, pytest.raises(SourceError) as caught:
        ask(server.url, **changes)
    return caught.value


def codes(saying: SAY, **changes: Any) -> list[str]:
    with Hostile(saying) as server:
        return ask(server.url, **changes)


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
    "control character": (
        http(GOOD.replace(b"THI", b"T\x02I").replace("THỊ".encode(), b"T\x02")),
        SourceFault.MALFORMED,
    ),
    "not UTF-8": (http(GOOD.replace("Ị".encode(), b"\xfe")), SourceFault.MALFORMED),
    "undeclared entity": (http(GOOD.replace(b"Xong", b"&bomb;")), SourceFault.MALFORMED),
    "undeclared entity in a record": (http(GOOD.replace(b"NGUY", b"&bomb;")), SourceFault.MALFORMED),
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
    "a DTD that does nothing": (
        http(b"<!DOCTYPE soap:Envelope>" + GOOD[len(DECLARATION) :]),
        SourceFault.FORBIDDEN_XML,
    ),
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
    "gzip bomb of whole records": (packed(gzip.compress(MANY)), SourceFault.TOO_LARGE),
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
    "SOAP 1.2 for 1.1": http(
        envelope(listing(row(1) + row(2), 2), namespace=SOAP12), content_type="application/soap+xml"
    ),
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
        assert next(iter(door.changes(WINDOW, ""))).inputs["ChuHoSo"] == "NGUYỄN THỊ MẪU"


UNTIL_CLOSED = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n"
SMALL = envelope(listing(row(1), 1))


@pytest.mark.parametrize("framed", [http(SMALL), chunked(SMALL), packed(gzip.compress(SMALL)), UNTIL_CLOSED + SMALL])
def test_an_answer_cut_at_any_byte_is_never_a_short_page(framed: bytes) -> None:
    with Hostile(*(framed[:place] for place in range(len(framed)))) as server, asking(server.url) as once:
        whole = 0
        for place in range(len(framed)):
            try:
                assert once() == ["0001"], place
            except SourceError:
                continue
            whole += 1
    # Behind the whole document only the last chunk's own digits and line ends may go unmissed.
    assert whole < len(b"0\r\n\r\n")
    assert len(server.heard) == len(framed)


def test_nobody_listens() -> None:
    with Hostile(b"") as server:
        url = server.url
    with pytest.raises(SourceError) as caught:
        ask(url)
    assert caught.value.fault is SourceFault.UNREACHABLE


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(SourceError) as caught:
        ask("http://motcua.invalid/ws/motcua.asmx")
    assert caught.value.fault is SourceFault.UNREACHABLE


@pytest.mark.parametrize(
    "saying", [drip(http(GOOD), 0.05), drip(b"HTTP/1.1 200 OK\r\n" * 99, 0.05)], ids=["body", "head"]
)
def test_a_drip_ends_at_the_deadline_though_every_byte_is_in_time(saying: SAY) -> None:
    start = time.monotonic()
    error = faulty(saying, read_timeout=1.0, deadline=0.4)
    assert error.fault is SourceFault.TIMEOUT
    assert time.monotonic() - start < 2.0


def test_silence_ends_at_the_read_timeout() -> None:
    def silent(connection: socket.socket) -> None:
        connection.recv(1)  # until the other side hangs up

    start = time.monotonic()
    assert faulty(silent, read_timeout=0.2, deadline=9.0).fault is SourceFault.TIMEOUT
    assert time.monotonic() - start < 2.0


def test_our_own_slowness_between_two_reads_is_not_waiting() -> None:
    rows = "".join(row(number, "M" * 3000) for number in range(400))
    with Hostile(http(envelope(listing(rows, 400)))) as server, source(server.url, deadline=0.5) as door:
        records = door.changes(WINDOW, "")
        next(iter(records))
        time.sleep(0.7)
        assert len(list(records)) == 399


def test_a_fault_says_its_code_and_reason_without_numbers_of_people() -> None:
    text = "Lỗi hồ sơ 000.22.33.H62-191107-0001 của 0912 345 678, CCCD 026091000248, mã lỗi 12345\n  at MotCua.asmx"
    error = faulty(http(envelope(fault(text)), status=500))
    assert str(error) == "fault: soap:Server: Lỗi hồ sơ #.H# của #, CCCD #, mã lỗi 12345"


def test_a_fault_is_told_in_at_most_two_hundred_characters() -> None:
    assert len(str(faulty(http(envelope(fault("x" * 5000)))))) < 240


@pytest.mark.parametrize("name", [name for name in WRONG if name.startswith(("fault", "HTML", "not", "500"))])
def test_no_fault_repeats_what_the_answer_said_of_a_person(name: str) -> None:
    error = faulty(WRONG[name][0])
    assert "MẪU" not in str(error)
    assert error.__cause__ is None


def test_a_redirect_is_not_followed() -> None:
    with Hostile(http(b"", status=307, extra="Location: /elsewhere")) as server:
        with pytest.raises(SourceError):
            ask(server.url)
        assert len(server.heard) == 1
