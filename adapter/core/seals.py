"""Merkle seals of ledger entries (RFC 9162, 2.1), made and verified. Pure: bytes in, bytes out."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adapter.model import Entry, Seal


def leaf(body: bytes) -> bytes:
    """The leaf hash of an entry's canonical bytes: SHA-256 over 0x00 and the body."""
    return hashlib.sha256(b"\x00" + body).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256 over 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The root over leaves that come one by one, kept in memory that grows with the logarithm of their number."""

    def __init__(self) -> None:
        self._peaks: list[tuple[int, bytes]] = []

    def add(self, leaf_hash: bytes) -> None:
        """Take the next leaf: two whole subtrees of one height become one of the next."""
        height, subtree = 0, leaf_hash
        while self._peaks and self._peaks[-1][0] == height:
            subtree = node(self._peaks.pop()[1], subtree)
            height += 1
        self._peaks.append((height, subtree))

    def root(self) -> bytes:
        """The Merkle tree hash so far; of no leaves at all it is the hash of nothing."""
        if not self._peaks:
            return hashlib.sha256(b"").digest()
        root = self._peaks[-1][1]
        for _, peak in reversed(self._peaks[:-1]):
            root = node(peak, root)
        return root


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Where the ledger does not verify."""

    seq: int
    what: str  #: English; shown to auditors with the Vietnamese word for it


def breaks(after: int, rows: Sequence[tuple[Seal, Entry | None]], tree: Tree) -> Iterable[Break]:
    """What is wrong in a run of seals that should follow ``after``, adding each leaf to the tree.

    Re-reads every body: an altered body under an untouched seal is found, not only a broken sequence.
    """
    expected = after
    for seal, entry in rows:
        expected += 1
        if seal.seq > expected:
            yield Break(seq=expected, what=f"seals {expected} to {seal.seq - 1} are missing")
        elif seal.seq < expected:
            yield Break(seq=seal.seq, what=f"seal {seal.seq} stands out of order")
        expected = seal.seq
        if entry is None:
            yield Break(seq=seal.seq, what=f"entry {seal.entry} is missing")
        elif leaf(entry.body) != seal.leaf:
            yield Break(seq=seal.seq, what=f"entry {seal.entry} was altered")
        tree.add(seal.leaf)
