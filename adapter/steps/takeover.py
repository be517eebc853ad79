"""After a crash: leases of dead processes are given back at once instead of being waited for.

An owner is named ``host:pid:chance`` (``wiring``). Only owners of our own host are judged, because only here can it be
known that a process is gone; those of other machines keep their leases until they run out.
"""

import logging
from collections.abc import Callable

from adapter.model import Lease
from adapter.ports import Store, Tx

log = logging.getLogger(__name__)

DAEMON = "daemon:"
"""The leases by which daemons say that they are at work begin so; their host's name comes next."""


def take_over(store: Store, owner: str, alive: Callable[[int], bool]) -> int:
    """Give back the leases of processes of this host that are gone; gives how many."""

    def work(tx: Tx) -> int:
        dead = left_behind(tx, owner, alive)
        for lease in dead:
            tx.leases.drop(lease)
        return len(dead)

    freed = store.write("takeover", work)
    if freed:
        log.info("takeover.leases", extra={"count": freed})
    return freed


def left_behind(tx: Tx, owner: str, alive: Callable[[int], bool]) -> list[Lease]:
    """The leases of processes of this host that are gone."""
    return [lease for lease in tx.leases.held() if gone(lease, owner, alive)]


def gone(lease: Lease, owner: str, alive: Callable[[int], bool]) -> bool:
    """Whether a lease's owner ran here and is gone. Our own pid under another name is an earlier container's."""
    host, pid, _ = owner.split(":")
    parts = lease.owner.split(":")
    if len(parts) != len(owner.split(":")) or parts[0] != host or lease.owner == owner:
        return False
    return parts[1] == pid or (parts[1].isdigit() and not alive(int(parts[1])))
