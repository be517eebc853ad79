"""The province's present state and the truth about how it came to be."""

import bisect
import itertools
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from adapter.simulators.onestop import records
from adapter.simulators.onestop.happenings import Happening
from adapter.simulators.onestop.records import Record


class Moment(NamedTuple):
    """One line of the truth: at `at` (aware UTC, the province's clock, to the microsecond) a dossier looked like this.

    `kind` is `happening` (something changed), `put` (written whole by a test), `load` (was there before the day
    began), `touch` (re-stamped, content untouched), `remove` (is in no answer from now on).
    """

    at: datetime
    kind: str
    record: Record


class _Entry(NamedTuple):
    key: tuple[datetime, int]
    record: Record


class Province:
    """Every dossier as it is now, found by code or by NgayCapNhat; safe to use from many threads.

    NgayCapNhat comes from `clock` (aware UTC), cut to the second as D1 does, and never goes back for a dossier even
    when the clock does. Dossiers are told apart by code *and* office: two offices may use one code.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self._lock = threading.RLock()
        self._serial = itertools.count()
        self._current: dict[str, tuple[_Entry, ...]] = {}
        self._keys: list[tuple[datetime, int]] = []
        self._rows: list[Record] = []
        self._timeline: list[Moment] = []
        self._listeners: list[Callable[[Moment], None]] = []

    def apply(self, happening: Happening) -> Record:
        """Let it happen now; a change of MaDonVi or MaHoSo moves the dossier.

        Raises ValueError for an unknown field, a code of two offices without an office, or a move onto another dossier.
        """
        with self._lock:
            now = self.clock()
            changes = happening.resolved(now)
            entry = self._entry(happening.code, happening.office)
            if entry is None:
                opened = {"MaDonVi": happening.office, **changes, "MaHoSo": happening.code}
                record = records.make(opened, now)
            else:
                record = entry.record.changed(changes, self._next_stamp(entry, now))
                moved = (record.code, record.office) != (entry.record.code, entry.record.office)
                if moved and self._find(record.code, record.office):
                    raise ValueError("another dossier has that code at that office")
            return self._replace(entry, record, "happening", now)

    def put(self, record: Record) -> Record:
        """Write a whole record, stamped with the province's clock; it replaces the one of that code and office."""
        with self._lock:
            now = self.clock()
            entry = self._find(record.code, record.office)
            stamp = self._next_stamp(entry, now) if entry else now
            return self._replace(entry, record.stamped(stamp), "put", now)

    def load(self, many: Iterable[Record]) -> int:
        """Take in what was there before the day began, NgayCapNhat included; returns how many. For empty-ish starts."""
        with self._lock:
            now = self.clock()
            before = len(self._timeline)
            for record in many:
                self._replace(self._find(record.code, record.office), record, "load", now)
            return len(self._timeline) - before

    def remove(self, code: str, office: str) -> bool:
        """Strike a dossier out: no answer shows it any more. False when there is none."""
        with self._lock:
            entry = self._find(code, office)
            if entry is None:
                return False
            self._forget(entry)
            self._note(Moment(self.clock(), "remove", entry.record))
            return True

    def touch(self, count: int) -> list[Record]:
        """Re-stamp the `count` dossiers not changed for longest, as a re-send after a migration does."""
        with self._lock:
            return self.restamp(self._rows[:count])

    def restamp(self, those: Sequence[Record]) -> list[Record]:
        """Give the present versions of these dossiers a new NgayCapNhat; their content stays."""
        with self._lock:
            now = self.clock()
            entries = [self._find(record.code, record.office) for record in those]
            return [
                self._replace(entry, entry.record.stamped(self._next_stamp(entry, now)), "touch", now)
                for entry in entries
                if entry is not None
            ]

    def window(self, since: datetime, until: datetime, office: str = "") -> Sequence[Record]:
        """What was last changed from `since` to `until`, both included, in that order; all offices when empty."""
        with self._lock:
            low = bisect.bisect_left(self._keys, (since, -1))
            high = bisect.bisect_right(self._keys, (until, sys.maxsize))
            rows = self._rows[low:high]
        return [record for record in rows if record.office == office] if office else rows

    def lookup(self, code: str) -> list[Record]:
        """Every dossier of that code: none, one, or one for each office that uses it."""
        with self._lock:
            return [entry.record for entry in self._current.get(code, ())]

    def history(self, code: str) -> list[Moment]:
        """The states dossiers of that code went through, oldest first; touches and removals are no states."""
        with self._lock:
            mine = [moment for moment in self._timeline if moment.record.code == code]
        return [moment for moment in mine if moment.kind not in {"touch", "remove"}]

    def timeline(self) -> list[Moment]:
        """The whole truth so far, in the order it happened. It is kept in memory for as long as the province lives."""
        with self._lock:
            return list(self._timeline)

    def listen(self, listener: Callable[[Moment], None]) -> None:
        """Call `listener` with every further moment, in order, on the thread that caused it."""
        with self._lock:
            self._listeners.append(listener)

    def __len__(self) -> int:
        with self._lock:
            return len(self._rows)

    def __iter__(self) -> Iterator[Record]:
        with self._lock:
            return iter(list(self._rows))

    def _entry(self, code: str, office: str) -> _Entry | None:
        if office:
            return self._find(code, office)
        entries = self._current.get(code, ())
        if len(entries) > 1:
            raise ValueError("two offices use this code: name the office")
        return entries[0] if entries else None

    def _find(self, code: str, office: str) -> _Entry | None:
        return next((entry for entry in self._current.get(code, ()) if entry.record.office == office), None)

    def _next_stamp(self, entry: _Entry, now: datetime) -> datetime:
        return max(now.replace(microsecond=0), entry.record.updated_at)

    def _replace(self, old: _Entry | None, record: Record, kind: str, now: datetime) -> Record:
        if old is not None:
            self._forget(old)
        entry = _Entry((record.updated_at, next(self._serial)), record)
        place = bisect.bisect_left(self._keys, entry.key)
        self._keys.insert(place, entry.key)
        self._rows.insert(place, record)
        self._current[record.code] = (*self._current.get(record.code, ()), entry)
        self._note(Moment(now, kind, record))
        return record

    def _note(self, moment: Moment) -> None:
        self._timeline.append(moment)
        for listener in self._listeners:
            listener(moment)

    def _forget(self, entry: _Entry) -> None:
        place = bisect.bisect_left(self._keys, entry.key)
        del self._keys[place], self._rows[place]
        code = entry.record.code
        self._current[code] = tuple(other for other in self._current[code] if other is not entry)
