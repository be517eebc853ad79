"""What a person does at the controls: release, retry, cancel, pause, resume. Each act stands in the ledger by name."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from adapter.core import outcome, routing, windows
from adapter.core.obligations import Policy
from adapter.model import (
    Act,
    Cause,
    Delivery,
    DeliveryState,
    Filter,
    Message,
    MessageId,
    Pause,
    PauseScope,
    Rulebook,
    Skipped,
    SkipReason,
)
from adapter.ports import Alarm, Store, Tx
from adapter.steps import accounts, contacts, duty, remake
from adapter.steps.readdress import remembered

NOTICED: Final = timedelta(seconds=5)
"""By then every process at work has read a new pair of tokens from the store (``zalo.tokens.RELOAD_EVERY`` is less)."""

_RETRIABLE = frozenset({DeliveryState.REFUSED, DeliveryState.LAPSED, DeliveryState.UNKNOWN})

_BARRED = frozenset({SkipReason.SENDING_OFF, SkipReason.NOT_ALLOWED})
"""Not said for the operator's mode of today, which may be another tomorrow."""

_Did = tuple[Sequence[Act], bool]
"""What to write down of one message, and whether it is what the person wanted of it."""

_NOTHING: Final[_Did] = ((), False)


def release(store: Store, rulebook: Rulebook, policy: Policy, ids: Sequence[MessageId], by: str) -> int:
    """Let HELD messages go, each decided afresh with today's mapping and data. Gives how many are on their way.

    One that today's mapping would not make is cancelled with the reason. One that only the sending mode bars stays
    HELD, because cancelled it could never be let go again. Others than HELD are left alone.
    """

    def one(tx: Tx, delivery: Delivery) -> _Did:
        if delivery.standing.state is not DeliveryState.HELD:
            return _NOTHING
        dossier = remembered(tx, delivery, rulebook)
        if dossier is None:
            return _NOTHING
        contact = contacts.gather(tx, [dossier])[0]
        afresh = routing.afresh(delivery.message, dossier, rulebook, contact, policy=policy, now=tx.now)
        if isinstance(afresh, Skipped) and afresh.reason in _BARRED:
            return _NOTHING
        due = windows.due(tx.now, delivery.message.priority, rulebook.calendar)
        acts = remake.remake(tx, delivery, dossier, rulebook, contact, policy=policy, due_at=due, by=by)
        return acts, isinstance(afresh, Message)

    return _each(store, "release", ids, one, by)


def cancel(store: Store, rulebook: Rulebook, ids: Sequence[MessageId], by: str) -> int:
    """Stop unsent messages (waiting or held). Gives how many stopped; what is on the wire or sent is left alone."""

    def one(tx: Tx, delivery: Delivery) -> _Did:
        if delivery.standing.state is DeliveryState.SENDING:
            return _NOTHING
        moment = windows.moment(tx.now, rulebook.calendar)
        move = outcome.decide(delivery.standing, Cause.STOPPED, moment, code="person")
        if move is None or delivery.id not in tx.outbox.move([(delivery, move)]):
            return _NOTHING
        return [accounts.delivery_act(delivery, move, by)], True

    return _each(store, "cancel", ids, one, by)


def retry(store: Store, rulebook: Rulebook, policy: Policy, ids: Sequence[MessageId], by: str) -> int:
    """Say again what was refused, lapsed or stayed unknown, because a person decided so. Gives how many will be said.

    Settled states never move back: it becomes a new obligation of its own, with a key made of the old one. A message
    that stayed unknown may thereby reach the citizen twice; that is the person's decision, and the ledger says whose.
    One that cannot be said today is written down as a skip, and may be tried again another day.
    """

    def one(tx: Tx, delivery: Delivery) -> _Did:
        dossier = remembered(tx, delivery, rulebook)
        if delivery.standing.state not in _RETRIABLE or dossier is None:
            return _NOTHING
        contact = contacts.gather(tx, [dossier])[0]
        made = routing.again(delivery.message, dossier, rulebook, contact, policy=policy, now=tx.now)
        if tx.outbox.find_skipped(Filter(ids=(made.id,), limit=1)):
            if isinstance(made, Skipped):
                return _NOTHING  # it still cannot be said, and that is written down
            made = replace(made, id=routing.key_of_again(made.id))
        if tx.outbox.get([made.id]):
            return _NOTHING  # said again already
        if isinstance(made, Message):
            tx.outbox.file_due([made], windows.due(tx.now, made.priority, rulebook.calendar))
            if delivery.standing.state is DeliveryState.UNKNOWN:
                tx.outbox.dealt_with([delivery.id])  # no reminder beside it, and no late refusal sends the old one
        else:
            tx.outbox.file("", rulebook.source.name, [], [made])
        return [accounts.reminder_act(made, delivery.id, tx.now)], isinstance(made, Message)

    return _each(store, "retry", ids, one, by)


def _each(store: Store, verb: str, ids: Sequence[MessageId], one: Callable[[Tx, Delivery], _Did], by: str) -> int:
    """Do one thing to each delivery in short writes, with the person's act in the same ledger; gives how many did."""
    done = 0
    for start in range(0, len(ids), 100):
        part = ids[start : start + 100]

        def work(tx: Tx, part: Sequence[MessageId] = part) -> int:
            did = [(delivery, *one(tx, delivery)) for delivery in tx.outbox.get(part)]
            tx.ledger.write([act for _, acts, _ in did for act in acts])
            tx.ledger.write([accounts.person_act(verb, by, id=delivery.id) for delivery, acts, _ in did if acts])
            return sum(wanted for _, acts, wanted in did if acts)

        done += store.write(f"intervene.{verb}", work)
    return done


def pause(store: Store, wanted: Pause) -> Pause | None:
    """Stand still for a scope until a person resumes it, whatever stopped it before; gives the former pause.

    One that an answer of Zalo's brought would have ended by itself with the first message that goes through.
    """

    def work(tx: Tx) -> Pause | None:
        former = tx.pauses.order(wanted)
        instead = {} if former is None else {"instead_of": former.by}
        facts = {"scope": wanted.scope, "name": wanted.name, "reason": wanted.reason, **instead}
        tx.ledger.write([accounts.person_act("pause", wanted.by, **facts)])
        return former

    return store.write("intervene.pause", work)


def resume(store: Store, alarm: Alarm, scope: PauseScope, name: str, by: str) -> bool:
    """Let a scope send again, and tell that the alarm of its pause is over; False when it did not stand still."""

    def work(tx: Tx) -> bool:
        removed = tx.pauses.remove(scope, name)
        tx.ledger.write([accounts.person_act("resume", by, scope=scope, name=name)])
        return removed

    removed = store.write("intervene.resume", work)
    duty.resumed(alarm, scope, name)
    return removed


def clear_alarm(store: Store, alarm: Alarm, key: str, by: str) -> bool:
    """Say that an alarm is over because a person says so; False when it did not stand. What is wrong rings anew."""
    if not any(raised.key == key for raised in store.read(lambda tx: tx.alarms.standing())):
        return False
    store.write("intervene.alarm", lambda tx: tx.ledger.write([accounts.person_act("clear-alarm", by, alarm=key)]))
    alarm.clear(key)
    return True


def consent(store: Store, verb: str, by: str) -> None:
    """Note that a person gave Zalo's consent anew; channels that an answer paused may try within seconds.

    Without that what waits would lie until the next probe, up to ten minutes, though nothing is in its way any more.
    """

    def work(tx: Tx) -> None:
        tx.ledger.write([accounts.person_act(verb, by)])
        for pause in tx.pauses.standing():
            if pause.probe_at is not None:
                tx.pauses.probing(pause.scope, pause.name, min(pause.probe_at, tx.now + NOTICED))

    store.write("token.noted", work)
