"""Which messages a sender's turn takes: for each channel what slots, pauses, hours and allowance let through."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    SendingMode,
)
from adapter.ports import Tx
from adapter.steps import accounts
from adapter.steps.delivering import Delivering

UNREADABLE = "unreadable"
"""The code of a message whose words and address do not open with our keys."""

_HELD = (Cause.CONTENT, UNREADABLE)
_BARRED = (Cause.STOPPED, "not_allowed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a claim brought."""

    to_send: Sequence[Delivery] = ()
    unreadable: int = 0  #: HELD instead: what cannot be read cannot be sent, and must not stand in the others' way


def claim(tx: Tx, delivering: Delivering, free: int) -> Taken:
    """Claim for each channel in turn, cheapest first, what slots, pauses and allowance let through."""
    claimed: list[Delivery] = []
    pauses = tx.pauses.standing() if free > 0 else []
    if free <= 0 or any(pause.scope is PauseScope.ALL for pause in pauses):
        return Taken()
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
    readable = _put_aside(tx, delivering, claimed, [d for d in claimed if not d.message.readable], _HELD)
    unreadable = len(claimed) - len(readable)
    if delivering.policy.mode is SendingMode.ON:
        return Taken(to_send=readable, unreadable=unreadable)
    # In allow-list mode nobody else is told, whatever was routed before the mode was set: those are cancelled.
    barred = [delivery for delivery in readable if delivery.route.address.value not in delivering.policy.allow]
    return Taken(to_send=_put_aside(tx, delivering, readable, barred, _BARRED), unreadable=unreadable)


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


def _put_aside(
    tx: Tx, delivering: Delivering, claimed: Sequence[Delivery], aside: Sequence[Delivery], why: tuple[Cause, str]
) -> list[Delivery]:
    """Give those aside another end than the wire, by the state table; gives the others."""
    if not aside:
        return list(claimed)
    moment = windows.moment(tx.now, delivering.rulebook.calendar)
    cause, code = why
    moves = [(d, move) for d in aside if (move := outcome.decide(d.standing, cause, moment, code=code))]
    tx.ledger.write(accounts.delivery_acts(moves, tx.outbox.move(moves)))
    return [delivery for delivery in claimed if delivery not in aside]
