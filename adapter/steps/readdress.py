"""Corrections of owner or phone that passed a message by while it was on the wire or counted as sent."""

from adapter.core import mapping, routing
from adapter.core.obligations import Policy
from adapter.errors import RecordError
from adapter.model import Act, Delivery, Dossier, Message, Rulebook
from adapter.ports import Tx
from adapter.steps import contacts, remake


def remembered(tx: Tx, delivery: Delivery, rulebook: Rulebook) -> Dossier | None:
    """The dossier of a delivery as last read, under today's mapping; None when it cannot be read."""
    known = tx.dossiers.remembered([delivery.message.dossier_id]).get(delivery.message.dossier_id)
    if known is None:
        return None
    try:
        return mapping.read(known.record, rulebook)
    except RecordError:
        return None


def passed_by(tx: Tx, delivery: Delivery, rulebook: Rulebook, policy: Policy) -> list[Act]:
    """A PENDING message made anew when it would go a way that its dossier, as it is now, does not give any more.

    Gives the acts to write down; none when it may go as it is, or when its dossier cannot be read.
    """
    dossier = remembered(tx, delivery, rulebook)
    if dossier is None:
        return []
    contact = contacts.gather(tx, [dossier])[0]
    afresh = routing.afresh(delivery.message, dossier, rulebook, contact, policy=policy, now=tx.now)
    if isinstance(afresh, Message) and delivery.route in afresh.routes:
        return []
    return remake.remake(tx, delivery, dossier, rulebook, contact, policy=policy, due_at=delivery.due_at)
