"""Access and refresh tokens: one living pair per OA; refresh tokens are single use (zalo.md 1.3)."""

import secrets
from dataclasses import dataclass, field

from adapter.simulators.zalo.codes import Problem

ACCESS_SECONDS = 90_000
REFRESH_SECONDS = 90 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What one issue hands out."""

    access_token: str
    refresh_token: str


@dataclass(slots=True)
class _Life:
    issued: float
    ended: float | None = None


@dataclass(slots=True)
class TokenBook:
    """Every token ever issued. Issuing a pair, by refresh or by hand as in API Explorer, ends the one before."""

    rotations: int = 0
    current: Pair | None = None
    _access: dict[str, _Life] = field(default_factory=dict)
    _refresh: dict[str, _Life] = field(default_factory=dict)

    def issue(self, now: float, *, refresh_token: str | None = None) -> Pair:
        """Return a new pair (with a given refresh token if wanted) and end the previous pair at ``now``."""
        if self.current:
            self._access[self.current.access_token].ended = now
            self._refresh[self.current.refresh_token].ended = now
        # Real tokens are a few hundred characters: a column or header limit of ours should show here.
        self.current = Pair(
            access_token=secrets.token_urlsafe(180),
            refresh_token=refresh_token or secrets.token_urlsafe(180),
        )
        self._access[self.current.access_token] = _Life(now)
        self._refresh[self.current.refresh_token] = _Life(now)
        return self.current

    def refresh(self, token: str, now: float) -> Pair | None:
        """Spend ``token`` for a new pair; None when it is unknown, spent or older than 90 days."""
        life = self._refresh.get(token)
        if life is None or life.ended is not None or now - life.issued >= REFRESH_SECONDS:
            return None
        self.rotations += 1
        return self.issue(now)

    def problem(self, token: str | None, now: float, grace: float) -> Problem | None:
        """Return what is wrong with an access token, or None. ``grace`` seconds outlive a successor's birth."""
        life = self._access.get(token) if token else None
        if life is None:
            return Problem.TOKEN_UNKNOWN
        # A clock that a test sets back must not raise a dead token: hence the lower bound.
        superseded = life.ended is not None and not 0 <= now - life.ended < grace
        expired = now - life.issued >= ACCESS_SECONDS
        return Problem.TOKEN_STALE if superseded or expired else None
