"""Bugs that the week must find: each plants a plain mistake in the product, as a careless change might make it."""

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from adapter.core import calendar, changes, obligations, outcome, overtaking, windows
from adapter.core.moving import Verb
from adapter.model import Answer, Cause, Change, Channel, DeliveryState, Event, Run, Unclear
from adapter.steps import poll, tend
from adapter.zalo import answers, client, codes, envelopes
from adapter.zalo.codes import Meaning
from adapter.zalo.envelopes import Envelope

Put = Callable[[object, str, object], None]
"""``setattr``, or what a test has instead that is undone at its end."""


def _lease(put: Put) -> None:
    """An expired lease is sent again."""
    table = cast("dict[tuple[DeliveryState, Cause], Verb]", outcome.TABLE)
    put(outcome, "TABLE", {**table, (DeliveryState.SENDING, Cause.LEASE_OVER): Verb.NOW})


def _window(put: Put) -> None:
    """A reading that broke off counts as whole."""

    def whole_all_the_same(reader: poll._Reader, run: Run, fault: str) -> Run:
        del fault
        return reader.polling.store.write("poll.end", lambda tx: reader._close(tx, run))

    put(poll._Reader, "_cut", whole_all_the_same)


def _stranger(put: Put) -> None:
    """Every phone message goes to one number, under another person's name."""
    kept = envelopes.envelope_of

    def misdirected(*given: Any) -> Envelope:
        envelope = kept(*given)
        body = json.loads(envelope.body)
        if "phone" in body:
            body["phone"], body["template_data"]["ten"] = "84900000001", "Nguyễn Văn Khác"
        return replace(envelope, body=json.dumps(body).encode())

    put(client, "envelope_of", misdirected)


def _compared(put: Put, twist: Callable[[Change], Change]) -> None:
    kept = changes.compare
    put(changes, "compare", lambda *given, **named: twist(kept(*given, **named)))


def _deaf(put: Put) -> None:
    """``ready`` and ``returned`` never become events."""
    gone = {Event.READY, Event.RETURNED}
    _compared(put, lambda change: replace(change, events=tuple(one for one in change.events if one not in gone)))


def _old(put: Put) -> None:
    """Whatever is seen first counts as too old."""
    _compared(put, lambda change: replace(change, late=change.from_status is None))


def _unclear(put: Put) -> None:
    """Every third answer is called unclear, though it came whole."""
    kept, turns = answers.read_answer, itertools.count(1)

    def doubtful(*given: Any) -> Answer:
        answer = kept(*given)
        return answer if next(turns) % 3 else Unclear(code="unreadable")

    put(client, "read_answer", doubtful)


def _refusal(put: Put) -> None:
    """Zalo's "later" is taken for the citizen's own refusal."""
    kept = codes.meaning

    def personal(channel: Channel, code: int) -> Meaning:
        return Meaning(Cause.PERSON, "wrong") if code in {-32, -100, -200} else kept(channel, code)

    put(answers, "meaning", personal)


def _unasked(put: Put) -> None:
    """Nobody asks what became of a message."""
    put(tend, "confirm", lambda tending: 0)


def _sleepless(put: Put) -> None:
    """No hour is quiet."""
    put(calendar, "is_quiet", lambda moment, rules: False)
    put(windows, "next_opening", lambda moment, rules: moment)


def _upstart(put: Put) -> None:
    """Everything overtakes everything."""
    put(overtaking, "yields", lambda older, newer: True)


def _backwards(put: Put) -> None:
    """The newest message of a dossier goes first."""
    put(obligations, "PLACES", -obligations.PLACES)


BUGS: dict[str, Callable[[Put], None]] = {
    "lease": _lease,
    "window": _window,
    "stranger": _stranger,
    "deaf": _deaf,
    "old": _old,
    "unclear": _unclear,
    "refusal": _refusal,
    "unasked": _unasked,
    "sleepless": _sleepless,
    "upstart": _upstart,
    "backwards": _backwards,
}
