"""The lists that the engine works off, and those that a person looks at."""

from datetime import timedelta
from functools import partial

import pytest

from adapter.model import Channel, DeliveryState, DossierId, Filter, Noted, Record, Remembered, SkipReason
from adapter.ports import Store, Tx
from tests.store.clocks import START, FakeClock
from tests.store.letters import SOURCE, claim, due, file, message, mid, order, put, route, skip

MINUTE = timedelta(minutes=1)


def test_wait_over_lists_the_unknown_until_dealt_with(clocked: Store, clock: FakeClock) -> None:
    due(clocked, message("a"), message("b"), message("c"))
    claim(clocked)
    for minutes, name in ((2, "a"), (1, "b"), (9, "c")):
        put(clocked, name, DeliveryState.UNKNOWN, unknown_until=START + minutes * MINUTE)
    assert clocked.read(lambda tx: tx.outbox.wait_over(10)) == []
    clock.advance(120)

    assert [each.id for each in clocked.read(lambda tx: tx.outbox.wait_over(10))] == [mid("b"), mid("a")]
    assert [each.id for each in clocked.read(lambda tx: tx.outbox.wait_over(1))] == [mid("b")]
    clocked.write("test", lambda tx: tx.outbox.dealt_with([mid("b")]))
    assert [each.id for each in clocked.read(lambda tx: tx.outbox.wait_over(10))] == [mid("a")]


def test_an_unknown_without_an_end_is_listed_at_once(clocked: Store) -> None:
    due(clocked, message("a"))
    claim(clocked)
    put(clocked, "a", DeliveryState.UNKNOWN)
    assert [each.id for each in clocked.read(lambda tx: tx.outbox.wait_over(10))] == [mid("a")]


def test_what_was_dealt_with_is_listed_anew_after_it_moved(clocked: Store) -> None:
    due(clocked, message("a"))
    for _ in range(2):
        claim(clocked)
        put(clocked, "a", DeliveryState.UNKNOWN)
        assert [each.id for each in clocked.read(lambda tx: tx.outbox.wait_over(10))] == [mid("a")]
        clocked.write("test", lambda tx: tx.outbox.dealt_with([mid("a")]))
        put(clocked, "a", DeliveryState.PENDING, due_at=START)


def test_undelivered_lists_phone_messages_sent_before_and_not_asked_about(clocked: Store, clock: FakeClock) -> None:
    due(clocked, message("uid", routes=(route(Channel.UID),)), message("old"), message("older"), message("arrived"))
    claim(clocked)
    claim(clocked, order(channel=Channel.UID))
    for name in ("uid", "arrived", "older"):
        put(clocked, name, DeliveryState.SENT)
    put(clocked, "arrived", DeliveryState.DELIVERED)
    clock.advance(1)
    put(clocked, "old", DeliveryState.SENT)

    def listed(seconds: int) -> list[str]:
        return [
            each.id for each in clocked.read(lambda tx: tx.outbox.undelivered(START + timedelta(seconds=seconds), 10))
        ]

    assert listed(-1) == []
    assert listed(0) == [mid("older")]
    assert listed(5) == [mid("older"), mid("old")]
    clocked.write("test", lambda tx: tx.outbox.dealt_with([mid("older")]))
    assert listed(5) == [mid("old")]


def test_too_late_lists_the_unsent_past_their_use(clocked: Store, clock: FakeClock) -> None:
    for minutes, name in ((3, "pending"), (1, "held"), (2, "sent"), (30, "fresh")):
        due(clocked, message(name, expires_at=START + minutes * MINUTE))
    file(clocked, message("unreleased", expires_at=START + 2 * MINUTE))
    put(clocked, "held", DeliveryState.HELD)
    put(clocked, "sent", DeliveryState.SENT)
    assert clocked.read(lambda tx: tx.outbox.too_late(10)) == []
    clock.advance(180)
    late = clocked.read(lambda tx: tx.outbox.too_late(10))
    assert [each.id for each in late] == [mid("held"), mid("unreleased"), mid("pending")]


def _remember(store: Store, dossier: str, code: str) -> None:
    noted = Noted(
        remembered=Remembered(
            dossier_id=DossierId(dossier), record=Record(inputs={}), digest="", as_of=START, version=1
        ),
        expected=None,
        source=SOURCE,
        code=code,
        office="H62.01",
        procedure="1.000001",
        status="4",
        phone="",
    )
    store.write("test", lambda tx: tx.dossiers.save([noted]))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(), ["4", "3", "2", "1"]),
        (Filter(limit=2), ["4", "3"]),
        (Filter(states=(DeliveryState.HELD,)), ["2"]),
        (Filter(states=(DeliveryState.HELD, DeliveryState.SENT)), ["2", "1"]),
        (Filter(ids=(mid("1"), mid("4"), mid("9"))), ["4", "1"]),
        (Filter(office="H62.02"), ["3"]),
        (Filter(rule="ready"), ["4"]),
        (Filter(run="run-2"), ["4"]),
        (Filter(run="run-9"), []),
        (Filter(code="H62.01-261123-0001"), ["2", "1"]),
        (Filter(code="H62.01-261123-0001", states=(DeliveryState.HELD,)), ["2"]),
        (Filter(code="H62.01-261123-9999"), []),
    ],
    ids=str,
)
def test_find_gives_what_was_asked_for_newest_first(clocked: Store, wanted: Filter, found: list[str]) -> None:
    _remember(clocked, "d1", "H62.01-261123-0001")
    _remember(clocked, "d2", "H62.01-261123-0002")
    file(
        clocked,
        message("1", dossier="d1", created_at=START),
        message("2", dossier="d1", position=2, created_at=START + MINUTE),
        message("3", dossier="d2", office="H62.02", created_at=START + 2 * MINUTE),
    )
    file(clocked, message("4", dossier="d2", position=2, rule="ready", created_at=START + 3 * MINUTE), run="run-2")
    put(clocked, "1", DeliveryState.SENT)
    put(clocked, "2", DeliveryState.HELD)

    deliveries = clocked.read(lambda tx: tx.outbox.find(wanted))

    assert [each.id for each in deliveries] == [mid(name) for name in found]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(), ["c", "b", "a"]),
        (Filter(limit=1), ["c"]),
        (Filter(states=(DeliveryState.HELD,)), ["c", "b", "a"]),
        (Filter(ids=(mid("a"),)), ["a"]),
        (Filter(office="H62.02"), ["b"]),
        (Filter(rule="step"), ["c"]),
        (Filter(run="run-b"), ["b"]),
        (Filter(code="H62.01-261123-0001"), ["a"]),
    ],
    ids=str,
)
def test_find_skipped_gives_what_was_asked_for_newest_first(
    clocked: Store, clock: FakeClock, wanted: Filter, found: list[str]
) -> None:
    _remember(clocked, "d1", "H62.01-261123-0001")
    skips = {
        "a": skip("a", dossier="d1"),
        "b": skip("b", SkipReason.NO_PHONE, office="H62.02"),
        "c": skip("c", SkipReason.SENDING_OFF, rule="step", would_be=message("c")),
    }
    for name, each in skips.items():
        file(clocked, skipped=[each], run=f"run-{name}")
        clock.advance(1)

    assert clocked.read(lambda tx: tx.outbox.find_skipped(wanted)) == [skips[name] for name in found]


def test_states_pages_through_every_obligation_once_in_order_of_id(clocked: Store) -> None:
    names = [str(number) for number in range(17)]
    file(
        clocked,
        *(message(name) for name in names[:9]),
        skipped=[skip(name, SkipReason.NO_PHONE) for name in names[9:]],
    )
    put(clocked, "3", DeliveryState.SENT)
    expected: dict[str, DeliveryState | None] = dict.fromkeys(map(mid, names))
    expected |= dict.fromkeys(map(mid, names[:9]), DeliveryState.PENDING)
    expected[mid("3")] = DeliveryState.SENT

    pages = [clocked.read(lambda tx: tx.outbox.states("", 5))]
    while pages[-1]:
        after, _ = pages[-1][-1]
        pages.append(clocked.read(partial(_states, after)))

    seen = [row for page in pages for row in page]
    assert [len(page) for page in pages] == [5, 5, 5, 2, 0]
    assert seen == sorted(expected.items())


def _states(after: str, tx: Tx) -> list[tuple[str, DeliveryState | None]]:
    return tx.outbox.states(after, 5)
