"""Trouble inside the house: the database, the machine's clock, the mapping, sudden death."""

import random
import sqlite3
from datetime import timedelta

from sqlalchemy import create_engine, make_url, text

from adapter.daemon.running import RELOAD
from tests.crash.trial import INSIDE_SEND, STEPS
from tests.postgres import SERVER, psycopg_url
from tests.towns import Town
from tests.week.chaos import Trouble, nothing
from tests.week.conductor import Conductor, kind_of
from tests.week.desk import Desk
from tests.week.hands import Hands
from tests.week.inside import Inside

MOMENT = timedelta(seconds=1)
"""For trouble of one tick: it lasts until it did something."""

STORE_FAULTS = (":StoreError", ":PassingError")
"""How the adapter's log lines of a database that is away end."""


class HouseTroubles:
    """All that may befall the adapter's own machine and database."""

    def __init__(self, town: Town, desk: Desk, hands: Hands, conductor: Conductor | Inside, *, seed: int) -> None:
        self._town, self._desk, self._hands, self._conductor = town, desk, hands, conductor
        self._chance = random.Random(f"house{seed}")
        self._ended = 0
        self._held: sqlite3.Connection | None = None

    def all(self, kills: int) -> list[Trouble]:
        """Every trouble, and so many deaths, half of them inside sends."""
        deaths = [INSIDE_SEND if place % 2 else self._chance.choice(STEPS) for place in range(kills)]
        return [
            self._database(),
            self._mapping(),
            self._clock("clock-ahead", timedelta(minutes=self._chance.randint(10, 90))),
            self._clock("clock-behind", -timedelta(minutes=self._chance.randint(3, 20))),
            *map(self._death, deaths),
        ]

    def _death(self, step: str) -> Trouble:
        def begin() -> None:
            if not self._conductor.wished:
                self._conductor.wish_dead(step)

        kind = kind_of(step)
        return Trouble(kind=kind, count=lambda: self._conductor.deaths[kind], begin=begin, each=begin, longest=MOMENT)

    def _database(self) -> Trouble:
        on_server = self._town.database.startswith("postgres")
        lock = self._cut if on_server else self._lock
        return Trouble(
            kind="database-restarted" if on_server else "database-locked",
            count=(lambda: self._ended) if on_server else self._store_faults,
            begin=lock,
            each=lock,
            end=nothing if on_server else self._unlock,
            longest=MOMENT,
        )

    def _store_faults(self) -> int:
        return sum(times for fault, times in self._conductor.faults.items() if fault.endswith(STORE_FAULTS))

    def _lock(self) -> None:
        """Another program holds the file."""
        if self._held is None:
            path = make_url(self._town.environ["MOTCUA_STORE__URL"]).database
            assert path is not None
            self._held = sqlite3.connect(path, isolation_level=None)
            self._held.execute("BEGIN IMMEDIATE")

    def _unlock(self) -> None:
        if self._held is not None:
            self._held.execute("ROLLBACK")
            self._held.close()
            self._held = None

    def _cut(self) -> None:
        """The server ends every connection to the database, as a restart of it does.

        The adapter may well not show it: a write that was provably rolled back is tried again.
        """
        engine = create_engine(psycopg_url(SERVER), isolation_level="AUTOCOMMIT")
        name = make_url(self._town.database).database
        ended = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
        with engine.connect() as connection:
            self._ended += len(connection.execute(ended, {"name": name}).all())
        engine.dispose()

    def _clock(self, kind: str, by: timedelta) -> Trouble:
        return Trouble(
            kind=f"machine-{kind}",
            count=lambda: self._conductor.ticks,
            begin=lambda: self._hands.set_off(by),
            end=lambda: self._hands.set_off(timedelta(0)),
            longest=timedelta(minutes=25),
        )

    def _mapping(self) -> Trouble:
        path = self._town.folder / "mappings" / "vinhphuc" / "messages.yaml"
        good = path.read_text("utf-8")

        def put(set_: str) -> None:
            path.write_text(set_, "utf-8")
            with self._desk.open() as house:
                house.store.write("reload", lambda tx: tx.bump(RELOAD))

        return Trouble(
            kind="mapping-broken",
            count=lambda: self._conductor.faults["mapping.problem:"],
            begin=lambda: put(good.replace("on: received", "on: reciefed")),
            end=lambda: put(good),
        )
