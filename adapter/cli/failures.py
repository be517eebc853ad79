"""The one table from our errors to exit codes, and how a failure is printed: every problem on its own line."""

from collections.abc import Sequence
from typing import IO, Any

import click

from adapter.errors import AdapterError, ConfigError, LeaseLostError, MappingError, RecordError, SourceError
from adapter.store.faults import PassingError

FAILURE = 1
BAD_DATA = 65
TRY_LATER = 75
CONFIGURATION = 78


class Failure(click.ClickException):
    """A command ends with this code after printing these lines to stderr."""

    def __init__(self, lines: Sequence[str], code: int) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)
        self.exit_code = code

    def show(self, file: IO[Any] | None = None) -> None:
        """Print every line, each with the program's name so that it can be told from others in a journal."""
        for line in self.lines:
            click.echo(f"motcua: {line}", file=file, err=True)


class Root(click.Group):
    """The ``motcua`` group: turns our errors, and files that cannot be used, into failures. Bugs pass through."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except AdapterError as error:
            raise Failure(_lines(error), exit_code(error)) from error
        except BrokenPipeError:
            raise  # the reader went away (`| head`); click ends quietly
        except OSError as error:
            raise Failure([f"{error.filename or 'hệ thống'}: {error.strerror or error}"], FAILURE) from error


def exit_code(error: AdapterError) -> int:
    """The sysexits code of an error: 65 bad data, 75 try later, 78 configuration, else 1."""
    match error:
        case ConfigError():
            return CONFIGURATION
        case MappingError() | RecordError():
            return BAD_DATA
        case SourceError(transient=True) | PassingError() | LeaseLostError():
            return TRY_LATER
        case _:
            return FAILURE


def _lines(error: AdapterError) -> Sequence[str]:
    if isinstance(error, ConfigError | MappingError):
        return [str(problem) for problem in error.problems]
    return [str(error)]
