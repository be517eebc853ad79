"""The one table from our errors to exit codes, and how a failure is printed: every problem on its own line."""

from collections.abc import Sequence
from typing import IO, Any

import click

from adapter.cli.output import shown
from adapter.cli.telling import told
from adapter.errors import AdapterError, ConfigError, KeysError, LeaseLostError, MappingError, RecordError, SourceError
from adapter.store.faults import AwayError, PassingError

FAILURE = 1
BAD_DATA = 65  #: what was to be read is wrong (sysexits EX_DATAERR)
TRY_LATER = 75  #: the same may succeed soon (EX_TEMPFAIL)
CONFIGURATION = 78  #: the settings or keys cannot be used; starting again does not help (EX_CONFIG)


class Failure(click.ClickException):
    """A command ends with this code after printing these lines to stderr."""

    def __init__(self, lines: Sequence[str], code: int = FAILURE) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)
        self.exit_code = code  # type: ignore[misc]  # click reads it from the instance

    def show(self, file: IO[Any] | None = None) -> None:
        """Print every line, each with the program's name so that it can be told from others in a journal."""
        for line in self.lines:
            click.echo(shown(f"motcua: {line}"), file=file, err=True)


def failure(error: AdapterError | OSError) -> Failure:
    """The failure of an error: 78 configuration and keys, 65 bad data, 75 try later, else 1."""
    match error:
        case OSError():
            return Failure([f"{error.filename or 'hệ thống'}: {error.strerror or error}"])
        case ConfigError(problems=problems):
            return Failure(problems, CONFIGURATION)
        case MappingError(problems=wrong):
            return Failure([str(problem) for problem in wrong], BAD_DATA)
        case _:
            return Failure([told(error)], _code(error))


def _code(error: AdapterError) -> int:
    match error:
        case KeysError():
            return CONFIGURATION
        case RecordError():
            return BAD_DATA
        case SourceError(transient=True) | PassingError() | AwayError() | LeaseLostError():
            return TRY_LATER
        case _:
            return FAILURE
