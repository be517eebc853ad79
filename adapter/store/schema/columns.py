"""Column types that behave the same on SQLite and PostgreSQL, and short hands for the tables."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Column, Dialect, Integer, LargeBinary, MetaData, Text
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

MILLISECOND = timedelta(milliseconds=1)

BigKey = BigInteger().with_variant(Integer, "sqlite")
"""A counting primary key: SQLite counts only an INTEGER one up by itself."""

Sealed = LargeBinary
"""A column that holds personal data: ciphertext of ``store.cipher``, bound to its table, column and row."""


def milliseconds(moment: datetime | None) -> int | None:
    """An aware time as whole milliseconds since 1970; nothing stays nothing. Raises ValueError for a naive time."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("a naive time cannot be stored")
    return (moment - EPOCH) // MILLISECOND


def instant(value: int | None) -> datetime | None:
    """Whole milliseconds since 1970 as an aware UTC time; nothing stays nothing."""
    return None if value is None else EPOCH + timedelta(milliseconds=value)


class Instant(TypeDecorator[datetime]):
    """An aware UTC time, kept as whole milliseconds since 1970.

    SQLAlchemy's DateTime(timezone=True) drops the offset on SQLite (libraries.md 5); a number means the same on both
    databases, sorts by itself and is cheap. Refuses naive times. Microseconds are cut.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's hook
        """Aware time to milliseconds."""
        return milliseconds(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[int | None], datetime | None]:  # noqa: ARG002 - the same
        """Milliseconds to aware UTC time. Overridden whole: what wraps ``process_result_value`` costs as much again."""
        return instant


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def word(name: str, *, null: bool = False, key: bool = False) -> Column[str]:
    """A text column without personal data."""
    return Column(name, Text, nullable=null, primary_key=key)


def moment(name: str, *, null: bool = False) -> Column[object]:
    """A time column."""
    return Column(name, Instant, nullable=null)


def number(name: str, *, default: int | None = None) -> Column[int]:
    """A whole-number column."""
    return Column(name, Integer, nullable=False, server_default=None if default is None else str(default))
