"""Where sending stands still (``ports.Pauses``)."""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, select, update

from adapter.model import Pause, PauseScope
from adapter.store.cipher import Cipher
from adapter.store.schema import pauses
from adapter.store.upsert import insert_unless_there

_STANDING: Final = select(pauses).order_by(pauses.c.since, pauses.c.scope, pauses.c.name)


class SqlPauses:
    """Pauses in SQL, one row per scope and name."""

    def __init__(self, connection: Connection, cipher: Cipher, now: datetime) -> None:
        self._connection = connection
        self._cipher = cipher
        self._now = now
        self._standing: list[Pause] | None = None  #: as this transaction read and left them; a turn asks twice

    def standing(self) -> list[Pause]:
        """All pauses, oldest first."""
        if self._standing is None:
            self._standing = self._read()
        return list(self._standing)

    def _read(self) -> list[Pause]:
        rows = self._connection.execute(_STANDING)
        return [
            Pause(
                scope=PauseScope(row.scope),
                name=row.name,
                reason=row.reason,
                by=row.by,
                since=row.since,
                probe_at=row.probe_at,
            )
            for row in rows
        ]

    def add(self, pause: Pause) -> bool:
        """Pause a scope; a standing pause is left as it is."""
        self._standing = None
        row = {
            "scope": pause.scope,
            "name": pause.name,
            "reason": pause.reason,
            "by": pause.by,
            "since": pause.since,
            "probe_at": pause.probe_at,
        }
        return insert_unless_there(self._connection, pauses, row)

    def remove(self, scope: PauseScope, name: str) -> bool:
        """Resume a scope."""
        self._standing = None
        return self._connection.execute(delete(pauses).where(*_row(scope, name))).rowcount == 1

    def probing(self, scope: PauseScope, name: str, next_probe: datetime) -> None:
        """Note when the next probe may run."""
        self._standing = None
        self._connection.execute(update(pauses).where(*_row(scope, name)).values(probe_at=next_probe))


def _row(scope: PauseScope, name: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return pauses.c.scope == scope, pauses.c.name == name
