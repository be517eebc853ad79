"""The sequencer: gives new ledger entries their place. Leased, so that there is one order for everybody (DESIGN 9)."""

from adapter.core import seals
from adapter.model import Seal
from adapter.ports import Store, Tx

LEASE_SECONDS = 30.0
BATCH = 2000


def seal(store: Store, owner: str) -> int:
    """Seal what has been written since the last time, at most one batch; 0 also when another machine is at it."""

    def work(tx: Tx) -> int:
        if tx.leases.take("seal", owner, LEASE_SECONDS) is None:
            return 0
        entries = tx.ledger.unsealed(BATCH)
        head = tx.ledger.head()
        placed = enumerate(entries, start=head + 1)
        tx.ledger.seal([Seal(seq=seq, entry=entry.id, leaf=seals.leaf(entry.body)) for seq, entry in placed])
        return len(entries)

    if not store.read(lambda tx: tx.ledger.unsealed(1)):
        return 0
    return store.write("seal", work)


def last(store: Store, owner: str) -> None:
    """Before stopping: seal what is left and give the lease back, so that another machine goes on at once."""

    def work(tx: Tx) -> None:
        lease = tx.leases.take("seal", owner, LEASE_SECONDS)
        if lease is not None:
            tx.leases.drop(lease)

    while seal(store, owner):
        pass
    store.write("seal.drop", work)
