"""Several machines on one PostgreSQL, between one simulated province and one simulated Zalo.

Other truths than our own books judge them: the journal and the refusals of the simulated Zalo, and what the test had
the province do.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from adapter.model import DeliveryState, Filter, Run, Snapshot
from adapter.ports import Store
from adapter.simulators.onestop.happenings import Happening
from adapter.steps import audit
from adapter.wiring.books import open_store
from tests.postgres import psycopg_url
from tests.towns import Town, town

PATIENCE = 30.0
OFFICE = "000.22.33.H62"
TOKEN_PATH = "/oauth/v4/oa/access_token"
RATE = -32
SETTINGS = {
    "MOTCUA_ZALO__SLOTS": "8",
    "MOTCUA_ZALO__RESERVED_SLOTS": "0",
    # So that a sender's lease is over within seconds: twice 0.3 + 1, 1.0 + 1.
    "MOTCUA_ZALO__CONNECT_TIMEOUT": "0.3",
    "MOTCUA_ZALO__READ_TIMEOUT": "1.0",
}
LEASE = 6.6

TIME_PASSES = (
    "UPDATE leases SET expires_at = least(expires_at, {now})",
    "UPDATE deliveries SET lease_until = {now} WHERE state = 'sending'",
    "UPDATE deliveries SET due_at = least(due_at, {now}) WHERE state = 'pending'",
    "UPDATE tokens SET refreshing_since = refreshing_since - 120000",
)
"""All that the database knows of a lease is when it ends, so this is the same to everybody as having waited."""


@dataclass
class Fleet:
    """The machines by name, and what their province did."""

    place: Town
    engine: Engine
    store: Store  #: the test's own look into the database
    machines: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    _started: int = 0

    def start(self, name: str, roles: str = "poll,deliver", **environ: str) -> None:
        """Switch a machine on."""
        named = {"MACHINE_NAME": name, "MACHINE_ROLES": roles}
        self.machines[name] = self.place.process(module="tests.machines.machine", **named, **environ)
        self._started += 1

    def stop(self, *names: str) -> None:
        """As an operator would; every one must end well. Before it is ready a SIGTERM would kill it."""
        self.until_ready()
        for machine in [self.machines.pop(name) for name in names or tuple(self.machines)]:
            machine.send_signal(signal.SIGTERM)
            try:
                code = machine.wait(PATIENCE)
            finally:
                machine.kill()
                machine.wait()
            assert code == 0, f"{code}: {self.place.log()[-3000:]}"

    def frozen(self, name: str) -> bool:
        """Whether it stands still, by its own trap or by ``freeze``."""
        machine = self.machines[name]
        assert machine.poll() is None, self.place.log()[-3000:]
        return os.waitid(os.P_PID, machine.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None

    def freeze(self, name: str) -> None:
        """Let it stand still where it is."""
        self.machines[name].send_signal(signal.SIGSTOP)
        self.until(lambda: self.frozen(name))

    def thaw(self, name: str) -> None:
        """Let it go on."""
        self.machines[name].send_signal(signal.SIGCONT)

    def let_time_pass(self) -> None:
        """Minutes, to the database: leases and waits are over, and what stood still in a transaction was broken off."""
        self.break_connections("idle in transaction")
        with self.engine.begin() as connection:
            now = connection.exec_driver_sql("SELECT (extract(epoch FROM now()) * 1000)::bigint").scalar_one()
            for statement in TIME_PASSES:
                connection.exec_driver_sql(statement.format(now=now))

    def break_connections(self, state: str = "%") -> int:
        """As a restart of the database does; or those in one state, as its own time limits do. Gives how many."""
        with self.engine.begin() as connection:
            broken = connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND application_name = 'motcua' AND state LIKE %(state)s",
                {"state": state},
            )
            return len(broken.all())

    def file(self, count: int) -> None:
        """New dossiers are received, each of which somebody must hear of."""
        for _ in range(count):
            serial = len(self.codes) + 1
            code = f"{OFFICE}-261123-{serial:04d}"
            fields = {
                "MaTTHC": "2.000635",
                "TenTTHC": "Cấp bản sao trích lục hộ tịch",
                "ChuHoSo": "NGUYỄN THỊ MẪU",
                "SoDienThoai": f"09{serial:08d}",
                "NgayTiepNhan": datetime.now(UTC).strftime("%d/%m/%Y %H:%M:%S"),
                "TrangThaiHoSo": "2",
            }
            self.place.province.province.apply(Happening(after_seconds=0, code=code, changes=fields, office=OFFICE))
            self.codes.add(code)

    def told(self) -> Counter[str]:
        """How often each dossier's citizen was told, by Zalo's journal."""
        return Counter(row["template_data"]["ma_ho_so"] for row in self.place.zalo.journal())

    def refusals(self) -> list[int]:
        """The codes of all that Zalo refused."""
        return [row["code"] for row in self.place.zalo.refusals()]

    def until(self, true: Callable[[], object], patience: float = PATIENCE) -> None:
        """Wait for something to come true."""
        deadline = time.monotonic() + patience
        while not true():
            assert time.monotonic() < deadline, self.place.log()[-4000:]
            time.sleep(0.02)

    def until_ready(self) -> None:
        """Wait until all machines that were switched on are at work."""
        self.until(lambda: self.place.log().count("daemon.ready") == self._started)

    def until_all_are_told(self) -> None:
        """Wait until every citizen was told."""
        self.until(lambda: len(self.told()) == len(self.codes))

    def ask_to_reload(self) -> None:
        """As ``motcua reload`` on any machine."""
        self.store.write("reload", lambda tx: tx.bump("reload"))

    def snapshot(self) -> Snapshot:
        """The state of things."""
        return self.store.read(lambda tx: tx.snapshot())

    def alarms(self) -> set[str]:
        """The keys of what stands."""
        return {alarm.key for alarm in self.snapshot().alarms}

    def runs(self) -> list[Run]:
        """All readings, oldest first."""
        return self.store.read(lambda tx: tx.runs.recent(10_000))[::-1]

    def codes_of(self, state: DeliveryState) -> set[str]:
        """The dossiers whose message is in this state."""
        found = self.store.read(lambda tx: tx.outbox.find(Filter(states=(state,), limit=10_000)))
        return {delivery.message.routes[0].params["ma_ho_so"] for delivery in found}

    def prove(self, *, unknown: int = 0) -> None:
        """Stop all machines: nothing is lost or doubled, the books balance, one order of the ledger for everybody."""
        self.stop()
        told, doubtful = self.told(), self.codes_of(DeliveryState.UNKNOWN)
        assert [code for code, times in told.items() if times > 1] == []
        assert self.codes - set(told) - doubtful == set()
        assert len(doubtful) <= unknown
        assert RATE not in self.refusals()
        states = self.snapshot().deliveries
        done = states[DeliveryState.SENT] + states[DeliveryState.DELIVERED] + len(doubtful)
        assert sum(states.values()) == done == len(self.codes)
        assert audit.balance(self.store, None).remainder == 0
        verdict = audit.verify(self.store)
        assert verdict.whole
        assert verdict.unsealed == 0


@contextlib.contextmanager
def fleet(folder: Path, url: str, settings: Mapping[str, str] | None = None) -> Iterator[Fleet]:
    """A town on this database without a machine yet; whatever still runs at the end is killed."""
    engine = create_engine(psycopg_url(url), poolclass=NullPool)
    with town(folder, database=url, settings={**SETTINGS, **(settings or {})}) as place:
        made = Fleet(place, engine, open_store(place.settings()))
        try:
            yield made
        finally:
            made.store.close()
            for machine in made.machines.values():
                machine.kill()
                machine.wait()
