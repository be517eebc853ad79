"""An unsent message made anew: for the right person after a change of owner or phone, or when a person lets it go."""

from datetime import datetime

from adapter.core import outcome, routing, windows
from adapter.core.obligations import Contact, Policy
from adapter.model import Act, Cause, Delivery, DeliveryState, Dossier, Message, Move, Rulebook
from adapter.ports import Tx
from adapter.steps import accounts


def remake(
    tx: Tx,
    delivery: Delivery,
    dossier: Dossier,
    rulebook: Rulebook,
    contact: Contact,
    *,
    policy: Policy,
    due_at: datetime | None,
    by: str = "motcua",
) -> list[Act]:
    """Decide a PENDING or HELD delivery afresh: a new revision, due then, or CANCELLED with the reason as its code.

    Gives the acts to write down; none when somebody else moved the delivery meanwhile.
    """
    afresh = routing.afresh(delivery.message, dossier, rulebook, contact, policy=policy, now=tx.now)
    if isinstance(afresh, Message):
        move = Move(to=DeliveryState.PENDING, cause=Cause.RELEASED, due_at=due_at, code="remade")
        return [accounts.delivery_act(delivery, move, by)] if tx.outbox.rebuild(delivery, afresh, due_at) else []
    moment = windows.moment(tx.now, rulebook.calendar)
    stopped = outcome.decide(delivery.standing, Cause.STOPPED, moment, code=afresh.reason)
    if stopped is None or delivery.id not in tx.outbox.move([(delivery, stopped)]):
        return []
    return [accounts.delivery_act(delivery, stopped, by)]
