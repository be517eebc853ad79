"""What time alone brings about: expiry, the end of waiting for proof, lapses, and the fate of what was sent.

Each function is one short round, safe to run twice and on several machines; the daemon runs them every few seconds.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from adapter.core import outcome, routing, windows
from adapter.core.calendar import vietnam_day
from adapter.core.obligations import Policy
from adapter.model import (
    Cause,
    Delivery,
    DeliveryState,
    Limit,
    Message,
    MessageId,
    Move,
    Rulebook,
    Skipped,
)
from adapter.ports import Alarm, Channels, Store, Tx
from adapter.steps import accounts, contacts, duty, epoch, readdress
from adapter.steps.overtaken import overtaken

log = logging.getLogger(__name__)

ROUND = 200
"""How many deliveries one round looks at."""

ASK_FOR = timedelta(hours=12)
"""How long after sending Zalo is asked for the fate of a message of which it says nothing."""

ASKING_SECONDS = 50.0
"""One machine asks after fates for so long, then another may; the daemon's rounds are a minute apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tending:
    """What the rounds work with."""

    store: Store
    channels: Channels
    rulebook: Rulebook
    policy: Policy
    alarm: Alarm
    owner: str
    limits: Sequence[Limit]  #: what asking uses up, as sending by phone does
    lapse_margin: timedelta


def expire(tending: Tending) -> int:
    """What is too late to help anybody is not sent any more."""

    def work(tx: Tx) -> int:
        late = tx.outbox.too_late(ROUND)
        return _move_all(tx, late, Cause.TOO_LATE, tending.rulebook)

    return tending.store.write("tend.expire", work)


def resolve_unknown(tending: Tending) -> int:
    """UNKNOWN ones whose wait is over: a reminder with a key of its own, or left alone, as the rule says."""

    def work(tx: Tx) -> tuple[int, int, date]:
        # Locked, and looked at once more: a late answer, or another machine's round, may have come to them first.
        locked = tx.outbox.get([delivery.id for delivery in tx.outbox.wait_over(ROUND)])
        over = [d for d in locked if d.standing.state is DeliveryState.UNKNOWN and not d.standing.given_up]
        reminders = [_remind(tx, delivery, tending) for delivery in over]
        tx.outbox.dealt_with([delivery.id for delivery in over])
        return len(over), sum(reminders), vietnam_day(tx.now)

    over, reminded, day = tending.store.write("tend.unknown", work)
    if over:
        duty.unknown_left(tending.alarm, day, over)
        log.warning("tend.unknown", extra={"count": over, "reminded": reminded})
    return over


def _remind(tx: Tx, delivery: Delivery, tending: Tending) -> bool:
    dossier = readdress.remembered(tx, delivery, tending.rulebook)
    if dossier is None:
        return False
    contact = contacts.gather(tx, [dossier])[0]
    made = routing.reminder(delivery.message, dossier, tending.rulebook, contact, policy=tending.policy, now=tx.now)
    if made is None:
        return False
    if isinstance(made, Skipped):
        tx.outbox.file("", tending.rulebook.source.name, [], [made])
    else:
        tx.outbox.file_due([made], tx.now)
    tx.ledger.write([accounts.reminder_act(made, delivery.id, tx.now)])
    return isinstance(made, Message)


def confirm(tending: Tending) -> int:
    """Ask what became of phone messages past their template's timeout: arrived, or dropped and uncharged (LAPSED).

    Zalo says "pushed, not on the phone" for ever of a dropped message (zalo.md 3.2), so only after the timeout and a
    margin does it mean dropped. No word at all may be a network or a token that is away, so it is asked again, but
    not longer than ``ASK_FOR``: what Zalo does not know by then it will not learn.
    """
    store = tending.store
    asked = {delivery.id: delivery for delivery in store.write("tend.ask", lambda tx: _to_ask(tx, tending))}
    if not asked:
        return 0
    fates = tending.channels.arrived([(delivery.id, delivery.reference) for delivery in asked.values()])

    def work(tx: Tx) -> int:
        # The word is about the message that was asked after; one sent again meanwhile has another reference.
        deliveries = [d for d in tx.outbox.get([*fates]) if d.reference == asked[d.id].reference]
        arrived = [delivery for delivery in deliveries if fates[delivery.id] is True]
        dropped = [delivery for delivery in deliveries if fates[delivery.id] is False]
        done = _move_all(tx, arrived, Cause.ARRIVED, tending.rulebook)
        done += _move_all(tx, dropped, Cause.DROPPED, tending.rulebook)
        _onward(tx, [delivery.id for delivery in dropped], tending)
        unsaid = [d for d in deliveries if fates[d.id] is None]
        tx.outbox.dealt_with([d.id for d in unsaid if not d.sent_at or d.sent_at + ASK_FOR <= tx.now])
        return done

    return store.write("tend.confirm", work)


def _onward(tx: Tx, ids: Sequence[MessageId], tending: Tending) -> None:
    """Another way for what lapsed, unless a newer message has overtaken it meanwhile."""
    rulebook = tending.rulebook
    _move_all(tx, tx.outbox.get(ids), Cause.ONWARD, rulebook)
    waiting = [d for d in tx.outbox.get(ids) if d.standing.state is DeliveryState.PENDING]
    _move_all(tx, [d for d in waiting if overtaken(tx, d, rulebook)], Cause.OVERTAKEN, rulebook)
    for delivery in tx.outbox.get(ids):
        if delivery.standing.state is DeliveryState.PENDING:
            tx.ledger.write(readdress.passed_by(tx, delivery, rulebook, tending.policy))
    doubtful = [d for d in tx.outbox.get(ids) if epoch.may_have_gone_on(tx, d.sent_at)]
    _move_all(tx, doubtful, Cause.SURGE, rulebook, code=epoch.RESTORED)


def _to_ask(tx: Tx, tending: Tending) -> list[Delivery]:
    """What to ask after in this round: one machine asks at a time, and every question counts as a call to Zalo."""
    overdue = _overdue(tx, tending.lapse_margin)
    if not overdue or tx.leases.take("confirm", tending.owner, ASKING_SECONDS) is None:
        return []
    for limit in tending.limits:
        if limit.cap and limit.per == "minute":  # a day's quota counts messages, not questions
            overdue = overdue[: tx.allowances.reserve(limit, len(overdue), urgent=False)]
    return overdue


def _overdue(tx: Tx, margin: timedelta) -> list[Delivery]:
    """What was sent so long ago that its template's timeout and the margin are over, oldest first."""
    return [
        delivery
        for delivery in tx.outbox.undelivered(tx.now - margin, ROUND)
        if delivery.sent_at and delivery.sent_at + timedelta(seconds=delivery.route.timeout_seconds) + margin <= tx.now
    ]


def _move_all(tx: Tx, deliveries: Sequence[Delivery], cause: Cause, rulebook: Rulebook, code: str = "") -> int:
    moment = windows.moment(tx.now, rulebook.calendar)
    moves: list[tuple[Delivery, Move]] = [
        (delivery, move)
        for delivery in deliveries
        if (
            move := outcome.decide(
                delivery.standing, cause, moment, code=code or delivery.code, reference=delivery.reference
            )
        )
    ]
    moved = tx.outbox.move(moves) if moves else frozenset()
    tx.ledger.write(accounts.delivery_acts(moves, moved))
    return len(moved)
