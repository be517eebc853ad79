"""The cases that hold our program against the naive one, turn by turn, and against zeep."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import places, processes, servers
from tests.benchmarks.figures import Figure, ratios
from tests.benchmarks.places import Place
from tests.benchmarks.processes import Measured

CHANGES = 2000
SLOTS = {"MOTCUA_ZALO__SLOTS": "64"}
MANY_SLOTS = {"MOTCUA_ZALO__SLOTS": "128"}
"""Where Zalo is slow: what is on the wire is what it takes to keep both sides busy."""
SLOW = 0.05
"""Seconds that each answer of a slow Zalo takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How often, and how much. ``quick``: a tenth of the large cases, to see that all works; no figure to quote."""

    rounds: int
    quick: bool


def _naive(place: Place, database: str) -> Measured:
    arguments, env = place.naive(database)
    return processes.measure("tests.benchmarks.naive", *arguments, env=env)


def _ours(place: Place, verb: str) -> Measured:
    return processes.measure("tests.benchmarks.ours", verb, env=place.environ)


def _told(place: Place, run: Callable[[], Measured]) -> Measured:
    """A run, after which Zalo itself must have accepted every message that the client speaks of."""
    before = place.servers.accepted()
    done = run()
    accepted = place.servers.accepted() - before
    if accepted != done.told["messages"] or place.servers.refused():
        raise RuntimeError(f"{done.told['messages']} messages, {accepted} accepted, {place.servers.refused()} refused")
    return done


def _afresh(place: Place, verb: str) -> Measured:
    place.renew()
    return _told(place, lambda: _ours(place, verb))


def e2e(asked: Asked) -> list[Figure]:
    """2,000 changes from the poll to Zalo's acceptance; Zalo answers at once."""
    naive, ours = [], []
    with servers.serving(CHANGES) as running, tempfile.TemporaryDirectory() as folder:
        place = places.place(Path(folder), running, settings=SLOTS)
        for turn in range(asked.rounds):
            naive.append(_told(place, lambda: _naive(place, f"naive{turn}.db")))  # noqa: B023 - called at once
            ours.append(_afresh(place, "tell"))
    return _compared(naive, ours, floor=4, aim=8) + _costs(naive, ours, floor=3, aim=6)


def slow(asked: Asked) -> list[Figure]:
    """The same, Zalo answering after 50 ms. The naive program tells a tenth as many: it would take two minutes."""
    naive, ours = [], []
    few = CHANGES // 10
    with (
        servers.serving(few, latency=SLOW) as small,
        servers.serving(CHANGES, latency=SLOW) as large,
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as other,
    ):
        theirs, place = places.place(Path(one), small), places.place(Path(other), large, settings=MANY_SLOTS)
        for turn in range(asked.rounds):
            naive.append(_told(theirs, lambda: _naive(theirs, f"naive{turn}.db")))  # noqa: B023 - called at once
            ours.append(_afresh(place, "tell"))
    return _compared(naive, ours, floor=35, aim=None)


def unchanged(asked: Asked) -> list[Figure]:
    """A poll of 2,000 dossiers in which nothing changed."""
    naive, ours = [], []
    with servers.serving(CHANGES) as running, tempfile.TemporaryDirectory() as folder:
        place = places.place(Path(folder), running, settings=SLOTS)
        _naive(place, "naive.db")
        _ours(place, "poll")
        for _ in range(asked.rounds):
            naive.append(_naive(place, "naive.db"))
            ours.append(_ours(place, "poll"))
    _must([*naive, *ours], lambda one: one.told["records"] >= CHANGES and not one.told.get("changes"))
    return _compared(naive, ours, floor=5, aim=None) + _costs(naive, ours)


def ingest(asked: Asked) -> list[Figure]:
    """One answer of 100,000 dossiers into changes, messages and ledger entries, held against zeep's parsing of it."""
    rows = 10_000 if asked.quick else 100_000
    small = _ingested(rows // 10, asked.rounds, with_zeep=False)[1]
    zeep, ours = _ingested(rows, asked.rounds, with_zeep=True)
    growth = [large.peak - little.peak for large, little in zip(ours, small, strict=True)]
    return [
        Figure(name="zeep alone", values=[one.work_wall for one in zeep], unit="s"),
        Figure(name="ours, to changes, messages, ledger", values=[one.work_wall for one in ours], unit="s"),
        Figure(
            name="faster than zeep alone",
            values=ratios([z.work_wall for z in zeep], [o.work_wall for o in ours]),
            unit="x",
            floor=3,
        ),
        Figure(
            name="less CPU than zeep alone",
            values=ratios([z.work_cpu for z in zeep], [o.work_cpu for o in ours]),
            unit="x",
        ),
        Figure(name="zeep's peak memory", values=[one.peak for one in zeep], unit="MiB"),
        Figure(name=f"our peak memory at {rows:,}", values=[one.peak for one in ours], unit="MiB"),
        Figure(name=f"more than at {rows // 10:,}", values=growth, unit="MiB", floor=10, most=True),
    ]


def _ingested(rows: int, rounds: int, *, with_zeep: bool) -> tuple[list[Measured], list[Measured]]:
    zeep: list[Measured] = []
    ours: list[Measured] = []
    with servers.serving(rows, whole=True) as running, tempfile.TemporaryDirectory() as folder:
        place = places.place(Path(folder), running)
        for _ in range(rounds):
            if with_zeep:
                zeep.append(_zeep(place, rows))
            place.renew()
            ours.append(_ours(place, "poll"))
    _must([*zeep, *ours], lambda one: one.told["records"] == rows)
    return zeep, ours


def _zeep(place: Place, rows: int) -> Measured:
    (wsdl, endpoint, _, _, start, end), env = place.naive()
    return processes.measure("tests.benchmarks.zeep_alone", wsdl, endpoint, str(rows), start, end, env=env)


def _compared(naive: Sequence[Measured], ours: Sequence[Measured], *, floor: float, aim: float | None) -> list[Figure]:
    """Records a second, of the work and of the whole process, start of the interpreter included."""
    work = [_rate(one, one.work_wall) for one in naive], [_rate(one, one.work_wall) for one in ours]
    whole = [_rate(one, one.wall) for one in naive], [_rate(one, one.wall) for one in ours]
    return [
        Figure(name="naive", values=work[0], unit="/s"),
        Figure(name="ours", values=work[1], unit="/s"),
        Figure(name="ours by naive, each round", values=ratios(work[1], work[0]), unit="x", floor=floor, aim=aim),
        Figure(name="the same, whole processes", values=ratios(whole[1], whole[0]), unit="x"),
    ]


def _costs(
    naive: Sequence[Measured], ours: Sequence[Measured], *, floor: float | None = None, aim: float | None = None
) -> list[Figure]:
    """CPU for each record, user and system, all threads; times less than the naive program's."""
    theirs, mine = [_cost(one) for one in naive], [_cost(one) for one in ours]
    whole = ratios([one.cpu for one in naive], [one.cpu for one in ours])
    return [
        Figure(name="CPU a change, naive", values=theirs, unit="us"),
        Figure(name="CPU a change, ours", values=mine, unit="us"),
        Figure(name="less CPU, each round", values=ratios(theirs, mine), unit="x", floor=floor, aim=aim),
        Figure(name="the same, whole processes", values=whole, unit="x"),
        Figure(name="our peak memory", values=[one.peak for one in ours], unit="MiB"),
    ]


def _rate(one: Measured, seconds: float) -> float:
    return float(one.told["records"]) / seconds


def _cost(one: Measured) -> float:
    return one.work_cpu / float(one.told["records"]) * 1e6


def _must(done: Sequence[Measured], holds: Callable[[Measured], bool]) -> None:
    for one in done:
        if not holds(one):
            raise RuntimeError(f"the case is not what it should be: {one.told}")
