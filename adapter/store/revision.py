"""At which revision of the tables a database stands, and which is the newest: asked at every start.

Without alembic, which takes as long to import as all the rest of the store; only ``migrate`` needs it.
"""

from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from adapter.errors import StoreError
from adapter.model import Lease
from adapter.store.engine import BEGIN_WITH, open_engines
from adapter.store.faults import told_as_store_errors
from adapter.store.leases import held
from adapter.store.transaction import read_clock

VERSIONS = Path(__file__).parent / "migrations" / "versions"

_STANDS = table("alembic_version", column("version_num"))
"""Kept by alembic: one row with the name of the revision; none before the first."""


def current(url: str) -> str | None:
    """The revision a database stands at; None for an empty one. Raises StoreError when there is none to be reached."""
    engines = open_engines(url)
    try:
        with told_as_store_errors("db revision"), engines.connect_reader() as connection, connection.begin():
            return _revision(connection)
    finally:
        engines.dispose()


def leases(url: str) -> list[Lease]:
    """Every lease that somebody holds in a database, at whatever revision and under whatever keys; none without any.

    Raises StoreError when there is no database to be reached.
    """
    engines = open_engines(url)
    try:
        with told_as_store_errors("db leases"), engines.connect_reader() as connection, connection.begin():
            return held(connection, read_clock(connection)) if inspect(connection).has_table("leases") else []
    finally:
        engines.dispose()


def known() -> list[str]:
    """Every revision this program knows, oldest first: each has a file of its name, numbered in their order."""
    return sorted(file.stem for file in VERSIONS.glob("[0-9]*.py"))


def head() -> str:
    """The newest revision this program knows."""
    revisions = known()
    assert revisions, "the wheel carries no migrations"
    return revisions[-1]


def require_head(connection: Connection) -> None:
    """Raise StoreError, saying what to do, unless the database stands at the newest revision."""
    stands = refuse_foreign(connection)
    if stands is None:
        raise StoreError(f"the database is empty; {BEGIN_WITH}")
    if stands != head():
        raise StoreError(f"the database stands at revision {stands}, not {head()}; run: motcua db upgrade")


def refuse_foreign(connection: Connection) -> str | None:
    """Where our own database stands, None for an empty one.

    Raises StoreError for one that is another program's, or newer than this one.
    """
    stands = _revision(connection)
    if stands is None and inspect(connection).get_table_names():
        raise StoreError("the database holds the tables of another program; give motcua a database of its own")
    if stands is not None and stands not in known():
        raise StoreError(
            f"the database stands at revision {stands}, which this version of motcua does not know: "
            "it belongs to a newer version or to another program"
        )
    return stands


def _revision(connection: Connection) -> str | None:
    """What alembic wrote down. Two rows are no state of ours: together they are a name that nobody knows."""
    if not inspect(connection).has_table(_STANDS.name):
        return None
    rows = connection.execute(select(_STANDS.c.version_num)).scalars()
    return " + ".join(sorted(rows)) or None
