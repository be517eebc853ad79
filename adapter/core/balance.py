"""The daily balance sheet: every obligation of the ledger in exactly one bucket (DESIGN 4.4). Pure folding.

The ledger says which obligations there are and what last became of each; the tables say how each stands. Where the two
differ, the difference is named: a row removed by hand, one that no entry speaks of, one that stands otherwise.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapter.core.outcome import BUCKETS
from adapter.model import Bucket, DeliveryState, Entry

KINDS = ("change", "reminder", "delivery")
"""The kinds of entry the sheet is made of."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the sheet: a Vietnam civil day, an office, a procedure."""

    day: str
    office: str
    procedure: str


@dataclass(slots=True)
class _Obligation:
    line: Line
    skipped: str  #: the reason, or empty
    state: DeliveryState = DeliveryState.PENDING
    moves: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The balance. ``remainder`` is 0 when every obligation stands in a bucket and nothing contradicts the ledger."""

    lines: Mapping[Line, Mapping[Bucket, int]]
    skipped: Mapping[str, int]  #: skips by reason
    obligations: int
    differences: tuple[str, ...]

    @property
    def remainder(self) -> int:
        """Obligations of the ledger that stand in no bucket, and rows that the ledger does not know or contradicts."""
        return len(self.differences)

    @property
    def buckets(self) -> Counter[Bucket]:
        """All lines together."""
        total: Counter[Bucket] = Counter()
        for line in self.lines.values():
            total.update(line)
        return total


@dataclass(slots=True)
class Book:
    """Folds entries as they come; then compares with the tables."""

    day: str | None = None  #: only this Vietnam civil day; None: all
    _known: dict[str, _Obligation] = field(default_factory=dict)
    _elsewhere: set[str] = field(default_factory=set)  #: obligations of other days
    _early: dict[str, tuple[int, DeliveryState]] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Fold one entry. Entries of one delivery may come in any order; their ``moves`` tells the last one."""
        body = json.loads(entry.body)
        if entry.kind == "delivery":
            self._moved(body["id"], int(body["moves"]), DeliveryState(body["state"]))
        elif entry.kind in KINDS:
            self._brought(body)

    def _brought(self, body: Mapping[str, Any]) -> None:
        line = Line(body["day"], body["office"], body["procedure"])
        for one in body["obligations"]:
            # One that stands already stays, as in the tables and on its day: a retry may have written its id once more.
            if one["id"] in self._elsewhere:
                continue
            if self.day is not None and line.day != self.day:
                self._elsewhere.add(one["id"])
                continue
            self._known.setdefault(one["id"], _Obligation(line, one.get("reason", "")))
            if one["id"] in self._early:
                self._moved(one["id"], *self._early.pop(one["id"]))

    def _moved(self, obligation: str, moves: int, state: DeliveryState) -> None:
        known = self._known.get(obligation)
        if known is None:
            if obligation not in self._elsewhere:
                before = self._early.get(obligation, (0, state))
                self._early[obligation] = max(before, (moves, state), key=lambda pair: pair[0])
        elif moves > known.moves:
            known.moves, known.state = moves, state

    def close(self, rows: Iterable[tuple[str, DeliveryState | None]]) -> Sheet:
        """Compare with every obligation row of the tables (state None: a skip) and make the sheet."""
        lines: dict[Line, Counter[Bucket]] = {}
        reasons: Counter[str] = Counter()
        differences: list[str] = []
        missing = dict(self._known)
        for obligation, state in rows:
            known = missing.pop(obligation, None)
            if known is None:
                if self.day is None:  # of one day's sheet the other rows are simply not its own
                    differences.append(f"{obligation}: stands in the tables, but no ledger entry made it")
                continue
            differences += _contradictions(obligation, known, state)
            bucket = BUCKETS[state] if state else Bucket.SKIPPED
            lines.setdefault(known.line, Counter())[bucket] += 1
            if state is None:
                reasons[known.skipped] += 1
        differences += [f"{obligation}: in the ledger, but its row is gone from the tables" for obligation in missing]
        return Sheet(lines=lines, skipped=reasons, obligations=len(self._known), differences=tuple(sorted(differences)))


def _contradictions(obligation: str, known: _Obligation, state: DeliveryState | None) -> list[str]:
    """SENDING is a claim, which the ledger does not record one by one: it counts as waiting, like PENDING."""
    if (state is None) != bool(known.skipped):
        return [f"{obligation}: a skip on one side and a message on the other"]
    if state is not None and BUCKETS[state] is not BUCKETS[known.state]:
        return [f"{obligation}: the ledger says {known.state}, the tables say {state}"]
    return []
