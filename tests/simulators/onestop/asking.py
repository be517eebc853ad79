"""Raw requests to the simulated province: http.client and hand-written envelopes, no SOAP library to agree with."""

import http.client
import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from adapter.simulators.onestop.records import vietnam_text
from adapter.simulators.onestop.server import OnestopSimulator

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
TEMPURI = "{http://tempuri.org/}"


def parsed(document: bytes) -> ET.Element:
    return ET.fromstring(document)  # noqa: S314 - written by the simulator under test


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def root(self) -> ET.Element:
        return parsed(self.body)

    def text(self, name: str) -> str | None:
        element = self.root().find(f".//{TEMPURI}{name}")
        return None if element is None else element.text or ""

    def rows(self, name: str = "HoSo") -> list[dict[str, str]]:
        rows = self.root().iter(f"{TEMPURI}{name}")
        return [{child.tag.removeprefix(TEMPURI): child.text or "" for child in row} for row in rows]

    def codes(self) -> list[str]:
        return [row["MaHoSo"] for row in self.rows()]


@contextmanager
def connected(simulator: OnestopSimulator) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(urlsplit(simulator.url).netloc, timeout=10)
    try:
        yield connection
    finally:
        connection.close()


def request(
    simulator: OnestopSimulator, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Heard:
    with connected(simulator) as connection:
        connection.request(method, path, body=body, headers=dict(headers or {}))
        answer = connection.getresponse()
        return Heard(status=answer.status, headers=dict(answer.getheaders()), body=answer.read())


def control(simulator: OnestopSimulator, name: str, order: object = None) -> Heard:
    method = "GET" if order is None else "POST"
    return request(simulator, method, f"/_control/{name}", b"" if order is None else json.dumps(order).encode())


def envelope(
    operation: str, arguments: Mapping[str, object], *, soap: str, username: str = "motcua", password: str
) -> bytes:
    inner = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in arguments.items())
    return (
        f'<s:Envelope xmlns:s="{soap}"><s:Header><AuthHeader xmlns="http://tempuri.org/">'
        f"<Username>{username}</Username><Password>{password}</Password></AuthHeader></s:Header>"
        f'<s:Body><{operation} xmlns="http://tempuri.org/">{inner}</{operation}></s:Body></s:Envelope>'
    ).encode()


def http_headers(operation: str, soap: str) -> dict[str, str]:
    action = f"http://tempuri.org/{operation}"
    if soap == SOAP11:
        return {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
    return {"Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"'}


def ask(
    simulator: OnestopSimulator,
    operation: str,
    arguments: Mapping[str, object],
    *,
    soap: str = SOAP11,
    password: str | None = None,
) -> Heard:
    used = simulator.password if password is None else password
    body = envelope(operation, arguments, soap=soap, password=used)
    return request(simulator, "POST", "/ws/motcua.asmx", body, http_headers(operation, soap))


def ask_list(
    simulator: OnestopSimulator,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    office: str = "",
    start: int = 0,
    size: int = 1000,
    soap: str = SOAP11,
) -> Heard:
    now = datetime.now(UTC)
    arguments = {
        "tuNgay": vietnam_text(since or now - timedelta(days=3000)),
        "denNgay": vietnam_text(until or now + timedelta(days=1)),
        "maDonVi": office,
        "pStartRowIndex": start,
        "pPageSize": size,
    }
    return ask(simulator, "LayDanhSachHoSo", arguments, soap=soap)
