"""Whether the engine's threads still turn: each beats, and anybody may ask how long ago. Monotonic time only."""

import threading
import time


class Pulse:
    """The last beat of each thread, by name."""

    def __init__(self) -> None:
        self._beats: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def beat(self, name: str, within: float) -> None:
        """A sign of life; the next is due within so many seconds."""
        with self._lock:
            self._beats[name] = (time.monotonic(), within)

    def silent(self) -> list[str]:
        """Names whose next beat is overdue."""
        now = time.monotonic()
        with self._lock:
            return sorted(name for name, (at, within) in self._beats.items() if now - at > within)
