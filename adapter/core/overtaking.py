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

_ENDS_READY = frozenset(
    {
        Event.RETURNED,
        Event.RECALLED,
        Event.REFUSED,
        Event.SUPPLEMENT,
        Event.PAYMENT,
        Event.WITHDRAWAL,
        Event.STOPPED,
    }
)
"""After these "come and collect" is no longer true. DESIGN 4.2 names the first two; a result is taken back as well when
papers or money are asked for again, and nobody must be sent on a needless errand."""


def yields(older: Event, newer: Event) -> bool:
    """Whether an unsent message about ``older`` is superseded by one about ``newer`` on the same dossier.

    ``submitted`` is in neither of the design's lists; "received" and everything after it says more, so it yields.
    """
    if older is Event.READY:
        return newer in _ENDS_READY
    if older in PASSING:
        return newer is older or newer in MILESTONES
    return older is Event.SUBMITTED and newer in MILESTONES


def vanishes(newer: Event, unsent: Iterable[Event]) -> bool:
    """Whether ``newer`` itself need not be said: a recall of a "ready" that nobody heard of."""
    return newer is Event.RECALLED and Event.READY in unsent
