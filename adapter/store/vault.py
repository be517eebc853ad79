"""The token pair (``ports.Vault``)."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from adapter.model import TokenPair, TokenState
from adapter.store.cipher import Cipher
from adapter.store.schema import tokens
from adapter.store.upsert import insert_unless_there


class SqlVault:
    """Tokens in SQL, sealed, one row per app."""

    def __init__(self, connection: Connection, cipher: Cipher, now: datetime) -> None:
        self._connection = connection
        self._cipher = cipher
        self._now = now

    def load(self, app: str) -> TokenPair | None:
        """The pair, or None."""
        row = self._connection.execute(select(tokens).where(tokens.c.app == app)).one_or_none()
        if row is None:
            return None
        return TokenPair(
            access=self._cipher.open("tokens.access", app, row.access).decode(),
            refresh=self._cipher.open("tokens.refresh", app, row.refresh).decode(),
            issued_at=row.issued_at,
            expires_at=row.expires_at,
            generation=row.generation,
            state=TokenState(row.state),
            refreshing_since=row.refreshing_since,
        )

    def save(self, app: str, pair: TokenPair, expected_generation: int | None) -> bool:
        """Store a pair in place of the expected generation, in one guarded statement."""
        values = {
            "access": self._cipher.seal("tokens.access", app, pair.access),
            "refresh": self._cipher.seal("tokens.refresh", app, pair.refresh),
            "issued_at": pair.issued_at,
            "expires_at": pair.expires_at,
            "generation": pair.generation,
            "state": pair.state,
            "refreshing_since": pair.refreshing_since,
        }
        if expected_generation is None:
            return insert_unless_there(self._connection, tokens, {"app": app, **values})
        mine = (tokens.c.app == app, tokens.c.generation == expected_generation)
        return self._connection.execute(update(tokens).where(*mine).values(**values)).rowcount == 1
