"""Reading an SQLite file beside which nothing can be written: its disk is full, or its folder read-only.

In write-ahead logging even a reader makes small files beside the database. Where it cannot, nobody is at work and the
log is empty, the file itself is the whole database, and SQLite can be told that it does not change
(sqlite.org/uri.html, ``immutable``). That it really did not is asked afterwards.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from adapter.errors import StoreError
from adapter.ports import Tx
from adapter.store.cipher import Cipher
from adapter.store.engine import Engines
from adapter.store.transaction import SqlStore

T = TypeVar("T")

TIGHT = 2**20
"""Bytes free on the disk of a database below which that is why it cannot be opened."""


class Still:
    """One file, and what it was like when it was first looked at."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._mark = self._look()

    @property
    def whole(self) -> bool:
        """Whether the file is all there is: no log beside it with anything in it."""
        beside = (self._file.with_name(self._file.name + ending) for ending in ("-wal", "-journal"))
        return self._file.is_file() and not any(path.exists() and path.stat().st_size for path in beside)

    def require(self) -> None:
        """Raise StoreError when somebody has written into it since."""
        if not self.whole or self._look() != self._mark:
            raise StoreError(f"{self._file} was written into while it was read; run this again")

    def _look(self) -> tuple[int, int, int] | None:
        if not self._file.is_file():
            return None
        seen = self._file.stat()
        return seen.st_ino, seen.st_size, seen.st_mtime_ns


class StillStore(SqlStore):
    """A store that can only be read. What it read is true unless StoreError is raised."""

    def __init__(self, engines: Engines, cipher: Cipher, still: Still) -> None:
        super().__init__(engines, cipher)
        self._still = still

    def read(self, work: Callable[[Tx], T]) -> T:
        """Run ``work``; then make sure that nobody wrote meanwhile. Raises StoreError."""
        result = super().read(work)
        self._still.require()
        return result


def explained(file: Path, error: StoreError) -> StoreError:
    """Why a file could not be opened, where its disk is the reason; else the error as it is."""
    if not file.parent.is_dir():
        return error
    free = shutil.disk_usage(file.parent).free
    if free >= TIGHT:
        return error
    return StoreError(f"{error}: the disk of {file} is full ({free // 1024} KB free); make room, nothing was written")
