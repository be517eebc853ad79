"""The .asmx service itself: reads a request, checks the account, turns the knobs, and says what to answer."""

import importlib.resources
import threading
from collections import Counter
from typing import Final

from adapter.simulators.onestop import answers, operations, soap
from adapter.simulators.onestop.answers import Answer
from adapter.simulators.onestop.knobs import Knobs, Panel
from adapter.simulators.onestop.province import Province
from adapter.simulators.onestop.soap import Call, FaultError

PATH: Final = "/ws/motcua.asmx"
WSDL: Final = (importlib.resources.files("adapter.simulators.onestop") / "motcua.wsdl").read_bytes()
"""The published contract; its soap:address is an inside address, as real ones are."""

_HEALTHY: Final = Knobs()


class Service:
    """Answers SOAP calls; safe to use from many threads. `stop` cuts a latency short."""

    def __init__(
        self, province: Province, panel: Panel, *, username: str, password: str, stop: threading.Event
    ) -> None:
        self._province = province
        self._panel = panel
        self._account = (username, password)
        self._stop = stop
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()

    def calls(self) -> dict[str, int]:
        """How many understood calls each operation has had, refused accounts and faults by knob included."""
        with self._lock:
            return {operation: self._calls[operation] for operation in soap.OPERATIONS}

    def answer(self, content_type: str, soap_action: str, body: bytes) -> tuple[Answer | None, Knobs]:
        """The answer to one POST and the knobs it must be sent under; None: close the connection instead."""
        version = soap.version_of(content_type)
        if version is None:
            return answers.measured(415, "text/plain", [b"Unsupported Media Type"]), _HEALTHY
        try:
            call = soap.read(version, body, content_type=content_type, soap_action=soap_action)
        except FaultError as error:
            parts = soap.fault(version, error.text, sender=error.sender)
            return answers.measured(500, f"{version.content_type}; charset=utf-8", parts), _HEALTHY
        serial = self._counted(call.operation)
        knobs = self._panel.take(call.operation)
        self._stop.wait(knobs.latency)
        return (None if knobs.drop else self._spoken(call, knobs, serial)), knobs

    def _counted(self, operation: str) -> int:
        with self._lock:
            self._calls[operation] += 1
            return self._calls.total()

    def _spoken(self, call: Call, knobs: Knobs, serial: int) -> Answer:
        if knobs.status:
            return answers.proxy_page(knobs.status)
        if knobs.html_page:
            return answers.login_page()
        self._province.touch(knobs.resend)
        status = 200
        try:
            parts = self._document(call, knobs, serial)
        except FaultError as error:
            status = 200 if knobs.fault_in_200 else 500
            parts = soap.fault(call.version, error.text, sender=error.sender)
        content_type = f"{call.version.content_type}; charset=utf-8"
        return answers.measured(status, content_type, answers.spoiled(parts, knobs))

    def _document(self, call: Call, knobs: Knobs, serial: int) -> list[bytes]:
        if (call.username, call.password) != self._account:
            raise FaultError(
                "System.Web.Services.Protocols.SoapException: Server was unable to process request. ---> "
                "System.UnauthorizedAccessException: Sai tên đăng nhập hoặc mật khẩu\n"
                "   at MotCua.WebService.KiemTraDangNhap(AuthHeader header) in D:\\MotCua\\motcua.asmx.cs:line 47",
                sender=False,
            )
        if knobs.fault_in_200:
            raise FaultError(
                "System.Web.Services.Protocols.SoapException: Server was unable to process request. ---> "
                "System.Data.SqlClient.SqlException: Timeout expired.",
                sender=False,
            )
        reply = operations.perform(call, self._province, knobs, serial)
        return soap.envelope(call.version, call.operation, reply)
