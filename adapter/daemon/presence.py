"""That a daemon is at work stands in the store, by lease: for ``motcua stop``, ``doctor`` and ``motcua db``."""

import logging
import os
import sys
from collections.abc import Iterable
from itertools import count

from adapter.errors import AdapterError
from adapter.model import Lease
from adapter.ports import Store, Tx
from adapter.steps import takeover

log = logging.getLogger(__name__)

PREFIX = takeover.DAEMON
LEASE_SECONDS = 60.0
RENEW_SECONDS = 20


class Presence:
    """One daemon's sign. Named by machine and number, so that restarts do not fill the table with names."""

    def __init__(self, store: Store, owner: str) -> None:
        self._store, self._owner = store, owner
        self._lease: Lease | None = None

    def show(self) -> None:
        """Say that this daemon is at work, for another minute. Raises StoreError."""
        self._lease = self._store.write("daemon.present", self._take)

    def withdraw(self) -> None:
        """Say that it has ended; a store that is away finds out by the lease."""
        lease, self._lease = self._lease, None
        if lease is None:
            return
        try:
            self._store.write("daemon.gone", lambda tx: tx.leases.drop(lease))
        except AdapterError as error:
            log.warning("daemon.sign_left", extra={"fault": type(error).__name__})

    def _take(self, tx: Tx) -> Lease:
        if self._lease is not None:
            mine = tx.leases.take(self._lease.name, self._owner, LEASE_SECONDS)
            if mine is not None:
                return mine
        host = self._owner.partition(":")[0]
        names = (f"{PREFIX}{host}:{number}" for number in count(1))
        return next(lease for name in names if (lease := tx.leases.take(name, self._owner, LEASE_SECONDS)))


def at_work(store: Store) -> list[str]:
    """The owners of the daemons that are at work on this store, as far as their leases tell."""
    return sorted(lease.owner for lease in signs(store.read(lambda tx: tx.leases.held())))


def signs(leases: Iterable[Lease]) -> list[Lease]:
    """Those among leases that daemons hold as the sign of being at work."""
    return [lease for lease in leases if lease.name.startswith(PREFIX)]


def alive(pid: int) -> bool:
    """Whether a process of this host still runs; when it cannot be told, it does (signal 0 would kill on Windows)."""
    if sys.platform == "win32":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
