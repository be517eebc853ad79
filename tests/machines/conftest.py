"""A migrated database for each test, and an empty fleet on it."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.machines.fleet import Fleet, fleet
from tests.postgres import fresh_database, url_of

NUMBERS = count()


@pytest.fixture
def url(postgres_server: Engine, postgres_template: str) -> Iterator[str]:
    with fresh_database(postgres_server, f"motcua_{os.getpid()}_machines_{next(NUMBERS)}", postgres_template) as name:
        yield url_of(name)


@pytest.fixture
def machines(tmp_path: Path, url: str) -> Iterator[Fleet]:
    with fleet(tmp_path, url) as made:
        yield made
