"""Databases of one test's own on the PostgreSQL that tests use (MOTCUA_TEST_POSTGRES)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine, make_url

SERVER = os.environ.get("MOTCUA_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")


@contextmanager
def server() -> Iterator[Engine]:
    """A connection to the server itself, for making and dropping databases."""
    engine = create_engine(psycopg_url(SERVER), isolation_level="AUTOCOMMIT")
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def fresh_database(engine: Engine, name: str, template: str = "template1") -> Iterator[str]:
    """A database by this name, dropped again afterwards; gives the name."""
    create(engine, name, template)
    try:
        yield name
    finally:
        drop(engine, name)


def create(engine: Engine, name: str, template: str) -> None:
    """Make a database as a copy of another."""
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        # No test pulls the plug of the server, so none needs to wait for its disk.
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")


def drop(engine: Engine, name: str) -> None:
    """Drop a database, whoever is still connected."""
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def url_of(name: str) -> str:
    return make_url(SERVER).set(database=name).render_as_string(hide_password=False)


def psycopg_url(url: str) -> str:
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
