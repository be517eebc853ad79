"""A real store for alarms, that can be switched off."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from adapter.errors import StoreError
from adapter.ports import Store, Tx
from adapter.store import open_store
from adapter.store.cipher import create_keys
from adapter.store.migrate import upgrade
from tests.fakes import Clock

T = TypeVar("T")


class Switched:
    """A real store that can be switched off."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.down = False

    def write(self, label: str, work: Callable[[Tx], T]) -> T:
        if self.down:
            raise StoreError("database is gone")
        return self._store.write(label, work)

    def read(self, work: Callable[[Tx], T]) -> T:
        if self.down:
            raise StoreError("database is gone")
        return self._store.read(work)

    def clock_skew(self) -> float:
        return self._store.clock_skew()

    def wait_for_work(self, seconds: float) -> bool:
        return self._store.wait_for_work(seconds)

    def close(self) -> None:
        self._store.close()

    def standing(self) -> dict[str, str]:
        return {raised.key: raised.sentence for raised in self.read(lambda tx: tx.alarms.standing())}


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with keys and an empty database."""
    folder = tmp_path_factory.mktemp("alarms")
    create_keys(folder / "keys.json")
    upgrade(f"sqlite:///{folder / 'motcua.db'}")
    return folder


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(template: Path, tmp_path: Path, clock: Clock) -> Iterator[Switched]:
    shutil.copy(template / "motcua.db", tmp_path)
    made = Switched(open_store(f"sqlite:///{tmp_path / 'motcua.db'}", template / "keys.json", clock=clock))
    yield made
    made.close()
