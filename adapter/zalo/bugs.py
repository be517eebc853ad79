"""How an error that nobody planned reaches the log: where it happened, never what it said."""

import logging
import traceback

log = logging.getLogger(__name__)


def note_bug(error: Exception) -> None:
    """Log the class and the stack of an error. Its text is left out: it may quote a phone, a name or a token."""
    trace = "".join(traceback.format_tb(error.__traceback__))
    log.error("zalo.bug\n%s", trace, extra={"fault": type(error).__name__})
