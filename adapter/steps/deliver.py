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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from adapter.core import calendar, outcome, windows
from adapter.core.moving import PROBE_EVERY
from adapter.model import (
    Cause,
    Channel,
    ClaimOrder,
    Delivery,
    Limit,
    Pause,
    PauseScope,
    Priority,
    Refused,
    Rulebook,
    SendingMode,
    Settled,
)
from adapter.ports import Alarm, Channels, Store, Tx
from adapter.steps import accounts, duty, punctual
from adapter.steps.line import Line
from adapter.steps.settle import Consequence, doubt, settle

log = logging.getLogger(__name__)

NOT_HANDED_OVER = "not-handed-over"

GATHER = 0.005
"""Seconds to gather answers after the first; DESIGN 5 allows 50 ms. What comes during a commit gathers by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """What a sender works with."""

    store: Store
    channels: Channels
    rulebook: Rulebook
    alarm: Alarm
    owner: str
    mode: SendingMode
    allow: frozenset[str]
    limits: Mapping[Channel, tuple[Limit, ...]]
    reserved_slots: int
    lease_seconds: float
    unknown_wait: timedelta
    line: Line  #: the sender's own, the same in every turn


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
    if not settled and not (free and delivering.store.read(lambda tx: tx.outbox.waits())):
        return Turn()  # an idle sender writes nothing: a commit each second would keep the disk awake
    spread = random.random()  # noqa: S311 - spreads retries, guards nothing

    def work(tx: Tx) -> tuple[list[Delivery], Consequence, int, float]:
        began = time.monotonic()
        consequence = _settle(tx, delivering, settled, spread)
        doubted = doubt(tx, delivering.rulebook, delivering.unknown_wait)
        return _claim(tx, delivering, free), consequence, doubted, began

    claimed, consequence, doubted, began = delivering.store.write("deliver.turn", work)
    done = Turn(settled=len(settled), claimed=len(claimed), doubted=doubted)
    settled.clear()
    settled += _hand_over(delivering, claimed, time.monotonic() - began)
    _tell(delivering, consequence, doubted)
    return done


def finish(delivering: Delivering, seconds: float, unwritten: Sequence[Settled] = ()) -> int:
    """Before stopping: wait for what is on the wire, settle it, claim nothing. Gives how many answers came."""
    settled = [*unwritten, *delivering.channels.drain(seconds)]
    if settled:
        consequence = delivering.store.write("deliver.finish", lambda tx: _settle(tx, delivering, settled, 0.0))
        _tell(delivering, consequence, 0)
    return len(settled)


def _hand_over(delivering: Delivering, claimed: list[Delivery], passed: float) -> list[Settled]:
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
    if delivering.mode is SendingMode.OFF:
        return False
    return punctual.punctual(delivering.store, delivering.alarm, delivering.owner)


def _settle(tx: Tx, delivering: Delivering, settled: Sequence[Settled], spread: float) -> Consequence:
    if not settled:
        return Consequence()
    daily = next((limit for limit in delivering.limits[Channel.PHONE] if limit.per == "day"), None)
    wait, rulebook = delivering.unknown_wait, delivering.rulebook
    consequence = settle(tx, settled, rulebook, unknown_wait=wait, daily=daily, spread=spread)
    return replace(consequence, paused=consequence.paused + delivering.line.pause(tx, settled))


def _claim(tx: Tx, delivering: Delivering, free: int) -> list[Delivery]:
    """Claim for each channel in turn, cheapest first, what slots, pauses and allowance let through."""
    claimed: list[Delivery] = []
    pauses = tx.pauses.standing() if free > 0 else []
    if free <= 0 or any(pause.scope is PauseScope.ALL for pause in pauses):
        return claimed
    for channel in Channel:
        order = ClaimOrder(
            owner=delivering.owner,
            lease_seconds=delivering.lease_seconds,
            channel=channel,
            limit=free - len(claimed),
            lowest=Priority.REPLY,
            paused=tuple(pause for pause in pauses if pause.scope is not PauseScope.CHANNEL),
        )
        whole = next((pause for pause in pauses if pause.scope is PauseScope.CHANNEL and pause.name == channel), None)
        claimed += _in_turn(tx, order, delivering) if whole is None else _probe(tx, order, delivering, whole)
    return _allowed(tx, delivering, claimed)


def _in_turn(tx: Tx, order: ClaimOrder, delivering: Delivering) -> list[Delivery]:
    """Codes and replies from all that is free; then, unless it is quiet, the rest from what is not reserved."""
    claimed = _within_allowance(tx, order, delivering)
    if _is_quiet(tx, delivering):
        return claimed
    room = order.limit - len(claimed) - delivering.reserved_slots
    rest = _within_allowance(tx, replace(order, limit=room, lowest=Priority.NOTICE), delivering)
    left = room - len(rest)
    if left > 0 and any(limit.cap for limit in delivering.limits[order.channel]):
        # The notices may have come to the end of their share, not the urgent ones of theirs.
        rest += _within_allowance(tx, replace(order, limit=left, lowest=Priority.URGENT), delivering)
    return claimed + rest


def _is_quiet(tx: Tx, delivering: Delivering) -> bool:
    return calendar.is_quiet(tx.now, delivering.rulebook.calendar)


def _probe(tx: Tx, order: ClaimOrder, delivering: Delivering, pause: Pause) -> list[Delivery]:
    """One message may try whether a pause that an answer brought is over."""
    if pause.probe_at is None or pause.probe_at > tx.now:
        return []
    lowest = Priority.REPLY if _is_quiet(tx, delivering) else Priority.NOTICE
    claimed = _within_allowance(tx, replace(order, limit=min(order.limit, 1), lowest=lowest), delivering)
    if claimed:
        tx.pauses.probing(PauseScope.CHANNEL, order.channel, tx.now + PROBE_EVERY)
    return claimed


def _within_allowance(tx: Tx, order: ClaimOrder, delivering: Delivering) -> list[Delivery]:
    granted = max(order.limit, 0)
    reserved: list[tuple[Limit, int]] = []
    for limit in delivering.limits[order.channel]:
        if granted and limit.cap:
            share = usable(limit, order.lowest)
            granted = tx.allowances.reserve(share, granted, urgent=order.lowest <= Priority.REPLY)
            reserved.append((limit, granted))
    claimed = tx.outbox.claim(replace(order, limit=granted)) if granted else []
    for limit, taken in reserved:
        if taken > len(claimed):
            tx.allowances.give_back(limit, taken - len(claimed))
    return claimed


def usable(limit: Limit, lowest: Priority) -> Limit:
    """What a claim may use: notices leave as much again as codes and replies have to themselves.

    Else twenty thousand of them would use a minute up within seconds, and an urgent message wait for the next one.
    """
    return replace(limit, reserved=2 * limit.reserved) if lowest is Priority.NOTICE else limit


def _allowed(tx: Tx, delivering: Delivering, claimed: list[Delivery]) -> list[Delivery]:
    """In allow-list mode nobody else is told, whatever was routed before the mode was set: those are cancelled."""
    if delivering.mode is SendingMode.ON:
        return claimed
    moment = windows.moment(tx.now, delivering.rulebook.calendar)
    barred = [d for d in claimed if d.route.address.value not in delivering.allow]
    moves = [
        (delivery, move)
        for delivery in barred
        if (move := outcome.decide(delivery.standing, Cause.STOPPED, moment, code="not_allowed"))
    ]
    tx.ledger.write(accounts.delivery_acts(moves, tx.outbox.move(moves) if moves else frozenset()))
    return [delivery for delivery in claimed if delivery not in barred]


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
