"""Many rows with one statement: SQLAlchemy writes the statement once, the driver takes the rows as they are.

SQLAlchemy prepares the parameters of every row anew, which for small rows costs several times what the database needs
for them (measured in ``tests/benchmarks``: ingest). The only type of ours that must be turned is ``Instant``; text,
numbers, truth and bytes both drivers take themselves.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Executable, Table
from sqlalchemy.sql.compiler import SQLCompiler

from adapter.store.schema.columns import Instant, milliseconds
from adapter.store.upsert import insert_for

Row = Mapping[str, Any]


def insert_many(connection: Connection, table: Table, rows: Sequence[Row], *, keep: bool = False) -> int:
    """Insert rows that all name the same columns; gives how many were inserted. ``keep``: one that stands is left.

    Columns that no row names get the server's default. Raises IntegrityError for a row that stands already, unless
    ``keep``.
    """
    return execute_many(connection, _insert(connection.dialect, table, keep=keep), rows)


def execute_many(connection: Connection, statement: Executable, rows: Sequence[Row]) -> int:
    """Run one INSERT or UPDATE for every row; gives how many rows of the table it met, all together.

    Each row gives all parameters of the statement and the same ones, as the drivers know them: an Enum as its
    ``value``. The statement is kept, so it must be one that is made once.
    """
    if not rows:
        return 0
    text, prepare = _prepared(connection.dialect, statement, tuple(rows[0]))
    return connection.exec_driver_sql(text, [prepare(row) for row in rows]).rowcount


@lru_cache(maxsize=64)
def _insert(dialect: Dialect, table: Table, *, keep: bool) -> Executable:
    plain = insert_for(dialect, table)
    return plain.on_conflict_do_nothing() if keep else plain


@lru_cache(maxsize=128)
def _prepared(dialect: Dialect, statement: Any, names: tuple[str, ...]) -> tuple[str, Callable[[Row], Any]]:
    compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=list(names))
    timed = {name for name, bound in compiled.binds.items() if isinstance(bound.type, Instant)}
    if compiled.positiontup is None:
        return str(compiled), lambda row: {**row, **{name: milliseconds(row[name]) for name in timed}}
    return str(compiled), _by_place(compiled.positiontup, timed)


def _by_place(names: Sequence[str], timed: Collection[str]) -> Callable[[Row], Sequence[Any]]:
    """Parameters by place, as SQLite takes them."""
    if len(names) == 1:
        return lambda row: (milliseconds(row[names[0]]) if timed else row[names[0]],)
    in_order = itemgetter(*names)
    times = [place for place, name in enumerate(names) if name in timed]

    def ordered(row: Row) -> tuple[Any, ...]:
        values = list(in_order(row))
        for place in times:
            values[place] = milliseconds(values[place])
        return tuple(values)

    return ordered if times else in_order
