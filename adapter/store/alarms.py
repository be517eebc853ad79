"""Alarms that stand (``ports.Alarms``)."""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from adapter.model import Raised
from adapter.store.cipher import Cipher
from adapter.store.schema import alarms
from adapter.store.upsert import insert_unless_there


class SqlAlarms:
    """Alarms in SQL, one row while one stands."""

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
