"""Epochs (``ports.Epochs``): what must not be sent again by a database that does not know what was sent before."""

from datetime import datetime

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from adapter.model import Delivery, Epoch, EpochKind
from adapter.store import deliveries as rows
from adapter.store.cipher import Cipher
from adapter.store.schema import deliveries, epochs
from adapter.store.states import HELD, PENDING, SENDING, UNKNOWN


class SqlEpochs:
    """Epochs in SQL, one row each."""

    def __init__(self, connection: Connection, cipher: Cipher, now: datetime) -> None:
        self._connection = connection
        self._cipher = cipher
        self._now = now

    def begin(self, kind: EpochKind) -> int:
        """Begin the next epoch now; gives its number."""
        before: int | None = self._connection.execute(select(func.max(epochs.c.number))).scalar()
        number = (before or 0) + 1
        self._connection.execute(insert(epochs).values(number=number, began_at=self._now, kind=kind))
        return number

    def present(self) -> Epoch | None:
        """The epoch that began last, by the clock: with one set back in between, the more careful of the two."""
        newest = select(epochs).order_by(epochs.c.began_at.desc(), epochs.c.number.desc()).limit(1)
        row = self._connection.execute(newest).one_or_none()
        return None if row is None else Epoch(number=row.number, began_at=row.began_at, kind=EpochKind(row.kind))

    def hold(self, code: str, limit: int) -> list[Delivery]:
        """Turn what is unsent to HELD with a code, at most ``limit`` at a time; gives them as they stand now."""
        unsent = or_(
            deliveries.c.state == PENDING,
            deliveries.c.state == SENDING,
            and_(deliveries.c.state == HELD, deliveries.c.code != code),
        )
        picked = select(deliveries.c.id).where(unsent).order_by(deliveries.c.id).limit(limit)
        held = (
            update(deliveries)
            .where(deliveries.c.id.in_(picked))
            .values(state=HELD, code=code, due_at=None, owner="", lease_until=None, moves=deliveries.c.moves + 1)
            .returning(deliveries.c.id)
        )
        return rows.load(self._connection, self._cipher, self._connection.execute(held).scalars())

    def leave_unknown(self) -> int:
        """Take every UNKNOWN delivery off ``wait_over``; gives how many."""
        waiting = (deliveries.c.state == UNKNOWN, ~deliveries.c.asked)
        return self._connection.execute(update(deliveries).where(*waiting).values(asked=True)).rowcount
