"""Answers of the channel become states, refusals, pauses and ledger entries. Part of a sender's turn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adapter.core import outcome, windows
from adapter.core.calendar import vietnam_day
from adapter.core.obligations import Policy
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
from adapter.steps import accounts, readdress
from adapter.steps.overtaken import superseded

BEFORE_THE_WIRE = timedelta(minutes=1)
"""More than passes between a claim and its send (``deliver._hand_over``), and the two clocks may be apart besides."""


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
    policy: Policy,
    unknown_wait: timedelta,
    daily: Limit | None,
    spread: float,
) -> Consequence:
    """Write the answers down: each delivery moves by the state table, each attempt is kept.

    An answer for an attempt that has been followed by another is kept as an attempt; it moves the delivery only where
    the table lets a late word count.
    """
    tx.outbox.attempted(settled)
    moves = _Settling(tx, rulebook, tx.now + unknown_wait, settled, spread).moves()
    tx.ledger.write([accounts.delivery_act(delivery, move) for delivery, move in moves])
    _remember_refusals(tx, moves)
    tx.ledger.write(_passed_by(tx, moves, settled, rulebook, policy))
    last = [o for o in settled if isinstance(o.answer, Accepted) and o.answer.quota_left == 0]
    if daily is not None and any(_of_today(one, tx.now) for one in last):
        tx.allowances.exhaust(daily)
    return _consequences(tx, moves, settled)


class _Settling:
    """The moves that a turn's answers bring."""

    def __init__(
        self, tx: Tx, rulebook: Rulebook, unknown_until: datetime, settled: Sequence[Settled], spread: float
    ) -> None:
        self._tx, self._unknown_until, self._settled = tx, unknown_until, settled
        self._spread = {id(one): (spread + place / len(settled)) % 1 for place, one in enumerate(settled)}
        self._moment = windows.moment(tx.now, rulebook.calendar)

    def moves(self) -> list[tuple[Delivery, Move]]:
        """Decide and apply; gives what moved.

        Nearly every delivery stands as it was claimed. The others are read anew: somebody decided meanwhile.
        """
        latest = {one.id: one for one in sorted(self._settled, key=lambda one: one.attempt)}
        moved = self._apply((one, one.delivery) for one in latest.values())
        done = {delivery.id for delivery, _ in moved}
        late = [one for one in self._settled if one.id not in done or latest[one.id] is not one]
        if not late:
            return moved
        standing = {delivery.id: delivery for delivery in self._tx.outbox.get([one.id for one in late])}
        found = ((one, standing[one.id]) for one in late if one.id in standing)
        return moved + self._apply((one, delivery) for one, delivery in found if not _stale(delivery, one))

    def _apply(self, answered: Iterable[tuple[Settled, Delivery]]) -> list[tuple[Delivery, Move]]:
        moves = [(delivery, move) for one, delivery in answered if (move := self._decided(one, delivery)) is not None]
        moved = self._tx.outbox.move(moves, self._unknown_until) if moves else frozenset()
        return [(delivery, move) for delivery, move in moves if delivery.id in moved]

    def _decided(self, one: Settled, delivery: Delivery) -> Move | None:
        answer = one.answer
        if isinstance(answer, Accepted):
            return outcome.decide(delivery.standing, Cause.ACCEPTED, self._moment, reference=answer.reference)
        moment = replace(self._moment, spread=self._spread[id(one)])
        if not _of_today(one, moment.now):
            moment = replace(moment, tomorrow=windows.midnight(moment.now))  # the next day's quota is this day's
        cause, retry_at = (answer.cause, answer.retry_at) if isinstance(answer, Refused) else (Cause.UNCLEAR, None)
        template = delivery.route.template
        return outcome.decide(delivery.standing, cause, moment, template=template, code=answer.code, retry_at=retry_at)


def _passed_by(
    tx: Tx, moves: Sequence[tuple[Delivery, Move]], settled: Sequence[Settled], rulebook: Rulebook, policy: Policy
) -> list[Act]:
    """What came back from the wire and would go once more, where its dossier was read anew meanwhile.

    Overtaken by what was read, it is superseded; corrected, it is made anew. While it was on the wire neither could be.
    """
    back = {delivery.id: delivery for delivery, move in moves if move.to is DeliveryState.PENDING}
    if not back:
        return []
    began = min(one.started_at for one in settled) - BEFORE_THE_WIRE
    read = tx.dossiers.seen_since({delivery.message.dossier_id for delivery in back.values()}, began)
    ids = [id_ for id_, delivery in back.items() if delivery.message.dossier_id in read]
    acts: list[Act] = []
    for delivery in tx.outbox.get(ids) if ids else ():
        acts += superseded(tx, delivery, rulebook) or readdress.passed_by(tx, delivery, rulebook, policy)
    return acts


def doubt(tx: Tx, rulebook: Rulebook, unknown_wait: timedelta, limit: int = 200) -> int:
    """Deliveries whose lease ran out become UNKNOWN: their sender may have died after the citizen's phone rang."""
    moment = windows.moment(tx.now, rulebook.calendar)
    over = tx.outbox.lease_over(limit)
    moves = [(d, move) for d in over if (move := outcome.decide(d.standing, Cause.LEASE_OVER, moment, code="lease"))]
    moved = tx.outbox.move(moves, tx.now + unknown_wait) if moves else frozenset()
    tx.ledger.write(accounts.delivery_acts(moves, moved))
    return len(moved)


def _of_today(one: Settled, now: datetime) -> bool:
    """Whether an answer came today: one of yesterday's, kept while the store was away, says nothing of this quota."""
    return vietnam_day(one.finished_at) >= vietnam_day(now)


def _stale(delivery: Delivery, settled: Settled) -> bool:
    """A newer attempt is on the wire or has ended; only an acceptance of the older one still says something."""
    return delivery.attempt != settled.attempt and not isinstance(settled.answer, Accepted)


def _remember_refusals(tx: Tx, moves: Sequence[tuple[Delivery, Move]]) -> None:
    refusals = [
        (delivery.route.address, delivery.route.channel, move.refusal_until, move.code)
        for delivery, move in moves
        if move.refusal_until is not None
    ]
    if refusals:
        tx.recipients.refuse(refusals)


def _consequences(tx: Tx, moves: Sequence[tuple[Delivery, Move]], settled: Sequence[Settled]) -> Consequence:
    pauses = {(move.pause.scope, move.pause.name): move.pause for _, move in moves if move.pause}
    paused = tuple(pause for pause in pauses.values() if tx.pauses.add(pause))
    tx.ledger.write([accounts.pause_act(pause) for pause in paused])
    resumed = _resumed(tx, settled)
    held = tuple(move.code for _, move in moves if move.to is DeliveryState.HELD and move.pause is None)
    unknown = sum(move.to is DeliveryState.UNKNOWN for _, move in moves)
    return Consequence(paused=paused, resumed=resumed, held=held, unknown=unknown)


def _resumed(tx: Tx, settled: Sequence[Settled]) -> tuple[str, ...]:
    """Channels whose probe was accepted, unless a person stopped them. What was on the wire before proves nothing."""
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
    resumed = tuple(pause.name for pause in over if tx.pauses.probed(pause.scope, pause.name))
    tx.ledger.write([_resume_act(name) for name in resumed])
    return resumed


def _resume_act(name: str) -> Act:
    return Act(kind="resume", facts={"scope": PauseScope.CHANNEL, "name": name, "by": "motcua"})
