"""Where sending stands still (``ports.Pauses``)."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, delete, select, update

from adapter.model import Pause, PauseScope
from adapter.store.cipher import Cipher
from adapter.store.schema import pauses
from adapter.store.upsert import insert, insert_unless_there

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
        return [_pause(row) for row in self._connection.execute(_STANDING)]

    def add(self, pause: Pause) -> bool:
        """Pause a scope; a standing pause is left as it is."""
        self._standing = None
        return insert_unless_there(self._connection, pauses, _values(pause))

    def order(self, pause: Pause) -> Pause | None:
        """Pause a scope in the place of any pause that stands; gives that one."""
        self._standing = None
        standing = select(pauses).where(*_row(pause.scope, pause.name)).with_for_update()
        former = self._connection.execute(standing).one_or_none()
        values = _values(pause)
        key = [pauses.c.scope, pauses.c.name]
        ordered = insert(self._connection, pauses).values(values)
        self._connection.execute(ordered.on_conflict_do_update(index_elements=key, set_=values))
        return None if former is None else _pause(former)

    def remove(self, scope: PauseScope, name: str) -> bool:
        """Resume a scope."""
        self._standing = None
        return self._connection.execute(delete(pauses).where(*_row(scope, name))).rowcount == 1

    def probed(self, scope: PauseScope, name: str) -> bool:
        """Resume a scope that a probe may resume; a person's pause is left alone, even one ordered a moment ago."""
        self._standing = None
        ended = delete(pauses).where(*_row(scope, name), pauses.c.probe_at.is_not(None))
        return self._connection.execute(ended).rowcount == 1

    def probing(self, scope: PauseScope, name: str, next_probe: datetime) -> None:
        """Note when the next probe may run; a person's pause gets none."""
        self._standing = None
        probed = update(pauses).where(*_row(scope, name), pauses.c.probe_at.is_not(None))
        self._connection.execute(probed.values(probe_at=next_probe))


def _pause(row: Row[Any]) -> Pause:
    return Pause(
        scope=PauseScope(row.scope),
        name=row.name,
        reason=row.reason,
        by=row.by,
        since=row.since,
        probe_at=row.probe_at,
    )


def _values(pause: Pause) -> dict[str, object]:
    return {
        "scope": pause.scope,
        "name": pause.name,
        "reason": pause.reason,
        "by": pause.by,
        "since": pause.since,
        "probe_at": pause.probe_at,
    }


def _row(scope: PauseScope, name: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return pauses.c.scope == scope, pauses.c.name == name
