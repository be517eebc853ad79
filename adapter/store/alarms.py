"""Alarms that stand, and who was told of them (``ports.Alarms``)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select, update

from adapter.model import AlarmState, Raised, Telling
from adapter.store.cipher import Cipher
from adapter.store.schema import alarms, tellings
from adapter.store.upsert import insert, insert_unless_there


class SqlAlarms:
    """Alarms in SQL, one row while one stands; and one for each outlet that was told of it, or is still to be told."""

    def __init__(self, connection: Connection, cipher: Cipher, now: datetime) -> None:
        self._connection = connection
        self._cipher = cipher
        self._now = now

    def raise_once(self, key: str, sentence: str) -> bool:
        """Note an alarm; a standing one keeps its sentence and its age."""
        row = {"key": key, "sentence": sentence, "since": self._now}
        return insert_unless_there(self._connection, alarms, row)

    def clear(self, key: str) -> bool:
        """Note that it is over."""
        return self._connection.execute(delete(alarms).where(alarms.c.key == key)).rowcount == 1

    def standing(self) -> list[Raised]:
        """The alarms that stand, oldest first."""
        rows = self._connection.execute(select(alarms).order_by(alarms.c.since, alarms.c.key))
        return [Raised(key=row.key, sentence=row.sentence, since=row.since) for row in rows]

    def owe(self, key: str, state: AlarmState, sentence: str, outlets: Iterable[str], due_at: datetime) -> None:
        """Note that these outlets are to be told, in the place of what they were told or owed of this alarm."""
        for outlet in outlets:
            values = {"state": state, "sentence": sentence, "told": False, "tries": 0, "due_at": due_at}
            row = insert(self._connection, tellings).values(key=key, outlet=outlet, **values)
            self._connection.execute(
                row.on_conflict_do_update(index_elements=[tellings.c.key, tellings.c.outlet], set_=values)
            )

    def owed(self, outlets: Iterable[str], given_up: datetime) -> list[Telling]:
        """What these outlets are to be told by now, longest due first."""
        old = delete(tellings).where(tellings.c.state == AlarmState.CLEARED, tellings.c.due_at < given_up)
        self._connection.execute(old)
        due = select(tellings).where(
            tellings.c.told.is_(False), tellings.c.outlet.in_([*outlets]), tellings.c.due_at <= self._now
        )
        rows = self._connection.execute(due.order_by(tellings.c.due_at, tellings.c.key, tellings.c.outlet))
        return [_telling(row) for row in rows]

    def untold(self) -> list[Telling]:
        """All that is owed."""
        owed = select(tellings).where(tellings.c.told.is_(False)).order_by(tellings.c.key, tellings.c.outlet)
        return [_telling(row) for row in self._connection.execute(owed)]

    def put_off(self, telling: Telling, due_at: datetime) -> bool:
        """Count a try and note the next one; guarded, so that of several processes one tries."""
        tried = (
            update(tellings)
            .where(
                *_row(telling.key, telling.state),
                tellings.c.outlet == telling.outlet,
                tellings.c.told.is_(False),
                tellings.c.tries == telling.tries,
            )
            .values(tries=telling.tries + 1, due_at=due_at)
        )
        return self._connection.execute(tried).rowcount == 1

    def told(self, key: str, state: AlarmState, outlets: Iterable[str]) -> None:
        """Note that they know; of an end nothing need be kept."""
        these = (*_row(key, state), tellings.c.outlet.in_([*outlets]))
        known = delete(tellings) if state is AlarmState.CLEARED else update(tellings).values(told=True)
        self._connection.execute(known.where(*these))

    def heard(self, key: str) -> frozenset[str]:
        """Who knows that it stands."""
        known = select(tellings.c.outlet).where(*_row(key, AlarmState.RAISED), tellings.c.told.is_(True))
        return frozenset(self._connection.execute(known).scalars())

    def forget(self, key: str) -> None:
        """Nobody knows of it, nobody is to be told that it stands."""
        self._connection.execute(delete(tellings).where(*_row(key, AlarmState.RAISED)))


def _telling(row: Row[Any]) -> Telling:
    state = AlarmState(row.state)
    return Telling(key=row.key, outlet=row.outlet, state=state, sentence=row.sentence, tries=row.tries)


def _row(key: str, state: AlarmState) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return tellings.c.key == key, tellings.c.state == state
