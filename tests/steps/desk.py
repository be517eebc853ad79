"""An engine on a desk: the real steps and the real store between a fake province and a fake Zalo."""

from dataclasses import dataclass, replace
from datetime import timedelta

from adapter.core import balance as books
from adapter.core.obligations import Policy
from adapter.model import (
    Channel,
    Delivery,
    DeliveryState,
    EntryId,
    Filter,
    Interval,
    Limit,
    Link,
    LinkKind,
    MessageId,
    Proof,
    Rulebook,
    Run,
    RunState,
    SendingMode,
    Settled,
    Skipped,
    Uid,
)
from adapter.ports import Store
from adapter.steps import audit, deliver, intervene, poll, seal, tend
from adapter.steps.deliver import Turn
from adapter.steps.delivering import Delivering
from adapter.steps.line import Line
from adapter.steps.poll import Polling
from adapter.steps.tend import Tending
from tests.fakes import Clock, FakeAlarm, FakeChannels, FakeSource, WatchedStore

OWNER = "may-chu:4711:abcdef"
CODE = "000.22.31.H62-261123-0001"
UNLIMITED: dict[Channel, tuple[Limit, ...]] = {Channel.UID: (), Channel.PHONE: ()}


@dataclass
class Options:
    """What an operator could set; a test changes what it is about."""

    mode: SendingMode = SendingMode.ON
    allow: frozenset[str] = frozenset()
    hold_above: int = 100
    first_message_age: timedelta = timedelta(days=3)
    reserved_slots: int = 0
    lease_seconds: float = 50.0
    unknown_wait: timedelta = timedelta(minutes=15)
    lapse_margin: timedelta = timedelta(minutes=10)


class Desk:
    """One installation. ``clock`` is the database's clock, Zalo's and the province's."""

    def __init__(self, store: Store, clock: Clock, rulebook: Rulebook, slots: int = 8) -> None:
        self.store, self.clock, self.rulebook = WatchedStore(store), clock, rulebook
        self.source = FakeSource(self.store, clock)
        self.zalo = FakeChannels(self.store, clock, slots)
        self.alarm = FakeAlarm(self.store)
        self.options = Options()
        self.limits = dict(UNLIMITED)
        self.unwritten: list[Settled] = []
        self.line = Line()
        self.stopping, self.live = False, True

    def polling(self, owner: str = OWNER) -> Polling:
        return Polling(
            source=self.source,
            store=self.store,
            rulebook=self.rulebook,
            policy=self.policy(),
            alarm=self.alarm,
            owner=owner,
            hold_above=self.options.hold_above,
            first_message_age=self.options.first_message_age,
            initial_window=timedelta(days=1),
            stopping=lambda: self.stopping,
            live=lambda: self.live,
        )

    def policy(self) -> Policy:
        return Policy(mode=self.options.mode, allow=self.options.allow, shared_phone_above=50)

    def delivering(self, owner: str = OWNER) -> Delivering:
        return Delivering(
            store=self.store,
            channels=self.zalo,
            rulebook=self.rulebook,
            alarm=self.alarm,
            owner=owner,
            policy=self.policy(),
            limits=self.limits,
            reserved_slots=self.options.reserved_slots,
            lease_seconds=self.options.lease_seconds,
            unknown_wait=self.options.unknown_wait,
            line=self.line,
        )

    def tending(self, owner: str = OWNER) -> Tending:
        return Tending(
            store=self.store,
            channels=self.zalo,
            rulebook=self.rulebook,
            policy=self.policy(),
            alarm=self.alarm,
            owner=owner,
            limits=self.limits[Channel.PHONE],
            lapse_margin=self.options.lapse_margin,
        )

    def poll(self) -> Run:
        """One poll that reads in one piece."""
        (run,) = poll.poll(self.polling())
        return run

    def read(self) -> Run:
        """A poll that ends well, a minute later."""
        self.clock.advance(minutes=1)
        run = self.poll()
        assert run.state is RunState.DONE, run
        return run

    def turn(self) -> Turn:
        return deliver.turn(self.delivering(), 0.0, self.unwritten)

    def deliver(self) -> list[Delivery]:
        """Turns until nothing moves; gives what was handed to Zalo."""
        before = len(self.zalo.sent)
        for _ in range(100):
            done = self.turn()
            if not done.claimed and not done.settled:
                return self.zalo.sent[before:]
        raise AssertionError("the sender never comes to rest")

    def expire(self) -> int:
        return tend.expire(self.tending())

    def deliveries(self, *states: DeliveryState) -> list[Delivery]:
        """In the order of their lanes."""
        found = self.store.read(lambda tx: tx.outbox.find(Filter(states=states, limit=1000)))
        return sorted(found, key=lambda delivery: (delivery.message.lane, delivery.message.position))

    def only(self) -> Delivery:
        (delivery,) = self.deliveries()
        return delivery

    def states(self) -> list[tuple[str, str]]:
        """(event, state) of every message in lane order."""
        return [(d.message.event.value, d.standing.state.value) for d in self.deliveries()]

    def skipped(self) -> list[Skipped]:
        return self.store.read(lambda tx: tx.outbox.find_skipped(Filter(limit=1000)))

    def covered(self) -> list[Interval]:
        return self.store.read(lambda tx: tx.runs.covered(self.rulebook.source.name, ""))

    def link(self, code: str, uid: str = "2512523625412515001") -> Uid:
        link = Link(
            id=f"link-{uid}",
            uid=Uid(uid),
            kind=LinkKind.DOSSIER,
            value=code,
            proof=Proof.COUNTER,
            proved_at=self.clock(),
        )
        self.store.write("link", lambda tx: tx.recipients.link([link]))
        return link.uid

    def release(self, *ids: MessageId, by: str = "chị Lan") -> int:
        return intervene.release(self.store, self.rulebook, self.policy(), ids, by)

    def retry(self, *ids: MessageId, by: str = "chị Lan") -> int:
        return intervene.retry(self.store, self.rulebook, self.policy(), ids, by)

    def cancel(self, *ids: MessageId, by: str = "chị Lan") -> int:
        return intervene.cancel(self.store, self.rulebook, ids, by)

    def balance(self) -> books.Sheet:
        return audit.balance(self.store, None)

    def acts(self, kind: str) -> list[bytes]:
        """Bodies of the ledger's entries of a kind, in order."""
        return [entry.body for entry in self.store.read(lambda tx: tx.ledger.entries([kind], EntryId(""), 10_000))]

    def close(self) -> None:
        """Nothing may be left over: the books balance and the ledger verifies."""
        sheet = self.balance()
        assert sheet.remainder == 0, sheet.differences
        while seal.seal(self.store, OWNER):
            pass
        assert audit.verify(self.store).whole


def without_quiet_hours(rulebook: Rulebook) -> Rulebook:
    return replace(rulebook, calendar=replace(rulebook.calendar, quiet=None, quiet_days_off=None))
