"""A trial: the daemon killed with SIGKILL again and again while the province lives on; then the books are held
against two truths it cannot touch, the province's timeline and the journal of the simulated Zalo.

*lost*: an obligation that is neither in the journal nor in a named bucket of ours. *doubled*: two accepted messages for
one obligation. *unknown*: left in doubt; at most the slots that were in flight at the kills.
"""

import random
import signal
import time
from dataclasses import dataclass, field, replace

import pytest

from adapter.model import DeliveryState
from tests import truths
from tests.crash.life import Life
from tests.towns import Town

INSIDE_SEND = "send"
"""Not a named step: killed while requests are between Zalo's acceptance and its answer."""

STEPS = [
    f"{label}:{place}:{nth}"
    for label, times in {
        "poll.lease": (1, 3),
        "poll.begin": (1, 3),
        "poll.page": (1, 3),
        "poll.end": (1, 3),
        "poll.drop": (1, 3),
        "deliver.turn": (1, 2, 5),
        "seal": (1,),
        "tend.unknown": (1,),
    }.items()
    for place in ("before", "inside", "after")
    for nth in times
]
"""Every named write of the main road, at its first and, where it comes often, at a later time."""

SETTINGS = {
    "MOTCUA_ZALO__SLOTS": "16",
    "MOTCUA_ZALO__RESERVED_SLOTS": "0",
    "MOTCUA_ZALO__CONNECT_TIMEOUT": "0.3",
    "MOTCUA_ZALO__READ_TIMEOUT": "1.0",
    "MOTCUA_SENDING__UNKNOWN_WAIT": "3s",
}
SLOTS = 16
PATIENCE = 90.0


@dataclass(slots=True)
class Report:
    """What a trial showed."""

    kills: int = 0
    inside_sends: int = 0
    in_flight: int = 0  #: what each killed process had claimed and not settled, added up: the most that may be unknown
    obligations: int = 0
    accepted: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unknown: int = 0
    remainder: int = -1
    ledger_whole: bool = False
    resumed: list[float] = field(default_factory=list)  #: seconds from a restart to the next accepted message


def run(town: Town, kills: list[str], *, seed: int, bug: str = "") -> Report:
    """Kill the daemon at each of these steps in turn, let it finish, and compare."""
    report, life = Report(), Life(town, seed)
    town.own_pair()
    life.start()
    try:
        for step in kills:
            _kill(town, step, report, random.Random(f"{seed}{step}{report.kills}"), bug)
    finally:
        life.rest()
    town.zalo.state.knobs = replace(town.zalo.state.knobs, latency=0.0)
    _finish(town, bug)
    _compare(town, life, report)
    return report


def _kill(town: Town, step: str, report: Report, chance: random.Random, bug: str) -> None:
    """One life of the daemon, and its end."""
    inside = step == INSIDE_SEND
    town.zalo.state.knobs = replace(town.zalo.state.knobs, latency=0.3 if inside else 0.0)
    before, started = _accepted(town), time.monotonic()
    environ = {"CRASH_BUG": bug, "CRASH_AT": "" if inside else step}
    process = town.process(module="tests.crash.victim", **environ)
    deadline = started + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
        if _accepted(town) > before >= 0:
            report.resumed.append(time.monotonic() - started)
            before = -1
        if inside and answering(town):
            time.sleep(chance.uniform(0, 0.1))
            process.send_signal(signal.SIGKILL)
            process.wait()
    if process.poll() is None:
        process.kill()
        process.wait()
        pytest.fail(f"{step} was not reached:\n{town.log()[-3000:]}")
    assert process.returncode == -signal.SIGKILL, town.log()[-3000:]
    report.kills += 1
    report.inside_sends += inside
    in_flight = _in_flight(town, process.pid)
    assert in_flight <= SLOTS
    report.in_flight += in_flight


def _accepted(town: Town) -> int:
    return len(town.zalo.state.journal.entries)


def answering(town: Town, since: int = 0) -> bool:
    """Whether Zalo has accepted something, after number ``since``, that it has not answered yet."""
    return any(not row["answered"] for row in town.zalo.journal(max(since, _accepted(town) - SLOTS)))


def _in_flight(town: Town, pid: int) -> int:
    """How many deliveries the killed process had claimed and not settled."""
    with town.house() as house:
        sending = truths.deliveries(house.store, DeliveryState.SENDING)
    return sum(f":{pid}:" in delivery.owner for delivery in sending)


def _finish(town: Town, bug: str) -> None:
    """Let the daemon run undisturbed until nothing is left to do, then stop it as an operator would."""
    process = town.process(module="tests.crash.victim", CRASH_BUG=bug)
    deadline = time.monotonic() + PATIENCE
    quiet_since = time.monotonic()
    with town.house() as house:
        while time.monotonic() < deadline and time.monotonic() - quiet_since < 4:
            time.sleep(0.2)
            deliveries = house.store.read(lambda tx: tx.snapshot().deliveries)
            if deliveries.get(DeliveryState.PENDING, 0) + deliveries.get(DeliveryState.SENDING, 0):
                quiet_since = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0, town.log()[-3000:]


def _compare(town: Town, life: Life, report: Report) -> None:
    said = truths.said(town.zalo.journal(), town.rulebook())
    report.accepted = sum(said.values())
    report.obligations = len(life.obligations)
    report.doubled = [f"{code} {status}: {times}" for (code, status), times in said.items() if times > 1]
    with town.house() as house:
        unknown = truths.deliveries(house.store, DeliveryState.UNKNOWN)
        report.unknown = len(unknown)
        named = {(truths.code_of(one.message.routes[0].params), one.message.event) for one in unknown}
        statuses = house.rulebook.statuses
        report.lost = [
            f"{code} {status}"
            for code, status in life.obligations
            if not said[code, status] and (code, statuses[status].event) not in named
        ]
        books = truths.books(house.store)
        report.remainder, report.ledger_whole = books.remainder, books.ledger_whole
