"""The tree of what can go wrong. Each error makes its own sentence, without personal data; bugs are not wrapped."""

from collections.abc import Sequence
from enum import StrEnum

from adapter.model import Problem


class AdapterError(Exception):
    """Root of everything this program raises on purpose."""


class ConfigError(AdapterError):
    """Settings or secrets cannot be used. Carries every problem at once."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problems))


class MappingError(AdapterError):
    """A mapping set cannot be used. Carries every problem at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


class SourceFault(StrEnum):
    """Why a one-stop system could not be read."""

    UNREACHABLE = "unreachable"  #: no connection
    TIMEOUT = "timeout"  #: too slow, or past the deadline
    HTTP = "http"  #: an HTTP status that is no answer
    NOT_SOAP = "not_soap"  #: a login or maintenance page, or another content type
    MALFORMED = "malformed"  #: not well-formed XML
    FORBIDDEN_XML = "forbidden_xml"  #: a DTD, an entity, an external reference
    TRUNCATED = "truncated"  #: broke off before the root closed
    TOO_LARGE = "too_large"  #: past the byte ceiling
    FAULT = "fault"  #: a soap:Fault, whatever the HTTP status
    REFUSED = "refused"  #: the answer's own result code says no
    FORMAT = "format"  #: well-formed, but many records lack what they had: another version of the format
    UNSTABLE = "unstable"  #: the pages shifted and repeated reading did not settle


class SourceError(AdapterError):
    """A one-stop system could not be read. ``transient`` says whether trying again soon makes sense."""

    def __init__(self, fault: SourceFault, detail: str) -> None:
        self.fault = fault
        self.transient = fault not in {SourceFault.REFUSED, SourceFault.FORBIDDEN_XML}
        super().__init__(f"{fault}: {detail}")


class RecordError(AdapterError):
    """A record cannot be read through the mapping. ``field`` is the mapped field, never its value."""

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        super().__init__(f"{field}: {reason}")


class MissingFieldError(AdapterError):
    """A template names a field that this dossier does not have."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(f"the template needs {field}, which this dossier does not have")


class TooLongError(AdapterError):
    """A parameter that may not be cut (a dossier code) is longer than Zalo allows."""

    def __init__(self, param: str, max_length: int) -> None:
        self.param = param
        super().__init__(f"parameter {param} is longer than {max_length} characters and may not be cut")


class TokenLostError(AdapterError):
    """There is no usable token and the program must not try further: a person has to give consent again."""


class StoreError(AdapterError):
    """The database cannot be used."""


class KeysError(StoreError):
    """The keys cannot be used, or are not the ones this database was made with. A person has to bring those."""


class LeaseLostError(StoreError):
    """Somebody else holds the lease by now; what was being done under it must stop."""


class BookError(AdapterError):
    """The books do not balance, or the ledger does not verify."""
