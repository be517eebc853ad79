"""Change + rulebook + contact -> messages, or the reason why not. Knows no store, no clock, no network."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from adapter.core.obligations import PLACES, Contact, Obligation, Policy
from adapter.model import AfterUnknown, Change, Dossier, Event, Message, MessageId, Plan, Rule, Rulebook, Skipped

REMINDING = ".nhac"
"""Behind a rule's name: the reminder that it makes when a send stayed unknown."""


def plan(
    change: Change, dossier: Dossier, rulebook: Rulebook, contact: Contact, *, policy: Policy, now: datetime
) -> Plan:
    """Every obligation of one change, each as a message or as a skip with its reason."""
    speaking = [(event, rule) for event in change.events or (None,) for rule in _rules(event, change, rulebook)]
    outcomes = [
        Obligation(change, dossier, rulebook, contact, policy, now, event, rule, place).outcome()
        for place, (event, rule) in enumerate(speaking)
    ]
    return Plan(
        change=change,
        messages=tuple(outcome for outcome in outcomes if isinstance(outcome, Message)),
        skipped=tuple(outcome for outcome in outcomes if isinstance(outcome, Skipped)),
    )


def afresh(
    message: Message, dossier: Dossier, rulebook: Rulebook, contact: Contact, *, policy: Policy, now: datetime
) -> Message | Skipped:
    """The same obligation decided again with what is known and written now: a new revision, or the reason why not."""
    change = _change_of(message, dossier)
    rule = _named(rulebook, message.rule)
    outcome = Obligation(change, dossier, rulebook, contact, policy, now, message.event, rule, 0).outcome()
    if isinstance(outcome, Skipped):
        return replace(outcome, id=message.id)
    return replace(outcome, id=message.id, revision=message.revision + 1, position=message.position)


def reminder(
    message: Message, dossier: Dossier, rulebook: Rulebook, contact: Contact, *, policy: Policy, now: datetime
) -> Message | Skipped | None:
    """What to say because ``message`` stayed unknown (DESIGN 4.3): an obligation with a key of its own.

    None when the rule says to leave it, or when the dossier has moved on and the reminder would tell old news.
    """
    rule = _named(rulebook, message.rule)
    if rule is None or rule.after_unknown is not AfterUnknown.REMIND or dossier.event is not message.event:
        return None
    speaking = _named(rulebook, rule.name + REMINDING)
    change = _change_of(message, dossier)
    outcome = Obligation(change, dossier, rulebook, contact, policy, now, Event.REMINDER, speaking, 0).outcome()
    if isinstance(outcome, Skipped):
        return outcome
    return replace(outcome, position=_place(message, 500), follows_up=message.id)


def again(
    message: Message, dossier: Dossier, rulebook: Rulebook, contact: Contact, *, policy: Policy, now: datetime
) -> Message | Skipped:
    """The same thing said once more because a person decided so: a new obligation, its key made of the old one's."""
    outcome = afresh(message, dossier, rulebook, contact, policy=policy, now=now)
    key = key_of_again(message.id)
    if isinstance(outcome, Skipped):
        return replace(outcome, id=key)
    return replace(outcome, id=key, revision=1, position=_place(message, 900), follows_up=message.id)


def key_of_again(key: MessageId) -> MessageId:
    """The key of what is said once more, made of the key of what was said before."""
    return MessageId(hashlib.sha256(f"{key}.again".encode()).hexdigest()[:32])


def _named(rulebook: Rulebook, name: str) -> Rule | None:
    """A rule by name; with ``REMINDING`` behind it, the same rule speaking its reminder. None when it has neither."""
    rule = next((rule for rule in rulebook.rules if rule.name == name.removesuffix(REMINDING)), None)
    if rule is None or not name.endswith(REMINDING):
        return rule
    if not rule.reminder_template:
        return None  # the mapping was edited since the reminder was made
    return replace(rule, name=name, template=rule.reminder_template, after_unknown=AfterUnknown.LEAVE)


def _place(message: Message, place: int) -> int:
    """A place in the lane among those of the message's own change, so that it comes before the next change's."""
    return message.position // PLACES * PLACES + place


def _change_of(message: Message, dossier: Dossier) -> Change:
    return Change(
        dossier_id=message.dossier_id,
        version=int(message.change.rpartition(".")[2]),
        events=(message.event,),
        from_status=None,
        to_status=dossier.status,
        office=message.office,
        procedure=message.procedure,
        happened_at=dossier.happened_at,
    )


def _rules(event: Event | None, change: Change, rulebook: Rulebook) -> Iterator[Rule | None]:
    """The rules that speak: for each audience the first in the file that fits. None once when none does."""
    audiences: set[str] = set()
    for rule in rulebook.rules:
        if rule.on is event and rule.audience not in audiences and _fits(rule, change):
            audiences.add(rule.audience)
            yield rule
    if not audiences:
        yield None


def _fits(rule: Rule, change: Change) -> bool:
    here = not rule.offices or change.office in rule.offices
    return here and (not rule.procedures or change.procedure in rule.procedures)
