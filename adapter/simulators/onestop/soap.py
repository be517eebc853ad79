"""The SOAP of a .NET .asmx service: requests read, envelopes and faults written, in versions 1.1 and 1.2.

Behaviour follows .NET: the operation is chosen by the SOAP action, arguments in another namespace count as missing,
a fault travels with HTTP 500 and shows a stack trace.
"""

import enum
import html
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from typing import Final

NAMESPACE: Final = "http://tempuri.org/"
OPERATIONS: Final = ("LayDanhSachHoSo", "TraCuuHoSo", "LayQuaTrinhXuLy")

_PROLOG: Final = b'<?xml version="1.0" encoding="utf-8"?>'
_SCHEMA_NAMESPACES: Final = (
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
)


class Version(enum.Enum):
    """A SOAP version, as its envelope namespace."""

    SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
    SOAP12 = "http://www.w3.org/2003/05/soap-envelope"

    @property
    def content_type(self) -> str:
        """The media type its messages travel with, without parameters."""
        return "text/xml" if self is Version.SOAP11 else "application/soap+xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request as understood: arguments and credentials are empty text where the request left them out."""

    version: Version
    operation: str
    arguments: Mapping[str, str]
    username: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What an operation answers: `total` None leaves the element out, `rows` are ready elements."""

    code: int = 0
    message: str = "Thành công"
    total: int | None = 0
    rows: Sequence[bytes] = ()


class FaultError(Exception):
    """The service answers with a soap:Fault; `sender` says whose fault it is (faultcode Client or Server)."""

    def __init__(self, text: str, *, sender: bool) -> None:
        super().__init__(text)
        self.text = text
        self.sender = sender


def version_of(content_type: str) -> Version | None:
    """The SOAP version that a request's media type speaks, or None for a media type that is not SOAP."""
    media = content_type.partition(";")[0].strip().lower()
    return next((version for version in Version if version.content_type == media), None)


def read(version: Version, body: bytes, *, content_type: str, soap_action: str) -> Call:
    """Understand a request. Raises FaultError as .NET would answer it."""
    action = soap_action if version is Version.SOAP11 else _action_parameter(content_type)
    operation = action.strip().strip('"').removeprefix(NAMESPACE)
    if operation not in OPERATIONS:
        raise FaultError(
            f"System.Web.Services.Protocols.SoapException: Server did not recognize the value of HTTP Header "
            f"SOAPAction: {action}.",
            sender=True,
        )
    envelope = _parse(body)
    if envelope.tag != f"{{{version.value}}}Envelope":
        raise FaultError("Possible SOAP version mismatch: Envelope namespace was unexpected.", sender=True)
    request = envelope.find(f"{{{version.value}}}Body/{{{NAMESPACE}}}{operation}")
    if request is None:
        raise FaultError("Server was unable to read request. ---> There is an error in XML document.", sender=True)
    header = envelope.find(f"{{{version.value}}}Header/{{{NAMESPACE}}}AuthHeader")
    credentials = _children(header) if header is not None else {}
    return Call(
        version=version,
        operation=operation,
        arguments=_children(request),
        username=credentials.get("Username", ""),
        password=credentials.get("Password", ""),
    )


def envelope(version: Version, operation: str, reply: Reply) -> list[bytes]:
    """A complete answer in parts, the rows among them untouched, so that nothing is copied."""
    total = f"<Total>{reply.total}</Total>" if reply.total is not None else ""
    head = (
        f'<{operation}Response xmlns="{NAMESPACE}"><{operation}Result><ErrorCode>{reply.code}</ErrorCode>'
        f"<Message>{html.escape(reply.message, quote=False)}</Message>{total}<Result>"
    )
    tail = f"</Result></{operation}Result></{operation}Response>"
    return [_PROLOG, _open(version) + head.encode(), *reply.rows, tail.encode() + _CLOSE]


def fault(version: Version, text: str, *, sender: bool) -> list[bytes]:
    """A complete fault message in the shape of that version."""
    escaped = html.escape(text, quote=False)
    if version is Version.SOAP11:
        code = "soap:Client" if sender else "soap:Server"
        body = f"<faultcode>{code}</faultcode><faultstring>{escaped}</faultstring><detail />"
    else:
        code = "soap:Sender" if sender else "soap:Receiver"
        body = (
            f"<soap:Code><soap:Value>{code}</soap:Value></soap:Code>"
            f'<soap:Reason><soap:Text xml:lang="vi">{escaped}</soap:Text></soap:Reason><soap:Detail />'
        )
    return [_PROLOG, _open(version) + f"<soap:Fault>{body}</soap:Fault>".encode() + _CLOSE]


_CLOSE: Final = b"</soap:Body></soap:Envelope>"


def _open(version: Version) -> bytes:
    return f'<soap:Envelope xmlns:soap="{version.value}" {_SCHEMA_NAMESPACES}><soap:Body>'.encode()


def _action_parameter(content_type: str) -> str:
    message = Message()
    message["Content-Type"] = content_type
    return str(message.get_param("action", ""))


def _parse(body: bytes) -> ET.Element:
    if b"<!DOCTYPE" in body:
        raise FaultError("For security reasons DTD is prohibited in this XML document.", sender=True)
    try:
        return ET.fromstring(body)  # noqa: S314 - a DTD, and with it every entity, has just been refused
    except ET.ParseError as error:
        raise FaultError(f"Server was unable to read request. ---> {error}", sender=True) from error


def _children(parent: ET.Element) -> dict[str, str]:
    prefix = f"{{{NAMESPACE}}}"
    return {child.tag.removeprefix(prefix): child.text or "" for child in parent if child.tag.startswith(prefix)}
