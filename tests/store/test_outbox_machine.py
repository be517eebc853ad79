"""Filing, claiming, moving and running out of lease in any order, against a model held in memory."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete

from adapter.model import DeliveryState, MessageId, Priority
from adapter.ports import Store, Tx
from adapter.store.schema import deliveries, messages
from tests.store.clocks import FakeClock
from tests.store.letters import claim, decided, message, mid, order, raw

LEASE = 60

DONE = {DeliveryState.SENT, DeliveryState.HELD, DeliveryState.CANCELLED, DeliveryState.UNKNOWN, DeliveryState.PENDING}


@dataclass
class Known:
    """What the model knows of one delivery."""

    lane: str
    position: int
    priority: Priority
    due_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    lease_until: datetime | None = None
    unknown_until: datetime | None = None
    moves: int = 0
    attempt: int = 0

    def blocks(self, other: "Known", own_id: str, other_id: str, now: datetime) -> bool:
        if self.lane != other.lane or own_id == other_id:
            return False
        if self.state is DeliveryState.SENDING:
            return True
        waits = self.unknown_until is not None and self.unknown_until > now
        shut = self.state is DeliveryState.PENDING or (self.state is DeliveryState.UNKNOWN and waits)
        return shut and (self.position, own_id) < (other.position, other_id)


def _empty(tx: Tx) -> None:
    for table in (deliveries, messages):
        raw(tx).execute(delete(table))


class OutboxMachine(RuleBasedStateMachine):
    """One store; each rule does a thing to it and the same to the model."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        super().__init__()
        self.store = store
        self.clock = clock
        self.known: dict[MessageId, Known] = {}
        self.store.write("test", _empty)

    @rule(
        lane=st.sampled_from("AB"),
        position=st.integers(1, 3),
        priority=st.sampled_from(Priority),
        wait=st.sampled_from([0, 30]),
    )
    def file(self, lane: str, position: int, priority: Priority, wait: int) -> None:
        name = str(len(self.known))
        due_at = self.clock.now + timedelta(seconds=wait)
        said = message(name, dossier=lane, position=position, priority=priority)
        self.store.write("test", lambda tx: tx.outbox.file_due([said], due_at))
        self.known[mid(name)] = Known(lane=lane, position=position, priority=priority, due_at=due_at)

    @rule(limit=st.integers(1, 3), lowest=st.sampled_from(Priority))
    def claim(self, limit: int, lowest: Priority) -> None:
        now = self.clock.now
        free = [
            (each.priority, each.due_at, filed, id_)
            for filed, (id_, each) in enumerate(self.known.items())
            if each.state is DeliveryState.PENDING
            and each.due_at <= now
            and each.priority <= lowest
            and not any(other.blocks(each, other_id, id_, now) for other_id, other in self.known.items())
        ]
        expected = [id_ for _, _, _, id_ in sorted(free)][:limit]

        claimed = claim(self.store, order(limit=limit, lowest=lowest, lease=LEASE))

        assert [each.id for each in claimed] == expected
        for id_ in expected:
            self._moved(id_, DeliveryState.SENDING)
            self.known[id_].attempt += 1
            self.known[id_].lease_until = now + timedelta(seconds=LEASE)

    @precondition(lambda self: bool(self.known))
    @rule(data=st.data(), to=st.sampled_from(sorted(DONE)), wait=st.sampled_from([0, 45]))
    def move(self, data: st.DataObject, to: DeliveryState, wait: int) -> None:
        id_ = data.draw(st.sampled_from(sorted(self.known)))
        until = self.clock.now + timedelta(seconds=wait)
        stale = data.draw(st.booleans())
        (before,) = self.store.write("test", lambda tx: tx.outbox.get([id_]))
        if stale:
            self.store.write("test", lambda tx: tx.outbox.move([(before, decided(DeliveryState.HELD))]))
            self._moved(id_, DeliveryState.HELD)

        moved = self.store.write("test", lambda tx: tx.outbox.move([(before, decided(to, due_at=until))], until))

        assert moved == (frozenset() if stale else {id_})
        if not stale:
            self._moved(id_, to)
            self.known[id_].due_at = until
            self.known[id_].unknown_until = until if to is DeliveryState.UNKNOWN else None

    @rule(seconds=st.sampled_from([1, 30, 61]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @invariant()
    def leases_that_ran_out_are_listed(self) -> None:
        now = self.clock.now
        expected = {id_ for id_, each in self.known.items() if each.lease_until is not None and each.lease_until <= now}
        assert {each.id for each in self.store.read(lambda tx: tx.outbox.lease_over(100))} == expected

    @invariant()
    def the_store_stands_as_the_model(self) -> None:
        found = self.store.write("test", lambda tx: tx.outbox.get(list(self.known)))
        assert {each.id: (each.standing.state, each.moves, each.attempt) for each in found} == {
            id_: (each.state, each.moves, each.attempt) for id_, each in self.known.items()
        }

    def _moved(self, id_: MessageId, to: DeliveryState) -> None:
        known = self.known[id_]
        known.state, known.moves, known.lease_until, known.unknown_until = to, known.moves + 1, None, None


def test_the_outbox_does_what_the_model_does(clocked: Store, clock: FakeClock) -> None:
    run_state_machine_as_test(
        lambda: OutboxMachine(clocked, clock),  # type: ignore[arg-type]  # a factory does as well as the class
        settings=settings(max_examples=12, stateful_step_count=20, deadline=None),
    )
