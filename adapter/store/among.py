"""``column IN (these values)``, however many they are, as one parameter.

SQLAlchemy's own ``in_`` writes a parameter for each value and prepares each of them anew, which for a page of records
costs more than the database needs to find them; and a statement takes a bounded number of parameters. SQLite is given
the values as a JSON array, PostgreSQL as an array of its own.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Text, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from adapter.store.jsons import compact


class _Texts(TypeDecorator[Collection[str]]):
    """Many texts as one parameter."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """An array where the database has one."""
        return postgresql.ARRAY(Text()) if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: Collection[str] | None, dialect: Dialect) -> object:
        """The values in the form that the statement of this database reads."""
        texts = list(value or ())
        return texts if dialect.name == "postgresql" else compact(texts).decode()


class among(FunctionElement[bool]):  # noqa: N801 - reads as an operator where it is used
    """Whether a text column holds one of some texts; of none it holds none.

    ``texts``: the values, or the name of a parameter that brings them each time a statement is run.
    """

    # Not Boolean: SQLAlchemy would write "(… IN …) = 1" for SQLite, which then reads the whole table.
    type = NullType()  # type: ignore[assignment]  # of a condition one expects Boolean
    inherit_cache = True

    def __init__(self, column: ColumnElement[str], texts: Collection[str] | str) -> None:
        named = bindparam(texts, type_=_Texts) if isinstance(texts, str) else bindparam(None, texts, type_=_Texts)
        super().__init__(column, named)


@compiles(among, "sqlite")
def _on_sqlite(element: among, compiler: SQLCompiler, **words: Any) -> str:
    column, texts = (compiler.process(part, **words) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"  # noqa: S608 - both parts are the compiler's own


@compiles(among, "postgresql")
def _on_postgresql(element: among, compiler: SQLCompiler, **words: Any) -> str:
    column, texts = (compiler.process(part, **words) for part in element.clauses)
    return f"{column} = ANY({texts})"
