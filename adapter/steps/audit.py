"""What auditors ask: does the ledger verify, do the books balance? Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from adapter.core import balance as books
from adapter.core import seals
from adapter.model import DeliveryState, Entry, EntryId, Seal
from adapter.ports import Store

BATCH = 2000

GRACE = timedelta(minutes=1)
"""An entry this young may still be in a transaction elsewhere when we look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a verification found."""

    sealed: int
    root: str  #: RFC 9162 root over all seals, hex
    unsealed: int  #: entries that wait for their place
    oldest_unsealed: datetime | None
    breaks: tuple[seals.Break, ...]
    strays: tuple[EntryId, ...]  #: entries that stand neither sealed nor waiting

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong. Before the first copy outside, that binds no administrator (DESIGN 9)."""
        return not self.breaks and not self.strays


def verify(store: Store) -> Verdict:
    """Re-read every seal and every body, in order, and compute the root."""
    tree, found, after = seals.Tree(), list[seals.Break](), 0
    while rows := _sealed(store, after):
        found += seals.breaks(after, rows, tree)
        after = rows[-1][0].seq
    snapshot = store.read(lambda tx: tx.snapshot())
    strays = store.read(lambda tx: tx.ledger.strays(tx.now - GRACE, BATCH))
    return Verdict(
        sealed=after,
        root=tree.root().hex(),
        unsealed=snapshot.unsealed,
        oldest_unsealed=snapshot.oldest_unsealed,
        breaks=tuple(found),
        strays=tuple(strays),
    )


def _sealed(store: Store, after: int) -> list[tuple[Seal, Entry | None]]:
    return store.read(lambda tx: tx.ledger.sealed(after, BATCH))


def balance(store: Store, day: date | None) -> books.Sheet:
    """The balance of one Vietnam civil day, or of everything, recomputed from the ledger and held against the tables.

    Entries and rows are read in pages, so a message that moves meanwhile may show as a difference: look again.
    """
    book = books.Book(day.isoformat() if day else None)
    for entry in _entries(store):
        book.take(entry)
    return book.close(_rows(store))


def _entries(store: Store) -> Iterator[Entry]:
    page = _entry_page(store, EntryId(""))
    while page:
        yield from page
        page = _entry_page(store, page[-1].id)


def _entry_page(store: Store, after: EntryId) -> list[Entry]:
    return store.read(lambda tx: tx.ledger.entries(books.KINDS, after, BATCH))


def _rows(store: Store) -> Iterator[tuple[str, DeliveryState | None]]:
    page = _row_page(store, "")
    while page:
        yield from page
        page = _row_page(store, page[-1][0])


def _row_page(store: Store, after: str) -> list[tuple[str, DeliveryState | None]]:
    return store.read(lambda tx: tx.outbox.states(after, BATCH))
