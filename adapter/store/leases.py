"""Who may be the only one (``ports.Leases``)."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, case, func, or_, select, update

from adapter.errors import LeaseLostError
from adapter.model import Lease
from adapter.store.cipher import Cipher
from adapter.store.schema import leases
from adapter.store.upsert import insert

NOBODY = ""


class SqlLeases:
    """Leases in SQL. A row outlives its lease, so that the fencing number never falls."""

    def __init__(self, connection: Connection, cipher: Cipher, now: datetime) -> None:
        self._connection = connection
        self._cipher = cipher
        self._now = now

    def take(self, name: str, owner: str, seconds: float) -> Lease | None:
        """Take or renew in one statement; None when another holds it.

        The same owner keeps its fencing number, even past the end: nobody else has held the lease in between.
        """
        if not owner:
            raise ValueError("a lease needs an owner")
        statement = insert(self._connection, leases).values(
            name=name, owner=owner, fence=1, expires_at=self._now + timedelta(seconds=seconds)
        )
        mine = leases.c.owner == statement.excluded.owner
        # What was given back is free whatever the time: the clock may have been set back since.
        free = or_(leases.c.owner == NOBODY, leases.c.expires_at <= self._now)
        taken = statement.on_conflict_do_update(
            index_elements=[leases.c.name],
            set_={
                "owner": statement.excluded.owner,
                "expires_at": statement.excluded.expires_at,
                "fence": leases.c.fence + case((mine, 0), else_=1),
            },
            where=or_(mine, free),
        ).returning(leases.c.fence, leases.c.expires_at)
        row = self._connection.execute(taken).one_or_none()
        return None if row is None else Lease(name=name, owner=owner, fence=row.fence, expires_at=row.expires_at)

    def check(self, lease: Lease) -> None:
        """Raise LeaseLostError unless it is ours; where it is, nobody can take it before this transaction ends."""
        standing = (
            select(leases.c.name)
            .where(leases.c.name == lease.name, leases.c.owner == lease.owner, leases.c.fence == lease.fence)
            .with_for_update(read=True)
        )
        if self._connection.execute(standing).one_or_none() is None:
            raise LeaseLostError(f"the lease {lease.name} is held by another process by now")

    def drop(self, lease: Lease) -> None:
        """Give it back; one that is no longer ours is left alone."""
        self._connection.execute(
            update(leases)
            .where(leases.c.name == lease.name, leases.c.owner == lease.owner, leases.c.fence == lease.fence)
            .values(owner=NOBODY, expires_at=self._now)
        )

    def last_end(self, prefix: str) -> datetime | None:
        """The latest end of any lease whose name begins so."""
        ends = select(func.max(leases.c.expires_at)).where(leases.c.name.startswith(prefix, autoescape=True))
        last: datetime | None = self._connection.execute(ends).scalar_one()
        return last

    def held(self) -> list[Lease]:
        """Every lease that somebody holds now, by name."""
        return held(self._connection, self._now)


def held(connection: Connection, now: datetime) -> list[Lease]:
    """Every lease that somebody holds at a moment, by name."""
    standing = select(leases).where(leases.c.owner != NOBODY, leases.c.expires_at > now)
    rows = connection.execute(standing.order_by(leases.c.name))
    return [Lease(name=row.name, owner=row.owner, fence=row.fence, expires_at=row.expires_at) for row in rows]
