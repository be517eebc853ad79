"""A migrated database for each test, and an empty fleet on it."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine

from adapter.store.migrate import upgrade
from tests.machines.fleet import Fleet, fleet
from tests.postgres import fresh_database, server, url_of

NUMBERS = count()


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with server() as made:
        yield made


@pytest.fixture(scope="session")
def template(engine: Engine) -> Iterator[str]:
    """A migrated database to copy."""
    with fresh_database(engine, f"motcua_{os.getpid()}_machines") as name:
        upgrade(url_of(name))
        yield name


@pytest.fixture
def url(engine: Engine, template: str) -> Iterator[str]:
    with fresh_database(engine, f"motcua_{os.getpid()}_machines_{next(NUMBERS)}", template) as name:
        yield url_of(name)


@pytest.fixture
def machines(tmp_path: Path, url: str) -> Iterator[Fleet]:
    with fleet(tmp_path, url) as made:
        yield made
