"""The pinned WSDL: what may be called, how it is addressed, and how the login is written. zeep does the work."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import requests
import zeep
import zeep.exceptions
import zeep.wsdl.bindings.soap
import zeep.xsd
from lxml import etree

from adapter.errors import ConfigError
from adapter.model import Operation, SourceSpec
from adapter.onestop.trust import PUBLIC, Trust
from adapter.onestop.waiting import PatientAdapter

_zeep: Final[Any] = zeep  # ships types for a few of its functions only, which is worse than none
_BINDINGS: Final[Mapping[str, Any]] = {
    "1.1": zeep.wsdl.bindings.soap.Soap11Binding,
    "1.2": zeep.wsdl.bindings.soap.Soap12Binding,
}
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_SETTINGS: Final = {"forbid_dtd": True, "forbid_entities": True, "forbid_external": True, "raw_response": True}


class Contract:
    """One thread's way to call the operations of one source: zeep client and connection, not shared.

    Raises ConfigError when the WSDL cannot be read, is not all in its own folder, or does not fit the SourceSpec, and
    when a certificate cannot be used.
    """

    def __init__(self, spec: SourceSpec, username: str, password: str, trust: Trust = PUBLIC) -> None:
        self.dated = ""  #: the Date header of the last answer
        self._transport = _Transport(spec, trust)
        try:
            self._client = _zeep.Client(spec.wsdl, transport=self._transport, settings=_zeep.Settings(**_SETTINGS))
            self._binding = _binding_name(self._client, spec)
            self._service = self._client.create_service(self._binding, spec.endpoint)
            self._headers = _login(self._client, spec, username, password)
        except (zeep.exceptions.Error, etree.LxmlError, OSError, LookupError, TypeError, ValueError) as error:
            # zeep has no one error for a WSDL it cannot use.
            raise ConfigError(
                [f"không dùng được / cannot be used: WSDL {spec.wsdl}: {type(error).__name__}: {error}"]
            ) from error

    def check(self, operation: Operation, values: Mapping[str, str]) -> None:
        """Build a request without sending it, and find the answer's paths in the WSDL.

        Raises ConfigError when the arguments or a path do not fit: a misspelt path would read as an empty list.
        """
        try:
            self._client.create_message(self._service, operation.name, **_filled(operation, values))
        except (zeep.exceptions.Error, LookupError, TypeError, ValueError) as error:
            raise ConfigError(
                [f"operation {operation.name}: đối số không khớp WSDL / arguments do not fit: {error}"]
            ) from error
        answer = self._client.wsdl.bindings[self._binding].get(operation.name).output
        paths = filter(None, (operation.records, operation.total, operation.success[0]))
        missing = [path for path in paths if not _declares(answer.body, path.split("/"))]
        if missing:
            raise ConfigError(
                [f"operation {operation.name}: WSDL không có / the WSDL has no {path}" for path in missing]
            )

    def call(self, operation: Operation, values: Mapping[str, str]) -> requests.Response:
        """Send a request; the answer's body is not read yet, and its status not judged. Raises requests' errors."""
        arguments = _filled(operation, values)
        response: requests.Response = self._service[operation.name](**arguments, _soapheaders=self._headers)
        self.dated = response.headers.get("Date", "")
        return response

    def close(self) -> None:
        """Close the connection. Safe to call twice."""
        self._transport.session.close()


class _Transport(zeep.Transport):
    """Reads the WSDL from its own folder only; posts without redirects and leaves the answer's body on the wire."""

    def __init__(self, spec: SourceSpec, trust: Trust) -> None:
        timeouts = (spec.connect_timeout, spec.read_timeout)
        super().__init__(  # type: ignore[no-untyped-call]  # zeep leaves it untyped
            timeout=spec.read_timeout,
            operation_timeout=timeouts,
            session=requests.Session(),
        )
        self._folder = Path(spec.wsdl).resolve().parent
        self.session.trust_env = False  # neither a proxy nor a .netrc password of whoever started us
        self.session.headers["Accept-Encoding"] = "gzip, deflate"
        self.session.adapters.clear()
        context = trust.context()
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, PatientAdapter(context))

    def load(self, url: str) -> bytes:
        path = Path(url).resolve()
        if "://" in url or not path.is_relative_to(self._folder):
            raise _zeep.exceptions.ExternalReferenceForbidden(url)
        return path.read_bytes()

    def post(self, address: str, message: bytes, headers: Mapping[str, str]) -> requests.Response:
        # Not the parent's: it reads the whole body, and at debug level logs the password with it.
        return self.session.post(
            address,
            data=message,
            headers=dict(headers),
            timeout=self.operation_timeout,
            stream=True,
            allow_redirects=False,
        )


def placeholders(operation: Operation) -> frozenset[str]:
    """The names that stand in braces in an operation's arguments."""
    return frozenset(name for text in operation.arguments.values() for name in _PLACEHOLDER.findall(text))


def _filled(operation: Operation, values: Mapping[str, str]) -> dict[str, str]:
    """The arguments with their placeholders replaced, once: what stands in a value is never replaced again."""
    return {name: _PLACEHOLDER.sub(lambda found: values[found[1]], text) for name, text in operation.arguments.items()}


def _binding_name(client: Any, spec: SourceSpec) -> str:
    wanted = {spec.changes.name, spec.lookup.name}
    kind = _BINDINGS[spec.soap]
    for name, binding in client.wsdl.bindings.items():
        if isinstance(binding, kind) and wanted <= set(binding.all()):
            return str(name)
    raise LookupError(f"no SOAP {spec.soap} binding has {' and '.join(sorted(wanted))}")


def _login(client: Any, spec: SourceSpec, username: str, password: str) -> list[Any]:
    if not spec.auth_header:
        return []
    for element in client.wsdl.types.elements:
        if element.name == spec.auth_header:
            user_field, password_field = spec.auth_fields
            return [element(**{user_field: username, password_field: password})]
    raise LookupError(f"the schema has no element {spec.auth_header}")


def _declares(element: Any, path: Sequence[str]) -> bool:
    """Whether an answer may hold that path; a wildcard, or a style without a named body, may hold anything."""
    if isinstance(element, zeep.xsd.Any) or not hasattr(element, "name"):
        return True
    first, *rest = path
    if element.name != first:
        return False
    within = [child for _, child in getattr(element.type, "elements", ())]
    return not rest or any(_declares(child, rest) for child in within)
