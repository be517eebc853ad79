"""Log lines: standard logging everywhere, structlog's formatter here, personal data nowhere.

A line is an action and identifiers (``extra={"id": message.id, "state": ...}``). Keys outside ``ALLOWED`` are dropped,
and a long run of digits in any text is masked as a last defence; neither is a licence to log personal data. Of an
exception a line tells the class and the place, never the text, which may quote what it stumbled over.
"""

import contextlib
import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog

#: The only keys a line may carry beside its text: ids, counts, states, codes, seconds, labels of ours.
_KEYS = """
    action age attempt by cause changes channel code column count dossier entry fault fence field file id key kind label
    level limit line listen mapping messages mode office operation owner page partition port priority reason records
    reminded rows rule run scope seconds seq slots source state status template transient tries version
"""
ALLOWED = frozenset(_KEYS.split())

#: Foreign loggers that print bodies, addresses or chatter below WARNING (zeep prints whole envelopes: libraries.md 1).
_NOISY = (
    "zeep",
    "zeep.transports",
    "urllib3",
    "requests",
    "httpx",
    "httpcore",
    "aiohttp",
    "apscheduler",
    "asyncio",
    "alembic",
)

#: A hex id of ours (16 to 40 characters, a letter among them) is no phone, though digits may run in it.
_ID_OR_DIGITS = re.compile(r"(?<![0-9a-zA-Z])(?=[0-9]*[a-f])[0-9a-f]{16,40}(?![0-9a-zA-Z])|\d{8,}")


def configure(level: str, form: str) -> None:
    """Log to stderr from now on: ``level`` a name like ``info``, ``form`` ``auto``, ``json`` or ``text``.

    ``auto`` is text on a terminal, else JSON, one object a line, times in UTC. Replaces what an earlier call set up
    and leaves handlers of others alone.
    """
    text = form == "text" or (form == "auto" and sys.stderr.isatty())
    handler = _Stderr()
    handler.setFormatter(_formatter(text=text, colors=text and sys.stderr.isatty()))
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, _Stderr)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = _note_uncaught


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to whatever ``sys.stderr`` is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        self.stream = sys.stderr
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Lose a line that cannot be written, on a full disk for instance; a bug shows as logging shows it.

        What got stuck in the stream is lost too: the interpreter would try it again at its end, fail, and turn a good
        end into a failure, after which systemd starts a daemon that was asked to stop.
        """
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)
            return
        with contextlib.suppress(OSError):  # a stream without a file keeps nothing
            sys.stderr = open(  # noqa: SIM115 - it lives as long as the process
                sys.stderr.fileno(), "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
            )


def _formatter(*, text: bool, colors: bool) -> structlog.stdlib.ProcessorFormatter:
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)
        if text
        else structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ExtraAdder(allow=ALLOWED),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.ExceptionRenderer(_told),
            _mask,
            renderer,
        ],
    )


def _told(exc_info: structlog.typing.ExcInfo) -> str:
    """Where an exception and those behind it came from, and their classes; not what they said."""
    error: BaseException | None = exc_info[1]
    told: list[str] = []
    while error is not None:
        told.append("".join((*traceback.format_tb(error.__traceback__), type(error).__qualname__)))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\n".join(reversed(told))


def _note_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What Python does with an error that nobody caught, without printing its text."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger(__name__).critical("bug", exc_info=(kind, error, trace))


def _mask(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide runs of eight and more digits in every text of a line, tracebacks among them; counts are left alone."""
    for key, value in line.items():
        if key != "timestamp" and not isinstance(value, (int, float, type(None))):
            line[key] = _masked(value)
    return line


def _masked(value: Any) -> Any:
    """The value itself where there is nothing to hide, else its text with the digits hidden."""
    shown = str(value)
    hidden = _ID_OR_DIGITS.sub(lambda found: found[0] if re.search("[a-f]", found[0]) else "*" * 8, shown)
    return value if hidden == shown else hidden
