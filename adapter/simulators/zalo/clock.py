"""The simulator's own clock: real time plus an offset that a test or a demo may set."""

import time
from datetime import UTC, datetime

DAY_SECONDS = 86_400
_VIETNAM_OFFSET_SECONDS = 7 * 3600  # UTC+7 all year, no summer time


class VirtualClock:
    """Seconds since the epoch (UTC), moved by ``offset``; it drives token life, quota day, night and delivery.

    It moves nothing by itself: what depends on time asks the clock when somebody looks.
    """

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def now(self) -> float:
        """Return the simulated time in seconds since the epoch."""
        return time.time() + self.offset

    def shift(self, seconds: float) -> None:
        """Move the clock forward (or back) by ``seconds``."""
        self.offset += seconds

    def set_to(self, moment: datetime) -> None:
        """Make it ``moment`` (aware) now; the clock runs on from there."""
        self.offset = moment.timestamp() - time.time()


def vietnam_day(seconds: float) -> int:
    """Return the number of the Vietnam civil day; it changes at Vietnam midnight."""
    return int((seconds + _VIETNAM_OFFSET_SECONDS) // DAY_SECONDS)


def vietnam_hour(seconds: float) -> int:
    """Return the hour of the day, 0..23, on a Vietnam wall clock."""
    return int((seconds + _VIETNAM_OFFSET_SECONDS) % DAY_SECONDS // 3600)


def milliseconds(seconds: float) -> str:
    """Return ``seconds`` as Zalo writes times: milliseconds since the epoch, as text."""
    return str(int(seconds * 1000))


def iso(seconds: float) -> str:
    """Return ``seconds`` as ISO 8601 in UTC with milliseconds, for the journal and the control answers."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def epoch(text: str) -> float:
    """Return the epoch seconds of an ISO 8601 text with a zone.

    Raises:
        ValueError: the text is no date, or says no zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time without zone: {text}")
    return moment.timestamp()
