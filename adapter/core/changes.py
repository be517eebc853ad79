"""Dossier as remembered and as read -> change, and the guard against a surprising batch. No store, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapter.core import phones
from adapter.model import Change, Dossier, DossierId, Event, Rulebook

FEW = 5
"""Fewer records than this may lose a field without its being the source's fault."""

_OVER = frozenset({Event.RETURNED, Event.REFUSED, Event.STOPPED})

_ENDED = frozenset({Event.READY, Event.RETURNED, Event.REFUSED, Event.STOPPED})
"""When these are the news, a moved due date no longer is."""

_AT_WORK = frozenset({Event.STEP, Event.SUPPLEMENT, Event.PAYMENT})

_ORDER = {
    event: place
    for place, event in enumerate(
        (Event.SUBMITTED, Event.RECEIVED, Event.STEP, Event.READY, Event.RETURNED),
    )
}
"""The road of an ordinary dossier; what is not on it has no "backward"."""


def compare(
    old: Dossier | None,
    new: Dossier,
    *,
    dossier_id: DossierId,
    version: int,
    now: datetime,
    first_message_age: timedelta,
) -> Change:
    """What happened between two readings of a dossier, both mapped by the same rulebook.

    At first sight (``old`` is None) that is at most the event of its current status, and ``late`` when that status is
    older than ``first_message_age``. A change may carry no event at all: something moved that has no word.
    """
    events: tuple[Event, ...]
    if old is None:
        events = (new.event,) if new.event else ()
        late = now - new.happened_at > first_message_age
    else:
        events, late = _between(old, new), False
    return Change(
        dossier_id=dossier_id,
        version=version,
        events=events,
        from_status=old.status if old else None,
        to_status=new.status,
        office=new.office,
        procedure=new.procedure,
        happened_at=new.happened_at,
        late=late,
    )


def _between(old: Dossier, new: Dossier) -> tuple[Event, ...]:
    # By meaning, not by code: a copy's 9 becomes ready when its result turns up, two codes may mean one event.
    main = _stayed(old, new) if old.event is new.event else _moved(old, new)
    due_moved = old.due_at is not None and new.due_at is not None and old.due_at != new.due_at
    ended = new.event in _ENDED
    return tuple(event for event in (main, Event.RESCHEDULED if due_moved and not ended else None) if event)


def _moved(old: Dossier, new: Dossier) -> Event | None:
    """The event of a dossier that means something else now (onestop.md 2.4: the moves that really happen)."""
    before, after = old.event, new.event
    if before is Event.READY and old.status == new.status:
        return None  # a copy shows the result no more and still says 9: in doubt nothing is said
    if before is Event.READY and after in {Event.STEP, Event.RECEIVED}:
        return Event.RECALLED
    if before is Event.RETURNED and after in {Event.STEP, Event.RECEIVED}:
        return Event.REOPENED
    if before is Event.RETURNED and after is Event.READY:
        return None  # 10 -> 9 undoes a click at the desk; the citizen has the result in hand
    if before in _AT_WORK and after is Event.RECEIVED:
        return Event.STEP  # 4 -> 2 resets the process, 5 -> 2 takes the papers in; neither is a second receipt
    return after


def _stayed(old: Dossier, new: Dossier) -> Event | None:
    """The event of a dossier that means the same: another step, or another demand on the citizen."""
    if new.event is Event.STEP and (new.status, new.step) != (old.status, old.step):
        return Event.STEP
    demand = ("ly_do", "so_tien")
    if new.event in {Event.SUPPLEMENT, Event.PAYMENT} and any(old.values.get(k) != new.values.get(k) for k in demand):
        return new.event
    return None


def worth_telling(change: Change) -> bool:
    """Whether a change is one at all: first sight, an event, or another status. A touched record is none."""
    return bool(change.events) or change.from_status != change.to_status


def readdressed(old: Dossier | None, new: Dossier) -> bool:
    """Whether owner or phone changed, so that what is unsent would reach or name the wrong person."""
    if old is None:
        return False
    return old.applicant != new.applicant or phones.parse(old.phones) != phones.parse(new.phones)


def vanished(pairs: Iterable[tuple[Dossier | None, Dossier]]) -> str:
    """The field that records which differ from what is remembered have lost: phones or owners; empty when none has.

    So speaks a source in another version of its format. Believing it would give up whoever waits for a message, as if
    at least ``FEW`` citizens, and most of those whose dossiers changed, had struck out their number at once. Dossiers
    that are over do not count: nobody waits for word of them, and archives do take the personal fields out of many at
    once.
    """
    known = [(old, new) for old, new in pairs if old is not None and new.event not in _OVER]
    for field, text in (("dien_thoai", _phones), ("chu_ho_so", _applicant)):
        lost = sum(bool(text(old)) and not text(new) for old, new in known)
        if lost >= FEW and 2 * lost > len(known):
            return field
    return ""


def _phones(dossier: Dossier) -> str:
    return dossier.phones


def _applicant(dossier: Dossier) -> str:
    return dossier.applicant


def backward(old: Dossier | None, new: Dossier) -> bool:
    """Whether the status ran against the road of an ordinary dossier."""
    return old is not None and _back(old.event, new.event)


def ran_back(before: str | None, after: str, rulebook: Rulebook) -> bool:
    """The same of two status codes, as far as today's mapping knows them."""
    old, new = (rulebook.statuses.get(code or "") for code in (before, after))
    return old is not None and new is not None and _back(old.event, new.event)


def _back(before: Event | None, after: Event | None) -> bool:
    if before is None or after is None:
        return False
    return _ORDER.get(after, 99) < _ORDER.get(before, -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one run amounts to."""

    messages: int
    changes: int
    backwards: int


def surprising(batch: Batch, hold_above: int) -> str:
    """Why a run's messages must be held, as a reason code; empty when it looks like any other day.

    ``surge``: more messages than ``hold_above``. ``backwards``: at least 20 statuses ran backwards and they are more
    than a fifth of all changes, which is what a restored or migrated source looks like.
    """
    if batch.messages > hold_above:
        return "surge"
    if batch.backwards >= 20 and batch.backwards * 5 > batch.changes:  # noqa: PLR2004 - named in the docstring
        return "backwards"
    return ""
