"""Whole HTTP answers: what the server is about to say, and how knobs spoil the document."""

import itertools
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from adapter.simulators.onestop.knobs import Knobs

HTML: Final = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer in parts that are sent one after the other; without `length` it goes out chunked."""

    status: int = 200
    content_type: str
    parts: Iterable[bytes]
    length: int | None = None


def measured(status: int, content_type: str, parts: Sequence[bytes]) -> Answer:
    """An answer whose length is known before it is sent, computed without joining its parts."""
    return Answer(status=status, content_type=content_type, parts=parts, length=sum(map(len, parts)))


def as_json(document: object, status: int = 200) -> Answer:
    """A JSON answer of the control endpoint."""
    return measured(status, "application/json; charset=utf-8", [json.dumps(document, ensure_ascii=False).encode()])


def proxy_page(status: int) -> Answer:
    """What a reverse proxy shows when the system behind it is down."""
    page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1><hr>nginx</body></html>"
    return measured(status, HTML, [page.encode()])


def login_page() -> Answer:
    """What a portal shows, with status 200, when it thinks that nobody is logged in."""
    page = (
        "<!DOCTYPE html><html><head><title>Đăng nhập hệ thống một cửa</title></head>"
        '<body><form method="post">Tên đăng nhập <input name="u"><br>Mật khẩu <input name="p"></form></body></html>'
    )
    return measured(200, HTML, [page.encode()])


_EXTERNAL: Final = b'<!DOCTYPE bomb [<!ENTITY bomb SYSTEM "file:///etc/passwd">]>'
_LAUGHS: Final = (
    b'<!DOCTYPE bomb [<!ENTITY a0 "ha ha ha ha">'
    + b"".join(b'<!ENTITY a%d "%b">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 9))
    + b'<!ENTITY bomb "&a8;">]>'
)
_DTDS: Final = {"external": _EXTERNAL, "laughs": _LAUGHS}
_TARGETS: Final = (b"<ChuHoSo>", b"<Message>", b"<faultstring>")


def spoiled(parts: Sequence[bytes], knobs: Knobs) -> list[bytes]:
    """The document as the knobs want it; its first part is the XML declaration.

    Text goes into the first owner's name, or into the message of an answer without records.
    """
    prolog, *rest = parts
    dtd = _DTDS.get(knobs.dtd, b"")
    inserted = b"x" * knobs.oversized_field
    inserted += b"\x02" if knobs.control_character else b""
    inserted += b"&bomb;" if dtd else b""
    head = (b"\xef\xbb\xbf" if knobs.bom else b"") + prolog + dtd
    spoken = [head, *(_inserted(rest, inserted) if inserted else rest)]
    return _renamed(spoken, *knobs.renamed.split("=")) if knobs.renamed else spoken


def _renamed(parts: Sequence[bytes], old: str, new: str) -> list[bytes]:
    tag = re.compile(rf"(</?){old}(?=[ />])".encode())
    return [tag.sub(rf"\g<1>{new}".encode(), part) for part in parts]


def _inserted(parts: Sequence[bytes], text: bytes) -> list[bytes]:
    for target, (place, part) in itertools.product(_TARGETS, enumerate(parts)):
        if target in part:
            return [*parts[:place], part.replace(target, target + text, 1), *parts[place + 1 :]]
    return list(parts)
