"""A socket that says exactly the bytes it is told to, and the documents of dialect D1 to say."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from adapter.model import Interval, Operation, SourceName, SourceSpec
from adapter.onestop import SoapSource
from adapter.onestop.answer import Answer
from adapter.onestop.contract import Contract
from adapter.onestop.exchange import Exchange
from adapter.onestop.waiting import Patience
from tests.listening import Listener

WSDL = Path(__file__).parents[2] / "mappings" / "vinhphuc" / "motcua.wsdl"
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
WINDOW = Interval(start=NOW - timedelta(minutes=10), end=NOW - timedelta(minutes=1))
LIST = "LayDanhSachHoSoResponse/LayDanhSachHoSoResult"
FOUND = "TraCuuHoSoResponse/TraCuuHoSoResult"

CHANGES = Operation(
    name="LayDanhSachHoSo",
    arguments={
        "tuNgay": "{from}",
        "denNgay": "{to}",
        "maDonVi": "{office}",
        "pStartRowIndex": "{offset}",
        "pPageSize": "{size}",
    },
    records=f"{LIST}/Result/HoSo",
    total=f"{LIST}/Total",
    success=(f"{LIST}/ErrorCode", "0"),
)
LOOKUP = Operation(
    name="TraCuuHoSo",
    arguments={"maHoSo": "{code}"},
    records=f"{FOUND}/Result/HoSo",
    success=(f"{FOUND}/ErrorCode", "0"),
)


def spec(endpoint: str = "http://127.0.0.1:9/ws/motcua.asmx", **changes: Any) -> SourceSpec:
    plain: dict[str, Any] = {
        "name": SourceName("vinhphuc"),
        "wsdl": str(WSDL),
        "endpoint": endpoint,
        "soap": "1.1",
        "auth_header": "AuthHeader",
        "auth_fields": ("Username", "Password"),
        "changes": CHANGES,
        "lookup": LOOKUP,
        "identity": ("ma_ho_so",),
        "time_format": "%d/%m/%Y %H:%M:%S",
        "every": timedelta(minutes=3),
        "overlap": timedelta(minutes=10),
        "settle_lag": timedelta(minutes=30),
        "max_window": timedelta(days=1),
        "page_size": 100,
        "page_overlap": 1,
        "connect_timeout": 2.0,
        "read_timeout": 2.0,
        "deadline": 4.0,
        "max_bytes": 4_000_000,
    }
    return SourceSpec(**(plain | changes))


@contextmanager
def source(
    endpoint: str, *, login: tuple[str, str] = ("motcua", "mat-khau-thu"), **changes: Any
) -> Iterator[SoapSource]:
    made = SoapSource(spec(endpoint, **changes), *login, lambda: NOW)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def asking(endpoint: str, **changes: Any) -> Iterator[Callable[[], list[str]]]:
    """Something that asks once whenever it is called, without a second try, always by the same door.

    It gives the last four digits of each code that came, nil rows left out.
    """
    wanted = spec(endpoint, **changes)
    contract = Contract(wanted, "motcua", "mat-khau-thu")
    values = {"from": "", "to": "", "office": "", "offset": "0", "size": "100"}
    patience = Patience(one_read=wanted.read_timeout, in_all=wanted.deadline)

    def once() -> list[str]:
        rows = list(Exchange(contract, wanted.max_bytes).ask(CHANGES, values, Answer(CHANGES), patience))
        return [found.inputs["MaHoSo"][-4:] for found in rows if found is not None]

    try:
        yield once
    finally:
        contract.close()


def ask(endpoint: str, **changes: Any) -> list[str]:
    """Ask a single time: see ``asking``."""
    with asking(endpoint, **changes) as once:
        return once()


SAY = bytes | Callable[[socket.socket], None]


class Hostile(Listener):
    """Answers the n-th request with the n-th saying, the last one for ever. One request a connection."""

    def __init__(self, *sayings: SAY) -> None:
        super().__init__()
        self.sayings = list(sayings)
        self.heard: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://{self.address}/ws/motcua.asmx"

    def meet(self, connection: socket.socket) -> None:
        """One request, one saying."""
        self.heard.append(request(connection))
        saying = self.sayings[min(len(self.heard), len(self.sayings)) - 1]
        if callable(saying):
            saying(connection)
        else:
            connection.sendall(saying)


def request(connection: socket.socket) -> bytes:
    """One whole request, by its Content-Length."""
    connection.settimeout(5)
    got = b""
    while b"\r\n\r\n" not in got:
        got += connection.recv(65536) or b"\r\n\r\n"
    head, _, body = got.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def drip(data: bytes, every: float) -> Callable[[socket.socket], None]:
    """One byte after the other."""

    def say(connection: socket.socket) -> None:
        for place in range(len(data)):
            connection.sendall(data[place : place + 1])
            time.sleep(every)

    return say


def http(
    body: bytes, *, status: int = 200, content_type: str | None = "text/xml; charset=utf-8", extra: str = ""
) -> bytes:
    """A whole HTTP answer with the true length, on a connection that ends with it."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close"]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    return ("\r\n".join(filter(None, [*lines, extra])) + "\r\n\r\n").encode() + body


DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def envelope(inside: str, *, declaration: str = DECLARATION, namespace: str = SOAP11) -> bytes:
    return (
        f'{declaration}<soap:Envelope xmlns:soap="{namespace}" {XSI}><soap:Body>{inside}</soap:Body></soap:Envelope>'
    ).encode()


def row(number: int, name: str = "NGUYỄN THỊ MẪU") -> str:
    return f"<HoSo><MaHoSo>H62.33-261123-{number:04d}</MaHoSo><ChuHoSo>{name}</ChuHoSo><NgayTra /></HoSo>"


def listing(rows: str, total: int | None = None, *, code: str = "0") -> str:
    said = f"<Total>{total}</Total>" if total is not None else ""
    return (
        f'<LayDanhSachHoSoResponse xmlns="http://tempuri.org/"><LayDanhSachHoSoResult><ErrorCode>{code}</ErrorCode>'
        f"<Message>Xong</Message>{said}<Result>{rows}</Result></LayDanhSachHoSoResult></LayDanhSachHoSoResponse>"
    )


def fault(text: str = "Server was unable to process request.", code: str = "soap:Server") -> str:
    return f"<soap:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring></soap:Fault>"
