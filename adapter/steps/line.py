"""The line to Zalo as a sender's answers show it: lost in a row, nobody there for minutes, back again."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from adapter.core.moving import PROBE_EVERY
from adapter.model import PROGRAM, Cause, Channel, Pause, PauseScope, Refused, Settled, Unclear
from adapter.ports import Alarm, Tx
from adapter.steps import accounts, duty

LOST_IN_A_ROW: Final = 10
"""So many answers lost one after the other, and the channel stands still: each further send would leave one more
citizen in doubt. Those on the wire at that moment come on top."""

AWAY_AFTER: Final = 2
"""A message that was turned back so often before, and is again without ever leaving, shows that Zalo is away. By the
waits between its tries that takes two and a half minutes: a shorter break rings nobody."""


class Line:
    """One sender's memory of its line; none of it is worth keeping. Not safe for several threads."""

    def __init__(self) -> None:
        self._lost: Counter[Channel] = Counter()
        self._heard: bool | None = None  #: since ``tell``: Zalo spoke, or proved to be away; None: neither
        self._rung: bool | None = None  #: whether it is told to be away; None: a process before us may have

    def hear(self, answers: Iterable[Settled]) -> None:
        """Take answers in, in the order in which they came, each once."""
        for one in answers:
            if isinstance(one.answer, Unclear):
                self._lost[one.channel] += 1
            elif not (isinstance(one.answer, Refused) and one.answer.cause is Cause.NEVER_LEFT):
                self._lost[one.channel] = 0
                self._heard = True
            elif one.delivery.standing.tries >= AWAY_AFTER and self._heard is None:
                self._heard = False

    def pause(self, tx: Tx, settled: Sequence[Settled]) -> tuple[Pause, ...]:
        """Pause the channels on which one of these answers was lost, after many in a row; gives the new pauses.

        As any pause that an answer brings it lets one message try every ten minutes, and ends when that is accepted.
        """
        lost = {one.channel for one in settled if isinstance(one.answer, Unclear)}
        silent = [channel for channel in Channel if channel in lost and self._lost[channel] >= LOST_IN_A_ROW]
        paused = tuple(pause for channel in silent if tx.pauses.add(pause := _silence(channel, tx)))
        tx.ledger.write([accounts.pause_act(pause) for pause in paused])
        return paused

    def tell(self, alarm: Alarm, owner: str) -> None:
        """Ring when nothing has left the house for minutes, and say when Zalo answers again."""
        away, self._heard = (None if self._heard is None else not self._heard), None
        if away is None or away is self._rung:
            return
        self._rung = away
        (duty.zalo_away if away else duty.zalo_back)(alarm, owner)


def _silence(channel: Channel, tx: Tx) -> Pause:
    return Pause(
        scope=PauseScope.CHANNEL,
        name=channel,
        reason=duty.NO_ANSWER,
        by=PROGRAM,
        since=tx.now,
        probe_at=tx.now + PROBE_EVERY,
    )
