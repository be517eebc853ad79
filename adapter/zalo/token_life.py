"""How long a token pair lives and what an answer of the token endpoint makes of it. Pure: no clock, no store."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from adapter.model import TokenPair, TokenState
from adapter.zalo.oauth import Denied, Granted, NoAnswer, Outcome

ACCESS_LIFE: Final = timedelta(seconds=90_000)
"""25 hours (zalo.md 1.3)."""

FIRST_BACK_OFF: Final = timedelta(minutes=1)
LONGEST_BACK_OFF: Final = timedelta(hours=1)


def granted_pair(granted: Granted, generation: int, asked_at: datetime) -> TokenPair:
    """The pair as Zalo granted it; its life is counted from the question, so never too long, nor above 25 hours."""
    seconds = min(granted.seconds, ACCESS_LIFE.total_seconds())
    return TokenPair(
        access=granted.access,
        refresh=granted.refresh,
        issued_at=asked_at,
        expires_at=asked_at + timedelta(seconds=seconds),
        generation=generation,
    )


def pasted_pair(access: str, refresh: str, generation: int, now: datetime) -> TokenPair:
    """A pair from Zalo's API Explorer, which does not say how old it is: half of its life is taken as gone."""
    half = ACCESS_LIFE / 2
    return TokenPair(access=access, refresh=refresh, issued_at=now - half, expires_at=now + half, generation=generation)


def after(outcome: Outcome, marked: TokenPair, *, doubtful: bool, asked_at: datetime) -> TokenPair:
    """What becomes of a pair marked REFRESHING.

    ``doubtful``: an earlier request with the same refresh token never got its answer, so that one which provably
    never left does not make the pair FRESH again.
    """
    match outcome:
        case Granted():
            return granted_pair(outcome, marked.generation + 1, asked_at)
        case Denied():
            return replace(marked, state=TokenState.LOST, refreshing_since=None)
        case NoAnswer(never_left=True) if not doubtful:
            return replace(marked, state=TokenState.FRESH, refreshing_since=None)
        case NoAnswer():
            return marked


def is_due(pair: TokenPair, now: datetime) -> bool:
    """Whether the pair wants refreshing: half of its life is gone, or an earlier refresh was left in doubt."""
    return pair.state is TokenState.REFRESHING or now >= pair.issued_at + _life(pair) / 2


def nearly_over(pair: TokenPair, now: datetime) -> bool:
    """Whether less than a quarter of the access token's life is left."""
    return now >= pair.expires_at - _life(pair) / 4


def back_off(pair: TokenPair, now: datetime) -> timedelta:
    """How long to leave Zalo in peace after no answer: as long as the doubt has lasted, a minute to an hour."""
    doubt = now - (pair.refreshing_since or now)
    return min(max(doubt, FIRST_BACK_OFF), LONGEST_BACK_OFF)


def _life(pair: TokenPair) -> timedelta:
    return pair.expires_at - pair.issued_at
