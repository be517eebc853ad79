"""A scene for each test: on SQLite (``scene``), or on both databases where the database could matter (``either``)."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.faults.scene import Scene
from tests.faults.scene import scene as staged
from tests.faults.table import Row, rows
from tests.postgres import fresh_database, url_of
from tests.towns import town

NUMBERS = count()


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Row:
    """The row of the operators' table that the test is marked with."""
    marker = request.node.get_closest_marker("fault")
    return rows()[marker.args[0]]


@pytest.fixture
def scene(tmp_path: Path, row: Row) -> Iterator[Scene]:
    with town(tmp_path) as place, staged(place, row) as made:
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated, empty database; empty for SQLite, whose file the town makes itself."""
    if request.param == "sqlite":
        yield ""
        return
    engine, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_template")
    with fresh_database(engine, f"motcua_{os.getpid()}_faults_{next(NUMBERS)}", template) as name:
        yield url_of(name)


@pytest.fixture
def either(tmp_path: Path, database: str, row: Row) -> Iterator[Scene]:
    """The same on both databases."""
    with town(tmp_path, database=database) as place, staged(place, row) as made:
        yield made
