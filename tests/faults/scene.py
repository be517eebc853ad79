"""An installation under the real daemon while something goes wrong, as its operator sees it.

Two truths that the daemon cannot touch judge it: what the test had the province do, and the journal of the simulated
Zalo. ``prove`` also holds the daemon against its row of the operators' table: every alarm the row names has rung, every
command it tells people to give was given.
"""

import contextlib
import re
import shlex
import subprocess
from collections import Counter
from collections.abc import Callable, Collection, Iterator

from click.testing import CliRunner, Result
from sqlalchemy import create_engine

from adapter.cli import main
from adapter.model import DeliveryState, Filter, Snapshot
from adapter.ports import Store
from adapter.steps import audit, relieve, seal
from adapter.wiring.books import new_owner, open_alarm, open_store
from tests.daemon.test_daemon import PATIENCE, file, running, until
from tests.faults.table import Row
from tests.postgres import psycopg_url
from tests.towns import ROOT, Town

MINUTES_PASS = (
    "UPDATE deliveries SET due_at = due_at - {ms} WHERE state = 'pending' AND due_at IS NOT NULL",
    "UPDATE deliveries SET unknown_until = unknown_until - {ms} WHERE state = 'unknown'",
    "UPDATE pauses SET probe_at = probe_at - {ms} WHERE probe_at IS NOT NULL",
    "UPDATE tokens SET issued_at = issued_at - {ms}, expires_at = expires_at - {ms}",
    "UPDATE tellings SET due_at = due_at - {ms}",
    "UPDATE tokens SET refreshing_since = refreshing_since - {ms} WHERE refreshing_since IS NOT NULL",
)
"""All that the database knows of a wait is when it ends, so this is the same to the daemon as having waited."""

TOLD = (DeliveryState.SENT, DeliveryState.DELIVERED)


class Scene:
    """One town, its daemon when it runs, and the hands of its operator."""

    def __init__(self, place: Town, store: Store, row: Row) -> None:
        self.place, self.store, self.row = place, store, row
        self.filed: set[str] = set()  #: codes of the dossiers whose citizens must hear of their receipt
        self._rung: set[str] = set()
        self._given: list[tuple[str, ...]] = []

    @contextlib.contextmanager
    def running(self, *roles: str, **environ: str) -> Iterator["subprocess.Popen[bytes]"]:
        """The daemon, until the block ends; it must have lived through it, and stop well."""
        with running(self.place, *roles, **environ) as process:
            yield process

    def file(self, *numbers: int, status: str = "2", **fields: str) -> None:
        """New dossiers stand at the province, received unless told otherwise; of each somebody must hear."""
        self.filed |= {file(self.place, number, status, **fields) for number in numbers}

    def until(self, true: Callable[[], object], patience: float = PATIENCE) -> None:
        """Wait for something to come true, at most so many seconds."""
        until(true, self.place, patience)

    def told(self) -> Counter[str]:
        """How often each dossier's citizen was told, by Zalo's journal."""
        return Counter(row["template_data"]["ma_ho_so"] for row in self.place.zalo.journal())

    def until_told(self, *numbers: int) -> None:
        """Wait until these dossiers' citizens were told, or everybody's."""
        wanted = {code_of(number) for number in numbers} or self.filed
        self.until(lambda: wanted <= set(self.told()))

    def snapshot(self) -> Snapshot:
        """The state of things."""
        return self.store.read(lambda tx: tx.snapshot())

    def count(self, state: DeliveryState) -> int:
        """How many messages stand in a state."""
        return self.snapshot().deliveries[state]

    def until_are(self, count: int, state: DeliveryState) -> None:
        """Wait until so many messages stand in a state."""
        self.until(lambda: self.count(state) == count)

    def codes_in(self, *states: DeliveryState) -> set[str]:
        """The dossiers that have a message in one of these states."""
        found = self.store.read(lambda tx: tx.outbox.find(Filter(states=states, limit=10_000)))
        return {delivery.message.routes[0].params["ma_ho_so"] for delivery in found}

    def alarms(self) -> set[str]:
        """The keys of the alarms that stand."""
        return {alarm.key for alarm in self.snapshot().alarms}

    def rings(self, key: str) -> str:
        """Wait until an alarm stands and the operator sees it in ``motcua status``; gives its sentence."""
        self.until(lambda: key in self.alarms())
        self._rung.add(key.partition(":")[0])
        sentence = next(alarm.sentence for alarm in self.snapshot().alarms if alarm.key == key)
        assert f"! Cảnh báo {key}: {sentence}" in self.motcua("status", "--check", code=1).stdout.splitlines()
        return sentence

    def is_over(self, key: str) -> None:
        """Wait until an alarm does not stand any more."""
        self.until(lambda: key not in self.alarms())

    def motcua(self, *words: str, code: int = 0, stdin: str | None = None) -> Result:
        """Give a command as the operator does; it must end with this code."""
        result = self._given_once(words, stdin)
        assert result.exit_code == code, result.output
        return result

    def until_done(self, *words: str) -> None:
        """Give a command again and again until it ends well: it may have met the daemon at the same work."""
        self.until(lambda: self._given_once(words, None).exit_code == 0)

    def wait(self, minutes: float) -> None:
        """Let minutes pass for what waits, and for Zalo."""
        engine = create_engine(psycopg_url(self._url) if self.place.database else self._url)
        with engine.begin() as connection:
            for statement in MINUTES_PASS:
                connection.exec_driver_sql(statement.format(ms=int(minutes * 60_000)))
        engine.dispose()
        with self.place.zalo.state.lock:
            self.place.zalo.state.clock.shift(minutes * 60)

    def ended(self, daemon: "subprocess.Popen[bytes]", **environ: str) -> None:
        """What systemd does when the daemon has ended badly: it gives ``ExecStopPost``, and the people on duty hear it.

        ``environ``: the settings that the daemon was started with besides the town's.
        """
        assert daemon.returncode != 0
        unit = (ROOT / "deploy" / "motcua.service").read_text("utf-8")
        (given,) = re.findall(r"^ExecStopPost=-\S+ --config \S+ (.+)$", unit, re.MULTILINE)
        bell = self.place.folder.with_name(f"{self.place.folder.name}.end")
        command = shlex.join(["/bin/sh", "-c", f'echo "$MOTCUA_ALARM_KEY" >> {bell}'])
        said = {"MOTCUA_ALARM__COMMAND": command, "SERVICE_RESULT": "signal" if daemon.returncode < 0 else "exit-code"}
        before = dict(self.place.extra)
        self.place.extra |= environ | said
        try:
            self.motcua(*given.replace("%n", "motcua.service").split())
        finally:
            self.place.extra = before
        assert bell.read_text("utf-8") == "unit:motcua.service\n"
        self._rung.add("unit")

    def next_round(self) -> None:
        """The round in which the daemon looks, once a minute, which alarms are over."""
        relieve.relieve(self.store, open_alarm(self.place.settings(), self.store), new_owner())

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a file of the mapping set."""
        path = self.place.folder / "mappings" / "vinhphuc" / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    def prove(
        self,
        *,
        untold: Collection[str] = (),
        forgotten: Collection[str] = (),
        doubtful: Collection[str] = (),
        said_again: int = 0,
        left: Collection[str] = (),
        commands: bool = True,
    ) -> None:
        """When the daemon has stopped: nothing lost, nothing doubled, the books balance, the row has kept its word.

        ``untold``: dossiers whose message stands, with its reason, elsewhere than with the citizen. ``forgotten``:
        those that were told after the backup that the books come from. ``doubtful``: those of which nobody can know;
        ``said_again``: how often a person had one of them told again. ``left``: keys of alarms that stand still.
        ``commands``: whether this test gives the commands of its row.
        """
        told, untold, forgotten, doubtful = self.told(), set(untold), set(forgotten), set(doubtful)
        assert set(told) - doubtful == self.filed - untold - doubtful
        assert sum(told.values()) - len(told) <= said_again
        assert {code for code, times in told.items() if times > 1} <= doubtful
        assert self.codes_in(*TOLD) - doubtful == set(told) - forgotten - doubtful
        assert self.codes_in(DeliveryState.UNKNOWN) == doubtful
        assert self.codes_in(*set(DeliveryState) - {*TOLD, DeliveryState.UNKNOWN}) == untold | forgotten
        assert audit.balance(self.store, None).remainder == 0
        while seal.seal(self.store, "the test"):
            pass
        assert audit.verify(self.store).whole
        assert self.alarms() == set(left)
        assert self.row.alarms == self._rung
        wanted = self.row.commands if commands else set()
        assert {command for command in wanted if not any(set(command) <= set(given) for given in self._given)} == set()

    def _given_once(self, words: tuple[str, ...], stdin: str | None) -> Result:
        settings = str(self.place.folder / "motcua.toml")
        self._given.append(words)
        return CliRunner().invoke(main, ["--config", settings, *words], input=stdin, env=self.place.environ)

    @property
    def _url(self) -> str:
        return self.place.environ["MOTCUA_STORE__URL"]


def code_of(number: int) -> str:
    """The code under which ``Scene.file`` receives a dossier."""
    return f"000.22.33.H62-261123-{number:04d}"


@contextlib.contextmanager
def scene(place: Town, row: Row) -> Iterator[Scene]:
    """A scene in this town, for the tests of one row of the table."""
    place.own_pair()
    store = open_store(place.settings())
    try:
        yield Scene(place, store, row)
    finally:
        store.close()
