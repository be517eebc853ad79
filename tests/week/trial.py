"""Days of simulated time with everything going wrong, then quiet days to put things right, then the judgement."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

from adapter.model import DeliveryState
from adapter.ports import Tx
from adapter.simulators.onestop.records import VIETNAM
from tests.towns import Town
from tests.week import people
from tests.week.chaos import Chaos
from tests.week.conductor import Conductor
from tests.week.desk import Desk
from tests.week.hands import Hands, ZaloTime
from tests.week.house import HouseTroubles
from tests.week.inside import Inside
from tests.week.judging import Findings, judge
from tests.week.life import Life
from tests.week.plan import Plan, place
from tests.week.platform import ZaloTroubles, shape
from tests.week.province import onestop_troubles
from tests.week.witness import Witness

MONDAY = date(2026, 11, 30)
"""The first day; an ordinary week without holidays."""

BEGINS = time_of_day(6, 30)
VISITS = timedelta(hours=1)
NEAR = timedelta(minutes=10)
SETTLED_FOR = timedelta(hours=4)
"""Nothing waits and nothing is in the air for so long: it is over."""


@dataclass(slots=True)
class Report:
    """What the days showed."""

    plan: Plan
    simulated: timedelta = timedelta(0)
    real_seconds: float = 0.0
    changes: int = 0
    at_night: int = 0
    dossiers: int = 0
    kills: int = 0
    ticks: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    operator: Counter[str] = field(default_factory=Counter)
    bugs: list[str] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)

    @property
    def failures(self) -> list[str]:
        """Every reason why these days were not good."""
        found = self.findings
        idle = [f"{kind} never really happened" for kind, times in self.troubles.items() if times <= 0]
        books = [f"remainder {found.remainder}"] if found.remainder else []
        books += [] if found.ledger_whole else ["the ledger does not verify"]
        books += [f"{found.unsealed} entries without a seal"] if found.unsealed else []
        lists = {"lost": found.lost, "doubled": found.doubled, "mistaken": found.mistaken, "bug": self.bugs}
        return idle + books + [f"{name}: {one}" for name, listed in lists.items() for one in listed]


Watch = Callable[[datetime, "Running"], None]
"""Told of every tick: the time and what goes on."""


class Running:
    """One trial under way."""

    def __init__(self, town_: Town, plan: Plan) -> None:
        self.plan, self._town = plan, town_
        clock = town_.folder / "clock"
        self.hands = Hands(clock)
        self._start = datetime.combine(MONDAY, BEGINS, VIETNAM)
        self.hands.set(self._start)
        town_.province.clock = self.hands.now
        town_.zalo.state.clock = ZaloTime(self.hands)
        shape(town_, plan.seed)
        self.witness = Witness()
        self.desk = Desk(town_, self.hands, self.witness)
        self.conductor: Conductor | Inside = (
            Inside(town_, clock) if plan.inside else Conductor(town_, clock, self.witness, seed=plan.seed, bug=plan.bug)
        )
        self.life = Life(town_, self.hands, first=MONDAY, days=plan.days, changes=plan.changes, seed=plan.seed)
        chance = random.Random(f"people{plan.seed}")
        with self.desk.open() as house:
            self.desk.give_tokens(house)
            folk = people.settle_in(town_, house.store, self.life.numbers, chance, self._start)
        ways = people.ways(town_, folk, chance, self._start, plan.days)
        self._acts = sorted([*self.life.acts, *ways], key=lambda act: act[0])
        self.chaos = self._chaos()
        self._visited = self._start

    def run(self, watch: Watch = lambda at, running: None) -> Report:
        """All days, and the judgement."""
        began = time.monotonic()
        try:
            self._days(watch)
            self._settle(watch)
            self.conductor.stop()
            report = self._report()
        finally:
            self.conductor.close()
        report.real_seconds = time.monotonic() - began
        return report

    def _chaos(self) -> Chaos:
        plan, conductor = self.plan, self.conductor
        self._zalo = ZaloTroubles(self._town, lambda: conductor.ticks, self.hands, self.witness)
        house = HouseTroubles(self._town, self.desk, self.hands, conductor, seed=plan.seed)
        onestop = onestop_troubles(self._town, plan.changes // 20, self._move, self.hands, self.witness)
        lanes = [onestop, self._zalo.all(), house.all(plan.kills)]
        lanes = [[trouble for trouble in lane if trouble.kind.startswith(plan.only)] for lane in lanes]
        nightly = [trouble for trouble in (self._zalo.quota(),) if trouble.kind.startswith(plan.only)]
        return Chaos(
            lanes, nightly, first=MONDAY, days=plan.days, rounds=plan.rounds, longest=plan.longest, seed=plan.seed
        )

    def _move(self) -> bool:
        """Let the next thing happen at once if it is near; False when nothing is."""
        if not self._acts or self._acts[0][0] > self.hands.now() + NEAR:
            return False
        self._acts.pop(0)[1]()
        return True

    def _days(self, watch: Watch) -> None:
        end = self._start + timedelta(days=self.plan.days)
        at = self._start
        while at < end:
            at += self.plan.day_tick if 7 <= at.astimezone(VIETNAM).hour < 19 else self.plan.night_tick
            self._tick(at, watch)

    def _settle(self, watch: Watch) -> None:
        """Nothing new, nothing wrong, until nothing waits any more."""
        self.chaos.over()
        self._zalo.over()
        for at, act in self._acts:
            self.hands.set(max(at, self.hands.now()))
            act()
        self._acts.clear()
        at = self.hands.now()
        end, calm_since = at + self.plan.patience, at
        with self.desk.open() as house:
            while at < end and at - calm_since < SETTLED_FOR:
                at += self.plan.last_tick
                self._tick(at, watch)
                if not house.store.read(_calm):
                    calm_since = at

    def _tick(self, at: datetime, watch: Watch) -> None:
        """What happens in the world until this moment, then the adapter's turn, then perhaps the operator's."""
        # Each tick has a millisecond of its own, by which its readings are known again whatever the machine's clock.
        now = at + timedelta(milliseconds=self.conductor.ticks % 997)
        while self._acts and self._acts[0][0] <= now:
            moment, act = self._acts.pop(0)
            self.hands.set(max(moment, self.hands.now()))
            act()
        self.hands.set(now)
        self.chaos.step(at)
        self.life.truth.tick()
        self.conductor.tick()
        if at - self._visited >= VISITS and 7 <= at.astimezone(VIETNAM).hour < 20:
            self._visited = at
            self.desk.visit()
        watch(at, self)

    def _report(self) -> Report:
        truth, conductor = self.life.truth, self.conductor
        with self.desk.open() as house:
            findings = judge(self._town, house, truth, self.witness)
        return Report(
            plan=self.plan,
            simulated=self.hands.now() - self._start,
            changes=truth.changes,
            at_night=truth.at_night,
            dossiers=len(truth.versions),
            kills=conductor.deaths.total(),
            ticks=conductor.ticks,
            troubles=Counter({**self.chaos.happened, **conductor.deaths}),
            faults=conductor.faults,
            operator=self.desk.acts,
            bugs=conductor.bugs,
            findings=findings,
        )


def _calm(tx: Tx) -> bool:
    """Whether nothing waits, neither to be sent nor to be asked after."""
    standing = tx.snapshot().deliveries
    open_ = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.HELD)
    return not tx.outbox.undelivered(tx.now, 1) and not sum(standing.get(state, 0) for state in open_)


def run(folder: Path, plan: Plan, database: str = "", watch: Watch = lambda at, running: None) -> Report:
    """A town, its days, the judgement."""
    with place(folder, plan, database) as made:
        return Running(made, plan).run(watch)
