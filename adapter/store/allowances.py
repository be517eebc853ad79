"""How much sending is left (``ports.Allowances``)."""

from datetime import UTC, datetime, timedelta, timezone

from sqlalchemy import ColumnElement, Connection, case, delete, select, update

from adapter.model import Limit
from adapter.store.cipher import Cipher
from adapter.store.schema import allowances
from adapter.store.upsert import insert_unless_there

VIETNAM = timezone(timedelta(hours=7))
"""UTC+7 without daylight saving time since 1975, so a civil day needs no time-zone data."""

EMPTY = 2**31 - 1
"""``used`` of a bucket that Zalo itself calls empty: more than any cap, and never given back."""

ARRIVES = timedelta(seconds=2)
"""What is let go so shortly before a minute ends may reach Zalo in the next one, so it counts in both."""

KEEP = timedelta(days=1)
"""Counts of past periods are removed this long after their end; nothing reads them any more."""


class SqlAllowances:
    """Counters in SQL, one row per bucket and period, by the transaction's clock."""

    def __init__(self, connection: Connection, cipher: Cipher, now: datetime) -> None:
        self._connection = connection
        self._cipher = cipher
        self._now = now

    def reserve(self, limit: Limit, wanted: int, *, urgent: bool) -> int:
        """Take up to ``wanted``; the bucket's rows stay locked until the transaction ends."""
        if wanted <= 0:
            return 0
        if limit.cap == 0:
            return 0 if self._used(limit, self._now) == EMPTY else wanted
        cap = limit.cap if urgent else limit.cap - limit.reserved
        arrivals = self._arrivals(limit)
        for arrival in arrivals:
            self._open(limit, arrival)
        granted = max(0, min(wanted, *(cap - self._used(limit, arrival) for arrival in arrivals)))
        for arrival in arrivals if granted else ():
            self._set(limit, arrival, allowances.c.used + granted)
        return granted

    def give_back(self, limit: Limit, unused: int) -> None:
        """Return what was reserved in this transaction; never below nothing."""
        if unused <= 0 or limit.cap == 0:
            return
        used = allowances.c.used
        for arrival in self._arrivals(limit):
            self._set(limit, arrival, case((used == EMPTY, used), (used < unused, 0), else_=used - unused))

    def left(self, limit: Limit, *, urgent: bool) -> bool:
        """Whether something is left; of a minute's limit in the last one too, else it is used as fast as it comes."""
        cap = limit.cap - (0 if urgent else limit.reserved) if limit.cap else EMPTY
        before = [self._now - timedelta(minutes=1)] if limit.per == "minute" else []
        used = [select(allowances.c.used).where(*_row(limit, moment)) for moment in (self._now, *before)]
        return all((self._connection.execute(one).scalar() or 0) < cap for one in used)

    def exhaust(self, limit: Limit) -> None:
        """Nothing more from this bucket until its period ends, whatever our own count says."""
        self._open(limit, self._now)
        self._set(limit, self._now, EMPTY)

    def _arrivals(self, limit: Limit) -> list[datetime]:
        """A moment of each period in which what is let go now may reach Zalo, the earlier one first."""
        later = self._now + ARRIVES
        spills = limit.per == "minute" and period_of(limit.per, later) != period_of(limit.per, self._now)
        return [self._now, later] if spills else [self._now]

    def _used(self, limit: Limit, moment: datetime) -> int:
        locked = select(allowances.c.used).where(*_row(limit, moment)).with_for_update()
        return self._connection.execute(locked).scalar() or 0

    def _open(self, limit: Limit, moment: datetime) -> None:
        period, ends_at = period_of(limit.per, moment)
        row = {"bucket": limit.bucket, "period": period, "used": 0, "ends_at": ends_at}
        if insert_unless_there(self._connection, allowances, row):
            self._forget_old()

    def _forget_old(self) -> None:
        """Skips rows that another sender is removing: two must not wait for one another over rubbish."""
        key = (allowances.c.bucket, allowances.c.period)
        old = select(*key).where(allowances.c.ends_at < self._now - KEEP).with_for_update(skip_locked=True)
        for bucket, period in self._connection.execute(old).all():
            self._connection.execute(delete(allowances).where(key[0] == bucket, key[1] == period))

    def _set(self, limit: Limit, moment: datetime, used: ColumnElement[int] | int) -> None:
        self._connection.execute(update(allowances).where(*_row(limit, moment)).values(used=used))


def _row(limit: Limit, moment: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    period, _ = period_of(limit.per, moment)
    return allowances.c.bucket == limit.bucket, allowances.c.period == period


def period_of(per: str, now: datetime) -> tuple[str, datetime]:
    """The name and the end of the UTC minute or the Vietnam civil day that holds a moment."""
    if per == "minute":
        start = now.astimezone(UTC).replace(second=0, microsecond=0)
        return start.strftime("%Y-%m-%dT%H:%MZ"), start + timedelta(minutes=1)
    if per == "day":
        midnight = now.astimezone(VIETNAM).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight.strftime("%Y-%m-%d"), (midnight + timedelta(days=1)).astimezone(UTC)
    raise ValueError(f"a limit counts per minute or per day, not per {per}")
