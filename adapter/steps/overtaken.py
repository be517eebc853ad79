"""What was on the wire, or counted as sent, when a newer message came, and comes back: it need not be said any more."""

from adapter.core import outcome, overtaking, windows
from adapter.model import Act, Cause, Delivery, DeliveryState, Filter, Rulebook, SkipReason
from adapter.ports import Tx
from adapter.steps import accounts, readdress

THEIRS = 200
"""So many messages of one dossier are looked at, newest first; no dossier has as many."""


_UNSENT = frozenset({DeliveryState.PENDING, DeliveryState.HELD})


def overtaken(tx: Tx, delivery: Delivery, rulebook: Rulebook) -> bool:
    """Whether a newer message of its lane makes this one needless (``core.overtaking``)."""
    event = delivery.message.event
    return any(overtaking.yields(event, newer.message.event) for newer in _newer(tx, delivery, rulebook))


def superseded(tx: Tx, delivery: Delivery, rulebook: Rulebook) -> list[Act]:
    """A PENDING message superseded where it is overtaken; an unsent recall of it, which nobody needs then, cancelled.

    Gives the acts to write down.
    """
    newer = _newer(tx, delivery, rulebook)
    event = delivery.message.event
    if not any(overtaking.yields(event, other.message.event) for other in newer):
        return []
    moot = [o for o in newer if o.standing.state in _UNSENT and overtaking.vanishes(o.message.event, {event})]
    moment = windows.moment(tx.now, rulebook.calendar)
    decided = [(delivery, outcome.decide(delivery.standing, Cause.OVERTAKEN, moment, code=delivery.code))]
    decided += [(other, outcome.decide(other.standing, Cause.STOPPED, moment, code=SkipReason.MOOT)) for other in moot]
    moves = [(one, move) for one, move in decided if move]
    return accounts.delivery_acts(moves, tx.outbox.move(moves))


def _newer(tx: Tx, delivery: Delivery, rulebook: Rulebook) -> list[Delivery]:
    dossier, message = readdress.remembered(tx, delivery, rulebook), delivery.message
    theirs = tx.outbox.find(Filter(code=dossier.code, limit=THEIRS)) if dossier else []
    return [one for one in theirs if one.message.lane == message.lane and one.message.position > message.position]
