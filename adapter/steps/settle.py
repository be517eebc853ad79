"""Answers of the channel become states, refusals, pauses and ledger entries. Part of a sender's turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapter.core import outcome, windows
from adapter.model import (
    Accepted,
    Act,
    Cause,
    Delivery,
    DeliveryState,
    Limit,
    Move,
    Pause,
    PauseScope,
    Refused,
    Rulebook,
    Settled,
)
from adapter.ports import Tx
from adapter.steps import accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What a turn's answers mean beyond their own messages, for alarms after the commit."""

    paused: tuple[Pause, ...] = ()
    resumed: tuple[str, ...] = ()  #: channels that send again
    held: tuple[str, ...] = ()  #: codes of messages that were held one by one
    unknown: int = 0


def settle(
    tx: Tx,
    settled: Sequence[Settled],
    rulebook: Rulebook,
    *,
    unknown_wait: timedelta,
    daily: Limit | None,
    spread: float,
) -> Consequence:
    """Write the answers down: each delivery moves by the state table, each attempt is kept.

    An answer for an attempt that has been followed by another is kept as an attempt; it moves the delivery only where
    the table lets a late word count.
    """
    tx.outbox.attempted(settled)
    deliveries = {delivery.id: delivery for delivery in tx.outbox.get([one.id for one in settled])}
    moves: list[tuple[Delivery, Move]] = []
    for place, one in enumerate(settled):
        delivery = deliveries.get(one.id)
        if delivery is None or _stale(delivery, one):
            continue
        move = _decided(delivery, one, tx.now, rulebook, (spread + place / len(settled)) % 1)
        if move is not None:
            moves.append((delivery, move))
    moved = tx.outbox.move(moves, tx.now + unknown_wait)
    tx.ledger.write(accounts.delivery_acts(moves, moved))
    _remember_refusals(tx, moves)
    if daily is not None and any(isinstance(o.answer, Accepted) and o.answer.quota_left == 0 for o in settled):
        tx.allowances.exhaust(daily)
    return _consequences(tx, [(delivery, move) for delivery, move in moves if delivery.id in moved], settled)


def doubt(tx: Tx, rulebook: Rulebook, unknown_wait: timedelta, limit: int = 200) -> int:
    """Deliveries whose lease ran out become UNKNOWN: their sender may have died after the citizen's phone rang."""
    moment = windows.moment(tx.now, rulebook.calendar)
    over = tx.outbox.lease_over(limit)
    moves = [(d, move) for d in over if (move := outcome.decide(d.standing, Cause.LEASE_OVER, moment, code="lease"))]
    moved = tx.outbox.move(moves, tx.now + unknown_wait) if moves else frozenset()
    tx.ledger.write(accounts.delivery_acts(moves, moved))
    return len(moved)


def _stale(delivery: Delivery, settled: Settled) -> bool:
    """A newer attempt is on the wire or has ended; only an acceptance of the older one still says something."""
    return delivery.attempt != settled.attempt and not isinstance(settled.answer, Accepted)


def _decided(delivery: Delivery, settled: Settled, now: datetime, rulebook: Rulebook, spread: float) -> Move | None:
    answer, moment = settled.answer, windows.moment(now, rulebook.calendar, spread)
    route = delivery.message.routes[delivery.standing.channel_index]
    if isinstance(answer, Accepted):
        return outcome.decide(delivery.standing, Cause.ACCEPTED, moment, reference=answer.reference)
    cause, retry_at = (answer.cause, answer.retry_at) if isinstance(answer, Refused) else (Cause.UNCLEAR, None)
    return outcome.decide(
        delivery.standing, cause, moment, template=route.template, code=answer.code, retry_at=retry_at
    )


def _remember_refusals(tx: Tx, moves: Sequence[tuple[Delivery, Move]]) -> None:
    refusals = [
        (route.address, route.channel, move.refusal_until, move.code)
        for delivery, move in moves
        if move.refusal_until is not None
        for route in (delivery.message.routes[delivery.standing.channel_index],)
    ]
    if refusals:
        tx.recipients.refuse(refusals)


def _consequences(tx: Tx, moves: Sequence[tuple[Delivery, Move]], settled: Sequence[Settled]) -> Consequence:
    pauses = {(move.pause.scope, move.pause.name): move.pause for _, move in moves if move.pause}
    paused = tuple(pause for pause in pauses.values() if tx.pauses.add(pause))
    tx.ledger.write([_pause_act(pause) for pause in paused])
    resumed = _resumed(tx, settled)
    held = tuple(move.code for _, move in moves if move.to is DeliveryState.HELD and move.pause is None)
    unknown = sum(move.to is DeliveryState.UNKNOWN for _, move in moves)
    return Consequence(paused=paused, resumed=resumed, held=held, unknown=unknown)


def _resumed(tx: Tx, settled: Sequence[Settled]) -> tuple[str, ...]:
    """Channels whose probe was accepted. What was on the wire already when the pause came proves nothing."""
    began: dict[str, datetime] = {}
    for one in settled:
        if isinstance(one.answer, Accepted):
            began[one.channel] = max(one.started_at, began.get(one.channel, one.started_at))
    over = [
        pause
        for pause in (tx.pauses.standing() if began else ())
        if pause.scope is PauseScope.CHANNEL and pause.probe_at and pause.name in began
        if began[pause.name] > pause.since
    ]
    resumed = tuple(pause.name for pause in over if tx.pauses.remove(pause.scope, pause.name))
    tx.ledger.write([_resume_act(name) for name in resumed])
    return resumed


def _pause_act(pause: Pause) -> Act:
    return Act(kind="pause", facts={"scope": pause.scope, "name": pause.name, "reason": pause.reason, "by": pause.by})


def _resume_act(name: str) -> Act:
    return Act(kind="resume", facts={"scope": PauseScope.CHANNEL, "name": name, "by": "motcua"})
