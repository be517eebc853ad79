"""A sender's turn: settle the answers that came, claim what fits, commit, and only then hand it to the channel.

1. Wait for answers, without a transaction. The first one opens a short gathering, so that one commit serves many.
2. In one write: settle them; deliveries whose lease ran out become UNKNOWN; reserve allowance; claim at most as many
   deliveries as there are free slots, under a lease of twice the longest send.
3. After the commit hand the claimed ones to the channel.

A process killed anywhere leaves at most its claimed deliveries in doubt, and nothing is sent that was not written down.
"""

import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from adapter.model import Cause, Channel, Delivery, PauseScope, Refused, SendingMode, Settled
from adapter.ports import Tx
from adapter.steps import duty, punctual
from adapter.steps.claim import Taken, claim
from adapter.steps.delivering import Delivering
from adapter.steps.settle import Consequence, doubt, settle

log = logging.getLogger(__name__)

NOT_HANDED_OVER = "not-handed-over"

GATHER = 0.005
"""Seconds to gather answers after the first; DESIGN 5 allows 50 ms. What comes during a commit gathers by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one turn did."""

    settled: int = 0
    claimed: int = 0
    doubted: int = 0


def turn(delivering: Delivering, wait: float, unwritten: list[Settled] | None = None) -> Turn:
    """One turn. Waits at most ``wait`` seconds for answers when something is on the wire.

    ``unwritten`` keeps answers from one turn to the next until a commit has them: when the store is away (StoreError)
    they are still there for the turn that finds it again.
    """
    settled = unwritten if unwritten is not None else []
    come = delivering.channels.answers(0.0 if settled else wait, GATHER)
    delivering.line.hear(come)
    settled += come
    free = delivering.channels.free() if _may_claim(delivering) else 0
    if not settled and not delivering.store.read(lambda tx: tx.outbox.overdue() or (free > 0 and tx.outbox.waits())):
        return Turn()  # an idle sender writes nothing: a commit each second would keep the disk awake
    spread = random.random()  # noqa: S311 - spreads retries, guards nothing

    def work(tx: Tx) -> tuple[Taken, Consequence, int, float]:
        began = time.monotonic()
        consequence = _settle(tx, delivering, settled, spread)
        doubted = doubt(tx, delivering.rulebook, delivering.unknown_wait)
        return claim(tx, delivering, free), consequence, doubted, began

    taken, consequence, doubted, began = delivering.store.write("deliver.turn", work)
    done = Turn(settled=len(settled), claimed=len(taken.to_send), doubted=doubted)
    settled.clear()
    settled += _hand_over(delivering, taken.to_send, time.monotonic() - began)
    _tell(delivering, consequence, doubted)
    if taken.unreadable:
        duty.message_unreadable(delivering.alarm)
    return done


def finish(delivering: Delivering, seconds: float, unwritten: Sequence[Settled] = ()) -> int:
    """Before stopping: wait for what is on the wire, settle it, claim nothing. Gives how many answers came."""
    settled = [*unwritten, *delivering.channels.drain(seconds)]
    if settled:
        consequence = delivering.store.write("deliver.finish", lambda tx: _settle(tx, delivering, settled, 0.0))
        _tell(delivering, consequence, 0)
    return len(settled)


def _hand_over(delivering: Delivering, claimed: Sequence[Delivery], passed: float) -> list[Settled]:
    """Give what was claimed to the channel; what must not go any more comes back as never sent.

    A machine that stood still since its claim may have lost its lease, and others have given its messages up. It sends
    nothing then, and says so while they still wait for proof; later than that nobody asks any more.
    """
    if passed < delivering.lease_seconds / 2:
        delivering.channels.send(claimed)
        return []
    log.warning("deliver.late", extra={"count": len(claimed)})
    if passed >= delivering.unknown_wait.total_seconds():
        return []
    answer, now = Refused(cause=Cause.NEVER_LEFT, code=NOT_HANDED_OVER), datetime.now(UTC)
    return [
        Settled(
            delivery=delivery,
            answer=answer,
            started_at=now,
            finished_at=now,
        )
        for delivery in claimed
    ]


def _may_claim(delivering: Delivering) -> bool:
    if delivering.policy.mode is SendingMode.OFF:
        return False
    return punctual.punctual(delivering.store, delivering.alarm, delivering.owner)


def _settle(tx: Tx, delivering: Delivering, settled: Sequence[Settled], spread: float) -> Consequence:
    if not settled:
        return Consequence()
    daily = next((limit for limit in delivering.limits[Channel.PHONE] if limit.per == "day"), None)
    wait, rulebook, policy = delivering.unknown_wait, delivering.rulebook, delivering.policy
    consequence = settle(tx, settled, rulebook, policy=policy, unknown_wait=wait, daily=daily, spread=spread)
    return replace(consequence, paused=consequence.paused + delivering.line.pause(tx, settled))


def _tell(delivering: Delivering, consequence: Consequence, doubted: int) -> None:
    alarm = delivering.alarm
    delivering.line.tell(alarm, delivering.owner)
    for pause in consequence.paused:
        duty.paused(alarm, pause)
    for channel in consequence.resumed:
        duty.resumed(alarm, PauseScope.CHANNEL, channel)
    for code in dict.fromkeys(consequence.held):
        duty.message_held(alarm, code)
    if consequence.unknown or doubted:
        log.warning("deliver.unknown", extra={"count": consequence.unknown + doubted})
