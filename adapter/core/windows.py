"""When shut windows open again: Zalo's night and the next quota day. Vietnam time is UTC+7 without summer time."""

from datetime import UTC, datetime, time, timedelta

from adapter.core.calendar import VIETNAM, next_opening, vietnam_day
from adapter.core.moving import Moment
from adapter.model import Calendar, Priority

_ZALO_OPENS = time(6, 0)  # -133 and -234: not between 22:00 and 06:00 (zalo.md 3.4)


def moment(now: datetime, calendar: Calendar, spread: float = 0.0) -> Moment:
    """The times one decision has to reckon with. The opening respects Zalo's night and the province's quiet hours."""
    today = datetime.combine(vietnam_day(now), _ZALO_OPENS, VIETNAM)
    opens = today if now < today else today + timedelta(days=1)
    tomorrow = midnight(now) + timedelta(days=1)
    return Moment(now=now, opening=next_opening(opens, calendar), tomorrow=tomorrow, spread=spread)


def midnight(now: datetime) -> datetime:
    """When this Vietnam civil day began."""
    return datetime.combine(vietnam_day(now), time(0), VIETNAM).astimezone(UTC)


def due(now: datetime, priority: Priority, calendar: Calendar) -> datetime:
    """When a message may go at the earliest: codes and replies at once, the rest when it is not quiet."""
    return now if priority <= Priority.REPLY else next_opening(now, calendar)
