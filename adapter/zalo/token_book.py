"""The token pair in the store: who may refresh, and what is written down before and after. Speaks to no network.

Every write is guarded by the pair's generation, so that whoever comes late changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from adapter.model import Lease, TokenPair, TokenState
from adapter.ports import Store, Tx

LEASE_MARGIN_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The right to spend this pair's refresh token, written down as REFRESHING."""

    pair: TokenPair
    lease: Lease
    doubtful: bool  #: an earlier spending of this very refresh token never got its answer


class TokenBook:
    """One app's pair. ``request_seconds`` is the longest a token request can last; the lease outlives two of them."""

    def __init__(self, store: Store, app: str, owner: str, request_seconds: float) -> None:
        self._store = store
        self._app = app
        self._owner = owner
        self.request_seconds = request_seconds
        self._lease_seconds = 2 * request_seconds + LEASE_MARGIN_SECONDS

    def load(self) -> TokenPair | None:
        """The pair as it stands."""
        return self._store.read(lambda tx: tx.vault.load(self._app))

    def begin(self, generation: int, now: datetime) -> Begun | None:
        """Take the lease and mark the pair REFRESHING; None when another refreshes or has refreshed it."""

        def work(tx: Tx) -> Begun | None:
            lease = tx.leases.take(f"token:{self._app}", self._owner, self._lease_seconds)
            if lease is None:
                return None
            pair = tx.vault.load(self._app)
            if pair is None or pair.generation != generation or pair.state is TokenState.LOST:
                tx.leases.drop(lease)
                return None
            doubtful = pair.state is TokenState.REFRESHING
            since = pair.refreshing_since if doubtful else now
            marked = replace(pair, state=TokenState.REFRESHING, refreshing_since=since)
            return Begun(pair=marked, lease=lease, doubtful=doubtful) if self._save(tx, marked, generation) else None

        return self._store.write("token.begin", work)

    def end(self, begun: Begun, become: TokenPair) -> bool:
        """Put a pair in the place of the one begun, and give the lease back; False when another stands there."""

        def work(tx: Tx) -> bool:
            # Not under the lease's guard: if it ran out meanwhile, this answer still holds the only living pair.
            kept = self._save(tx, become, begun.pair.generation)
            tx.leases.drop(begun.lease)
            return kept

        return self._store.write("token.end", work)

    def replace(self, make: Callable[[int], TokenPair]) -> TokenPair:
        """Put a person's pair in the place of whatever stands; ``make`` is told the new generation."""

        def work(tx: Tx) -> TokenPair:
            old = tx.vault.load(self._app)
            pair = make(1 if old is None else old.generation + 1)
            self._save(tx, pair, None if old is None else old.generation)
            return pair

        return self._store.write("token.replace", work)

    def _save(self, tx: Tx, pair: TokenPair, expected: int | None) -> bool:
        return tx.vault.save(self._app, pair, expected)
