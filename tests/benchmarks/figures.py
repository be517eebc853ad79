"""How figures are printed: the median of all rounds, and how far they lay apart."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of a case. ``floor`` and ``aim``: what issue 3 asks for; ``most`` where less is better."""

    name: str
    values: Sequence[float]
    unit: str = ""
    floor: float | None = None
    aim: float | None = None
    most: bool = False

    @property
    def median(self) -> float:
        """The middle of the rounds."""
        return statistics.median(self.values)

    def __str__(self) -> str:
        """The line as it is printed."""
        spread = f"[{_short(min(self.values))}..{_short(max(self.values))}]" if len(self.values) > 1 else ""
        return f"  {self.name:<44} {_short(self.median):>9} {self.unit:<6} {spread:<20} {self._judged()}".rstrip()

    def _judged(self) -> str:
        if self.floor is None:
            return ""
        bound = "at most" if self.most else "at least"
        met = self.median <= self.floor if self.most else self.median >= self.floor
        aim = "" if self.aim is None else f", aim {_short(self.aim)}"
        return f"{'met' if met else 'MISSED'}: {bound} {_short(self.floor)}{aim}"


def ratios(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """One by the other, round by round: neighbours in time share the machine's mood."""
    return [a / b for a, b in zip(one, other, strict=True)]


def _short(value: float) -> str:
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"
