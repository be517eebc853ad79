"""Refused tokens: is it the token that is old, or the account that is wrong?"""

import threading
from datetime import datetime, timedelta

from adapter.model import Cause

FRESH_FOR = timedelta(minutes=10)
"""A new token refused within this time after the one before it is not the token's fault."""

_REMEMBERED = 8


class Refusals:
    """Judges each refused token once. Safe for many threads; keeps no more than the last few tokens, in memory only."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._verdicts: dict[str, Cause] = {}
        self._last: datetime | None = None

    def judge(self, token: str, now: datetime) -> Cause:
        """TOKEN for a token that simply died; ACCOUNT when its predecessor was refused only minutes ago.

        The same token always gets the same verdict, so that thirty messages on the wire count as one refusal.
        """
        with self._guard:
            if token not in self._verdicts:
                again = self._last is not None and now - self._last < FRESH_FOR
                self._verdicts[token] = Cause.ACCOUNT if again else Cause.TOKEN
                self._last = now
                while len(self._verdicts) > _REMEMBERED:
                    del self._verdicts[next(iter(self._verdicts))]
            return self._verdicts[token]
