"""Books held against two truths the adapter cannot touch: the province's timeline and the simulated Zalo's journal.

Shared by the trials that kill the daemon (``tests.crash``) and by the week of chaos (``tests.week``).
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapter.model import Channel, Delivery, DeliveryState, Filter, MessageId, Rulebook
from adapter.ports import Store
from adapter.steps import audit

EVERY = 10_000_000
"""More deliveries than any trial makes."""

Row = Mapping[str, Any]
"""One line of Zalo's journal: an accepted message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What our own books say of themselves."""

    remainder: int
    ledger_whole: bool
    unsealed: int


def books(store: Store) -> Books:
    """Balance and ledger, computed anew."""
    verdict = audit.verify(store)
    remainder = audit.balance(store, None).remainder
    return Books(remainder=remainder, ledger_whole=verdict.whole, unsealed=verdict.unsealed)


def deliveries(store: Store, *states: DeliveryState) -> list[Delivery]:
    """All deliveries in these states; none named: in any."""
    return store.read(lambda tx: tx.outbox.find(Filter(states=states, limit=EVERY)))


def code_of(params: Mapping[str, str]) -> str:
    """The dossier code that the citizen reads in a message."""
    return params["ma_ho_so"]


def statuses_told(rulebook: Rulebook) -> dict[str, str]:
    """Zalo's template id -> the one-stop's status it tells of, where it tells of one."""
    events = {spec.event: code for code, spec in rulebook.statuses.items() if spec.event}
    return {
        zbs.template_id: events[rule.on]
        for rule in rulebook.rules
        if rule.on in events
        for zbs in rulebook.templates[rule.template].zbs.values()
    }


def said(journal: Iterable[Row], rulebook: Rulebook) -> Counter[tuple[str, str]]:
    """What Zalo accepted, as (dossier code, status). Reminders are obligations of their own and not among it."""
    status_of = statuses_told(rulebook)
    told = [row for row in journal if row["template_id"] in status_of]
    return Counter((code_of(row["template_data"]), status_of[row["template_id"]]) for row in told)


def reached(row: Row) -> bool:
    """Whether an accepted message rang a phone; one that Zalo dropped at its timeout may lawfully be said again."""
    return row["delivered_at"] is not None


def by_obligation(journal: Sequence[Row], known: Sequence[Delivery]) -> tuple[dict[MessageId, list[Row]], list[Row]]:
    """Accepted messages by the obligation they answer, and those that answer none of ours.

    By phone the tracking id names it. By user id Zalo knows no tracking id: there the person and the words do. Where
    several obligations say the same words (a dossier that became ready twice), the one that has Zalo's own id of the
    message was said; what none has the id of goes to the one with the fewest answers, so that a second one shows.
    """
    ids = {delivery.id for delivery in known}
    references = {delivery.id: delivery.reference for delivery in known}
    alike: defaultdict[str, list[MessageId]] = defaultdict(list)
    for delivery in sorted(known, key=lambda one: one.message.position):
        for route in delivery.message.routes:
            if route.channel is Channel.UID:
                alike[_words(route.address.value, route.template_id, route.params)].append(delivery.id)
    found: defaultdict[MessageId, list[Row]] = defaultdict(list)
    strays: list[Row] = []
    for row, candidates in sorted(
        _with_candidates(journal, alike), key=lambda pair: _nameless(pair[0], pair[1], references)
    ):
        named = [id_ for id_ in candidates if references.get(id_) == row["message_id"]]
        id_ = min(named or candidates, key=lambda id_: len(found.get(id_, ())), default=MessageId(""))
        (found[id_] if id_ in ids else strays).append(row)
    return dict(found), strays


def _with_candidates(
    journal: Sequence[Row], alike: Mapping[str, list[MessageId]]
) -> Iterator[tuple[Row, Sequence[MessageId]]]:
    for row in journal:
        if row["tracking_id"]:
            yield row, [_named(row)]
        else:
            yield row, alike.get(_words(row["uid"], row["template_id"], row["template_data"]), ())


def _nameless(row: Row, candidates: Sequence[MessageId], references: Mapping[MessageId, str]) -> bool:
    """Whether no candidate has Zalo's id of it: such ones choose last. The sort keeps the journal's order else."""
    return all(references.get(id_) != row["message_id"] for id_ in candidates)


def _named(row: Row) -> MessageId:
    return MessageId(str(row["tracking_id"]).partition(".")[0])


def _words(uid: str, template_id: str, params: Mapping[str, str]) -> str:
    return json.dumps([uid, template_id, dict(params)], sort_keys=True)


def evidence(delivery: Delivery, rows: Sequence[Row], now: datetime) -> str:
    """What is known of one message in doubt: ours, and what Zalo's journal says really happened. No personal data."""
    ours = (
        f"{delivery.id} {delivery.message.event} rule={delivery.message.rule} "
        f"channel={delivery.standing.channels[delivery.standing.channel_index]} attempts={delivery.attempt} "
        f"last={delivery.code} expires={'past' if delivery.message.expires_at <= now else 'ahead'}"
    )
    theirs = [f"accepted {row['at']} as {row['tracking_id'] or 'uid'}, rang={reached(row)}" for row in rows]
    return f"{ours} | journal: {'; '.join(theirs) or 'nothing was accepted'}"
