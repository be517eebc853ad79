"""One clock for everybody: a page of shared memory that the conductor moves and every process reads.

Two numbers stand in it: the true time, by which the province, Zalo and a database server live, and by how much the
adapter's own machine is off. Nothing moves by itself, so a day passes as fast as the work of it is done.
"""

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapter.simulators.zalo.clock import VirtualClock

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
_SIZE = struct.calcsize("qq")


class Hands:
    """The clock's hands. Made by whoever comes first; times are aware UTC, whole milliseconds."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_SIZE))
        with path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), _SIZE)

    def set(self, moment: datetime) -> None:
        """Let it be this moment for everybody."""
        struct.pack_into("q", self._page, 0, (moment - EPOCH) // MILLISECOND)

    def set_off(self, by: timedelta) -> None:
        """Let the adapter's machine go wrong by so much; zero: right again."""
        struct.pack_into("q", self._page, struct.calcsize("q"), by // MILLISECOND)

    def now(self) -> datetime:
        """The true time."""
        return EPOCH + MILLISECOND * self._read()[0]

    def machine(self) -> datetime:
        """The time as the adapter's machine has it."""
        return EPOCH + MILLISECOND * sum(self._read())

    def _read(self) -> tuple[int, int]:
        true, off = struct.unpack("qq", self._page[:_SIZE])
        return true, off


class ZaloTime(VirtualClock):
    """The simulated Zalo's clock, led by the hands: it neither runs on nor can be set."""

    def __init__(self, hands: Hands) -> None:
        super().__init__()
        self._hands = hands

    def now(self) -> float:
        """The true time in seconds since the epoch."""
        return self._hands.now().timestamp()
