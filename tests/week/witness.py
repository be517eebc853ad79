"""What those who make the trouble saw themselves: when the adapter was killed, when nobody was there to hear it, and
what the operator let go or gave up. The judge asks them, not the adapter, whether there was a reason."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

Span = tuple[datetime, datetime]


@dataclass(slots=True, kw_only=True)
class Witness:
    """Everything by true time."""

    kills: list[datetime] = field(default_factory=list)
    away: list[Span] = field(default_factory=list)  #: Zalo had hung up on everybody
    blind: list[Span] = field(default_factory=list)  #: records in a format that the mapping cannot read
    released: defaultdict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    cancelled: dict[str, datetime] = field(default_factory=dict)


def within(at: datetime, spans: Iterable[Span]) -> bool:
    """Whether a moment lies in one of these spans, their ends included."""
    return any(start <= at <= end for start, end in spans)
