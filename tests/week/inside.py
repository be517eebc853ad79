"""The adapter in the judge's own process: nobody is killed here, and a test can plant a bug and pull it out again."""

from collections import Counter
from pathlib import Path

from tests.towns import Town
from tests.week.engine import Engine
from tests.week.hands import Hands


class Inside:
    """Stands where a ``Conductor`` does."""

    wished = False

    def __init__(self, town: Town, clock: Path) -> None:
        self._engine = Engine(Hands(clock), town.settings())
        self._open = True
        self.ticks = self.settled = 0
        self.deaths: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.bugs: list[str] = []

    def wish_dead(self, step: str) -> None:
        """Not here."""
        raise NotImplementedError(step)

    def tick(self) -> None:
        """As ``Conductor.tick``."""
        done = self._engine.tick()
        self.ticks += 1
        self.settled += int(str(done["settled"]))

    def stop(self) -> None:
        """As an operator would end it."""
        self._open = False
        self._engine.stop()

    def close(self) -> None:
        """Whatever happened: leave no thread behind."""
        if self._open:
            self.stop()
