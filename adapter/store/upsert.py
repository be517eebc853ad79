"""INSERT that knows what to do with a row that stands already, in the dialect of the connection."""

from collections.abc import Mapping
from typing import cast

from sqlalchemy import Connection, Dialect, Table, literal
from sqlalchemy.dialects import postgresql, sqlite


def insert(connection: Connection, table: Table) -> postgresql.Insert:
    """``INSERT`` with ``on_conflict_do_nothing`` and ``on_conflict_do_update``.

    SQLite took PostgreSQL's syntax over, and SQLAlchemy gives both the same methods, but in two classes without a
    common parent; the cast says "either".
    """
    return insert_for(connection.dialect, table)


def insert_for(dialect: Dialect, table: Table) -> postgresql.Insert:
    """The same, for a connection that is not at hand."""
    if dialect.name == "sqlite":
        return cast(postgresql.Insert, sqlite.insert(table))
    return postgresql.insert(table)


def insert_unless_there(connection: Connection, table: Table, row: Mapping[str, object]) -> bool:
    """Insert one row unless its key stands already; True when it was inserted.

    Told by RETURNING, because SQLAlchemy keeps no row count of an INSERT on PostgreSQL.
    """
    statement = insert(connection, table).values(row).on_conflict_do_nothing().returning(literal(1))
    return connection.execute(statement).first() is not None
