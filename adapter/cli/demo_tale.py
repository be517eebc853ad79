"""The demo's story: a seeded day at the simulated one-stop, told over its control endpoint so that it can be frozen."""

import itertools
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from adapter.cli.demo_door import Door
from adapter.core import phones
from adapter.model import Phone
from adapter.simulators.onestop.happenings import After, Happening
from adapter.simulators.onestop.story import story

SEED: Final = 1
_BETWEEN_DAYS: Final = 7200.0  # story seconds; longer than the evening of a demo that ends by itself


def chapters(dossiers: int, day: date) -> Iterator[Happening]:
    """One day after the other, for ever; every day has dossiers of its own. Seconds count from the first morning."""
    offset = 0.0
    for chapter in itertools.count():
        tale = story(SEED + chapter, dossiers, day=day, first_serial=1 + chapter * dossiers)
        for happening in tale:
            yield replace(happening, after_seconds=offset + happening.after_seconds)
        offset += tale[-1].after_seconds + _BETWEEN_DAYS


def length(dossiers: int, day: date) -> float:
    """Story seconds from the first morning to the last happening of the first day."""
    return story(SEED, dossiers, day=day)[-1].after_seconds


def cast(dossiers: int, day: date) -> list[Phone]:
    """The mobile numbers of the first day's citizens, each once, in the order they appear."""
    typed = (happening.changes.get("SoDienThoai", "") for happening in story(SEED, dossiers, day=day))
    numbers = (phones.parse(text) for text in typed if isinstance(text, str))
    return list(dict.fromkeys(number for number in numbers if isinstance(number, Phone)))


class Teller:
    """Lets each happening happen at its time, ``pace`` story seconds to a real one; not called any more, it freezes."""

    def __init__(self, province: Door, tale: Iterator[Happening], pace: float) -> None:
        self._province, self._tale, self._pace = province, tale, pace
        self._next = next(tale)
        self._began = time.monotonic()

    def tell(self) -> int:
        """Let everything happen whose time has come; gives how many. Raises OSError when the province is gone."""
        reached = (time.monotonic() - self._began) * self._pace
        due: list[Happening] = []
        while self._next.after_seconds <= reached:
            due.append(self._next)
            self._next = next(self._tale)
        if due:
            self._province.post("/_control/happenings", {"happenings": [document(one) for one in due]})
        return len(due)


def document(happening: Happening) -> dict[str, object]:
    """A happening as the control endpoint takes it; its time is when it is posted."""
    changes = {name: _value(value) for name, value in happening.changes.items()}
    return {"code": happening.code, "office": happening.office, "changes": changes}


def _value(value: str | After) -> str | dict[str, int]:
    if isinstance(value, str):
        return value
    return {"seconds": value.seconds} if value.working_days is None else {"working_days": value.working_days}
