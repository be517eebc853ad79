"""The engine on the desk, over SQLite, and over both databases where it matters (``either``)."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from adapter.core import mapping
from adapter.model import Rulebook
from adapter.store import open_store
from adapter.store.cipher import create_keys
from adapter.store.migrate import upgrade
from tests.fakes import Clock
from tests.postgres import fresh_database, server, url_of
from tests.steps.desk import Desk, without_quiet_hours

SET = Path(__file__).parents[2] / "mappings" / "vinhphuc"


@pytest.fixture(scope="session")
def set_files() -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in SET.glob("*.yaml")}


@pytest.fixture(scope="session")
def real_rulebook(set_files: dict[str, str]) -> Rulebook:
    """The mapping set of the first province, quiet hours and all."""
    rulebook, problems = mapping.load(set_files, str(SET))
    assert rulebook is not None, "\n".join(map(str, problems))
    return rulebook


@pytest.fixture(scope="session")
def rulebook(real_rulebook: Rulebook) -> Rulebook:
    return without_quiet_hours(real_rulebook)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database and a set of keys."""
    folder = tmp_path_factory.mktemp("desk")
    create_keys(folder / "keys.json")
    upgrade(f"sqlite:///{folder / 'template.db'}")
    return folder


@pytest.fixture(scope="session")
def postgres_desk() -> Iterator[tuple[Engine, str]]:
    """The server, and the name of a migrated, empty database to copy."""
    with server() as engine, fresh_database(engine, f"motcua_{os.getpid()}_desk") as name:
        upgrade(url_of(name))
        yield engine, name


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, files: Path, clock: Clock, rulebook: Rulebook) -> Iterator[Desk]:
    """On SQLite. At the end of every test the books must balance and the ledger must verify."""
    shutil.copy(files / "template.db", tmp_path / "motcua.db")
    yield from _opened(f"sqlite:///{tmp_path / 'motcua.db'}", files, clock, rulebook)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def either(
    request: pytest.FixtureRequest, tmp_path: Path, files: Path, clock: Clock, rulebook: Rulebook
) -> Iterator[Desk]:
    """The same on both databases."""
    if request.param == "sqlite":
        shutil.copy(files / "template.db", tmp_path / "motcua.db")
        yield from _opened(f"sqlite:///{tmp_path / 'motcua.db'}", files, clock, rulebook)
        return
    engine, template = request.getfixturevalue("postgres_desk")
    with fresh_database(engine, f"{template}_one", template) as name:
        yield from _opened(url_of(name), files, clock, rulebook)


def _opened(url: str, files: Path, clock: Clock, rulebook: Rulebook) -> Iterator[Desk]:
    store = open_store(url, files / "keys.json", clock=clock)
    try:
        desk = Desk(store, clock, rulebook)
        yield desk
        desk.close()
    finally:
        store.close()
