"""Several senders at once: no message twice, one of a lane at a time, in order."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import event, select, update

from adapter.model import Delivery, DeliveryState
from adapter.ports import Store, Tx
from adapter.store.schema import deliveries
from tests.store.clocks import START
from tests.store.letters import SOURCE, claim, decided, due, file, message, mid, one, order, put, raw

SENDERS = 4


class Lanes:
    """What is on the wire, and what was sent of each lane, as the senders see it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._on_wire: set[str] = set()
        self.faults: list[str] = []
        self.sent: list[Delivery] = []

    def leave(self, claimed: list[Delivery]) -> None:
        with self._lock:
            for delivery in claimed:
                if delivery.message.lane in self._on_wire:
                    self.faults.append(f"two of lane {delivery.message.lane} at once")
                self._on_wire.add(delivery.message.lane)

    def arrive(self, claimed: list[Delivery]) -> None:
        with self._lock:
            self._on_wire.difference_update(delivery.message.lane for delivery in claimed)
            self.sent += claimed


def _settle(store: Store, claimed: list[Delivery], to: DeliveryState) -> None:
    moved = store.write(
        "test.settle",
        lambda tx: tx.outbox.move([(each, decided(to, due_at=START)) for each in claimed]),
    )
    assert moved == {each.id for each in claimed}


def _send_until(store: Store, lanes: Lanes, name: str, over: Callable[[], bool]) -> None:
    while not over():
        claimed = claim(store, order(owner=name, limit=3))
        lanes.leave(claimed)
        lanes.arrive(claimed)
        _settle(store, claimed, DeliveryState.SENT)


def _all_gone(store: Store) -> bool:
    pending = select(deliveries.c.id).where(deliveries.c.state == DeliveryState.PENDING.value).limit(1)
    return store.read(lambda tx: raw(tx).execute(pending).first()) is None


def test_no_message_is_taken_twice_and_lanes_keep_their_order(store: Store) -> None:
    lanes = Lanes()
    said = [
        message(f"{lane}.{position}", dossier=f"lane-{lane}", position=position)
        for position in range(5)
        for lane in range(12)
    ]
    due(store, *reversed(said))

    with ThreadPoolExecutor(SENDERS) as pool:
        senders = [
            pool.submit(_send_until, store, lanes, f"sender-{number}", lambda: _all_gone(store))
            for number in range(SENDERS)
        ]
    for sender in senders:
        sender.result()

    assert lanes.faults == []
    assert Counter(each.id for each in lanes.sent) == Counter(each.id for each in said)
    by_lane: dict[str, list[int]] = {}
    for each in lanes.sent:
        by_lane.setdefault(each.message.lane, []).append(each.message.position)
    assert all(positions == sorted(positions) for positions in by_lane.values())


def test_messages_let_go_late_never_meet_a_later_one_on_the_wire(store: Store) -> None:
    """Held first messages are released while senders are at work on what comes behind them."""
    lanes = Lanes()
    firsts = [message(f"first.{lane}", dossier=f"lane-{lane}", position=1) for lane in range(25)]
    file(store, *firsts)
    held = store.write("test.hold", lambda tx: tx.outbox.hold_unreleased(SOURCE, "run-held", "surge"))
    behind = [
        message(f"{position}.{lane}", dossier=f"lane-{lane}", position=position)
        for position in range(2, 5)
        for lane in range(25)
    ]
    due(store, *behind)
    released = threading.Event()

    def over() -> bool:
        return released.is_set() and _all_gone(store)

    with ThreadPoolExecutor(SENDERS) as pool:
        senders = [pool.submit(_send_until, store, lanes, f"sender-{n}", over) for n in range(SENDERS)]
        try:
            for delivery in held:
                _settle(store, [delivery], DeliveryState.PENDING)
        finally:
            released.set()
    for sender in senders:
        sender.result()

    assert lanes.faults == []
    assert Counter(each.id for each in lanes.sent) == Counter(each.id for each in firsts + behind)


@contextmanager
def _under_way(store: Store, work: Callable[[Tx], object]) -> Iterator[None]:
    """Run ``work`` in a transaction that stays open until the block ends."""
    done, go_on = threading.Event(), threading.Event()

    def wait(tx: Tx) -> None:
        work(tx)
        done.set()
        assert go_on.wait(8), "something waits for this transaction that should not"

    with ThreadPoolExecutor(1) as pool:
        transaction = pool.submit(store.write, "test.open", wait)
        try:
            assert done.wait(10)
            yield
        finally:
            go_on.set()
        transaction.result()


def _released(held: Delivery, tx: Tx) -> object:
    return tx.outbox.move([(held, decided(DeliveryState.PENDING, due_at=START))])


def _rebuilt(held: Delivery, tx: Tx) -> object:
    return tx.outbox.rebuild(held, replace(held.message, revision=2), START)


@pytest.mark.parametrize("let_go", [_released, _rebuilt])
def test_a_message_is_let_go_only_after_the_claim_under_way_behind_it(
    store: Store, let_go: Callable[[Delivery, Tx], object]
) -> None:
    file(store, message("first", dossier="d", position=1))
    put(store, "first", DeliveryState.HELD)
    due(store, message("second", dossier="d", position=2))
    held = one(store, "first")

    with ThreadPoolExecutor(1) as pool:
        with _under_way(store, lambda tx: tx.outbox.claim(order())):
            gone: Future[object] = pool.submit(store.write, "test.let-go", partial(let_go, held))
            with pytest.raises(TimeoutError):
                gone.result(0.3)
        assert gone.result(10)

    assert one(store, "first").standing.state is DeliveryState.PENDING
    assert one(store, "second").standing.state is DeliveryState.SENDING
    assert claim(store) == []


@pytest.mark.postgres
@pytest.mark.parametrize("backend", ["postgres"], indirect=True)
def test_senders_step_round_one_anothers_rows(store: Store) -> None:
    due(store, message("a"), message("b"))
    with _under_way(store, lambda tx: tx.outbox.claim(order(limit=1))):
        (other,) = claim(store)
    assert other.id == mid("b")
    assert one(store, "a").standing.state is DeliveryState.SENDING


@pytest.mark.postgres
@pytest.mark.parametrize("backend", ["postgres"])
def test_a_claim_gives_back_what_it_took_from_a_lane_that_is_shut_by_now(clocked: Store) -> None:
    """What is left to the second look: the lane is shut between the claim's snapshot and its lock."""
    file(clocked, message("first", dossier="d", position=1))
    put(clocked, "first", DeliveryState.HELD)
    due(clocked, message("second", dossier="d", position=2), message("elsewhere"))
    before = one(clocked, "second")

    def work(tx: Tx) -> list[Delivery]:
        connection = raw(tx)

        def shut_the_lane(_: object, cursor: object, statement: str, *rest: object) -> None:
            if statement.startswith("WITH picked"):
                first = update(deliveries).where(deliveries.c.id == mid("first"))
                connection.execute(first.values(state=DeliveryState.PENDING.value, due_at=START))

        event.listen(connection, "after_cursor_execute", shut_the_lane)
        return tx.outbox.claim(order())

    claimed = clocked.write("test", work)

    assert [each.id for each in claimed] == [mid("elsewhere")]
    assert one(clocked, "second") == before
    assert one(clocked, "elsewhere").standing.state is DeliveryState.SENDING
