"""Which unsent message a newer one makes needless (DESIGN 4.2). Codes and replies are never overtaken: no event."""

from collections.abc import Iterable

from adapter.model import Event

PASSING = frozenset({Event.STEP, Event.REMINDER, Event.OVERDUE, Event.RESCHEDULED})
"""These yield to a newer one of their kind and to any later milestone."""

MILESTONES = frozenset(
    {
        Event.RECEIVED,
        Event.REFUSED,
        Event.SUPPLEMENT,
        Event.PAYMENT,
        Event.WITHDRAWAL,
        Event.STOPPED,
        Event.READY,
        Event.RETURNED,
        Event.RECALLED,
        Event.REOPENED,
        Event.SHIPPED,
    }
)
"""These end by being sent, or by a listed event that makes them moot."""

_MADE_MOOT = frozenset({(Event.READY, Event.RETURNED), (Event.READY, Event.RECALLED)})


def yields(older: Event, newer: Event) -> bool:
    """Whether an unsent message about ``older`` is superseded by one about ``newer`` on the same dossier.

    ``submitted`` is in neither of the design's lists; "received" and everything after it says more, so it yields.
    """
    if (older, newer) in _MADE_MOOT:
        return True
    if older in PASSING:
        return newer is older or newer in MILESTONES
    return older is Event.SUBMITTED and newer in MILESTONES


def vanishes(newer: Event, unsent: Iterable[Event]) -> bool:
    """Whether ``newer`` itself need not be said: a recall of a "ready" that nobody heard of."""
    return newer is Event.RECALLED and Event.READY in unsent
