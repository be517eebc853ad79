"""Named counters: one process asks another for something (``reload``) by counting it up."""

from typing import Final

from sqlalchemy import Connection, bindparam, select

from adapter.store.schema import requests
from adapter.store.upsert import insert


def bump(connection: Connection, name: str) -> int:
    """Count up by one and give the new count."""
    statement = insert(connection, requests).values(name=name, count=1)
    counted = statement.on_conflict_do_update(
        index_elements=[requests.c.name], set_={"count": requests.c.count + 1}
    ).returning(requests.c.count)
    new: int = connection.execute(counted).scalar_one()
    return new


def count(connection: Connection, name: str) -> int:
    """The count; 0 when it was never asked for."""
    return connection.execute(_COUNT, {"asked": name}).scalar() or 0


_COUNT: Final = select(requests.c.count).where(requests.c.name == bindparam("asked"))
"""Made once: every daemon asks twice a second, and making a statement costs more than running this one."""
