"""One obligation (change x rule x audience) -> the message that answers it, or the reason why there is none."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from adapter.core import rendering
from adapter.core.phones import PhoneProblem
from adapter.errors import MissingFieldError, TooLongError
from adapter.model import (
    Address,
    Change,
    Channel,
    Dossier,
    Event,
    FieldValue,
    Message,
    MessageId,
    Phone,
    Route,
    Rule,
    Rulebook,
    SendingMode,
    Skipped,
    SkipReason,
    Template,
    Uid,
)

_PHONE_SKIPS: Mapping[PhoneProblem, SkipReason] = {
    PhoneProblem.NONE: SkipReason.NO_PHONE,
    PhoneProblem.BAD: SkipReason.BAD_PHONE,
    PhoneProblem.LANDLINE: SkipReason.LANDLINE,
}


PLACES = 1000
"""Positions that one change has in its lane: its messages, then their reminders, then what is said again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator allows."""

    mode: SendingMode
    allow: frozenset[str]  #: phones (``84…``) and uids that may be told in allow-list mode
    shared_phone_above: int  #: a number on more dossiers than this is no citizen's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How the applicant of a dossier can be reached."""

    phone: Phone | PhoneProblem
    uids: tuple[Uid, ...] = ()  #: linked to the dossier itself
    phone_uids: tuple[Uid, ...] = ()  #: linked to its number
    sharing: int = 0  #: dossiers that carry this number
    refusing: frozenset[tuple[Address, Channel]] = frozenset()


def obligation(change: Change, rule: str, audience: str, event: Event | None) -> MessageId:
    """The id of an obligation: the same change, rule and audience give the same id, on every machine, for ever."""
    key = f"{change.key}.{rule}.{audience}" if rule else f"{change.key}..{event or ''}"
    return MessageId(hashlib.sha256(key.encode()).hexdigest()[:32])


def skipped_from(message: Message, reason: SkipReason) -> Skipped:
    """A message that need not be said after all, as a skip."""
    return Skipped(
        id=message.id,
        change=message.change,
        rule=message.rule,
        audience=message.audience,
        event=message.event,
        dossier_id=message.dossier_id,
        office=message.office,
        procedure=message.procedure,
        reason=reason,
    )


@dataclass(frozen=True, slots=True)
class Obligation:
    """One change x rule x audience on its way to an outcome."""

    change: Change
    dossier: Dossier
    rulebook: Rulebook
    contact: Contact
    policy: Policy
    now: datetime
    event: Event | None
    rule: Rule | None
    place: int

    def outcome(self) -> Message | Skipped:
        """The message, or the reason why there is none."""
        if self.rule is None or self.event is None:
            return self._skip(SkipReason.NO_RULE)
        if not self.rule.enabled:
            return self._skip(SkipReason.RULE_OFF)
        if self.change.late:
            return self._skip(SkipReason.TOO_OLD)
        try:
            return self._said(self.rule, self.event)
        except MissingFieldError as missing:
            return self._skip(SkipReason.MISSING_FIELD, missing.field)
        except TooLongError as long:
            return self._skip(SkipReason.TOO_LONG, long.param)

    def _said(self, rule: Rule, event: Event) -> Message | Skipped:
        routes = self._routes(rule, self.rulebook.templates[rule.template])
        if not routes:
            return self._skip(self._unreachable())
        return self._permitted(self._message(rule, event, routes))

    def _skip(self, reason: SkipReason, detail: str = "", would_be: Message | None = None) -> Skipped:
        rule, audience = (self.rule.name, self.rule.audience) if self.rule else ("", "")
        return Skipped(
            id=obligation(self.change, rule, audience, self.event),
            change=self.change.key,
            rule=rule,
            audience=audience,
            event=self.event,
            dossier_id=self.change.dossier_id,
            office=self.change.office,
            procedure=self.change.procedure,
            reason=reason,
            detail=detail,
            would_be=would_be,
        )

    def _addresses(self, channel: Channel) -> tuple[Address, ...]:
        if channel is Channel.UID:
            # A link to the dossier itself says more about whom it concerns than one to a number; and whoever owns a
            # number that stands on many is an officer who typed his own, not the citizen of each.
            return (self.contact.uids or (() if self._shared else self.contact.phone_uids))[:1]
        return (self.contact.phone,) if isinstance(self.contact.phone, Phone) and not self._shared else ()

    @property
    def _shared(self) -> bool:
        return self.contact.sharing > self.policy.shared_phone_above

    def _unreachable(self) -> SkipReason:
        if self.contact.refusing:
            return SkipReason.NO_CHANNEL
        if isinstance(self.contact.phone, PhoneProblem):
            return _PHONE_SKIPS[self.contact.phone]
        # A good number of one's own is left out only by a rule that speaks to linked users alone.
        return SkipReason.SHARED_PHONE if self._shared else SkipReason.NO_CHANNEL

    def _routes(self, rule: Rule, template: Template) -> tuple[Route, ...]:
        return tuple(
            _route(template, channel, address, self.dossier.values)
            for channel in rule.channels
            for address in self._addresses(channel)
            if (address, channel) not in self.contact.refusing
        )

    def _message(self, rule: Rule, event: Event, routes: tuple[Route, ...]) -> Message:
        return Message(
            id=obligation(self.change, rule.name, rule.audience, event),
            revision=1,
            position=self.change.version * PLACES + self.place,
            change=self.change.key,
            rule=rule.name,
            audience=rule.audience,
            event=event,
            dossier_id=self.change.dossier_id,
            office=self.change.office,
            procedure=self.change.procedure,
            priority=rule.priority,
            routes=routes,
            text=rendering.render(self.rulebook.templates[rule.template].text, self.dossier.values),
            mapping=self.rulebook.version,
            created_at=self.now,
            expires_at=self.now + rule.expires_after,
        )

    def _permitted(self, message: Message) -> Message | Skipped:
        if self.policy.mode is SendingMode.OFF:
            return self._skip(SkipReason.SENDING_OFF, would_be=message)
        if self.policy.mode is SendingMode.ON:
            return message
        allowed = tuple(route for route in message.routes if route.address.value in self.policy.allow)
        if not allowed:
            return self._skip(SkipReason.NOT_ALLOWED, would_be=message)
        return replace(message, routes=allowed)


def _route(template: Template, channel: Channel, address: Address, values: Mapping[str, FieldValue]) -> Route:
    """One way for a message, with its parameters rendered and fitted to Zalo's limits.

    Raises MissingFieldError and TooLongError.
    """
    zbs = template.zbs[channel]
    return Route(
        channel=channel,
        address=address,
        template=template.name,
        template_id=zbs.template_id,
        params={param.name: rendering.fit(rendering.render(param.text, values), param) for param in zbs.params},
        timeout_seconds=zbs.timeout_seconds,
    )
