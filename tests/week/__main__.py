"""The chaos week, by hand: ``python -m tests.week``. Exit 0 only when nothing was lost, doubled or left without books.

A week of simulated time in some minutes: 20,000 changes at the province, every kind of trouble at every door.
"""

import argparse
import logging
import os
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from adapter.simulators.onestop.records import VIETNAM
from tests.postgres import fresh_database, server, url_of
from tests.week import trial
from tests.week.bugs import BUGS
from tests.week.plan import Plan
from tests.week.trial import Report, Running


def main() -> int:
    """Run the days as asked and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--changes", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3, help="how often each trouble comes")
    parser.add_argument("--kills", type=int, default=6, help="kills in each round")
    parser.add_argument("--postgres", action="store_true", help="on a fresh PostgreSQL database (MOTCUA_TEST_POSTGRES)")
    parser.add_argument("--only", default="", help="only troubles whose name begins so, such as zalo- or kill-")
    parser.add_argument("--bug", default="", choices=("", *BUGS), help="plant a bug; the run must fail")
    asked = parser.parse_args()
    logging.disable()  # the operator's own commands: what they find is in the report
    plan = Plan(
        days=asked.days,
        changes=asked.changes,
        seed=asked.seed,
        rounds=asked.rounds,
        kills=asked.kills,
        only=(asked.only,),
        bug=asked.bug,
    )
    with tempfile.TemporaryDirectory() as folder:
        if asked.postgres:
            with server() as engine, fresh_database(engine, f"motcua_week_{os.getpid()}") as name:
                report = trial.run(Path(folder), plan, url_of(name), _watch)
        else:
            report = trial.run(Path(folder), plan, "", _watch)
    print(told(report, "PostgreSQL" if asked.postgres else "SQLite"))
    return int(bool(report.failures))


def _watch(at: datetime, running: Running) -> None:
    """One line on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty() or running.conductor.ticks % 10:
        return
    truth, conductor = running.life.truth, running.conductor
    line = (
        f"{at.astimezone(VIETNAM):%a %d %H:%M}  changes {truth.changes}  sent {conductor.settled}  "
        f"kills {conductor.deaths.total()}  {' '.join(running.chaos.under_way)}"
    )
    print(f"\r\x1b[K{line[:150]}", end="", file=sys.stderr, flush=True)


def told(report: Report, database: str) -> str:
    """The report as text."""
    found, plan = report.findings, report.plan
    lines = [
        f"{database}: {report.simulated.total_seconds() / 86_400:.1f} simulated days in {report.real_seconds:.0f} s",
        f"seed {plan.seed}, ticks {report.ticks}",
        f"changes {report.changes} of {report.dossiers} dossiers, {report.at_night} of them at night",
        f"states that a whole reading must have seen {found.proven}, gone before any could {found.unseen}",
        f"obligations {found.obligations}: {_counts(found.buckets)}",
        f"left unsaid for a reason: {_counts(found.skipped)}",
        f"accepted by Zalo {found.accepted}, of these held against the timeline {found.held_to}",
        f"retries {found.retried}, kills {report.kills}",
        f"operator: {_counts(report.operator)}",
        "troubles, by what they really did:",
        *(f"  {kind}: {times}" for kind, times in sorted(report.troubles.items())),
        "faults the adapter logged:",
        *(f"  {kind}: {times}" for kind, times in sorted(report.faults.items())),
        f"unknown: {len(found.unknown)}",
        *(f"  {one}" for one in found.unknown),
        f"lost {len(found.lost)}, doubled {len(found.doubled)}, mistaken {len(found.mistaken)}",
        f"remainder {found.remainder}, ledger whole {found.ledger_whole}, unsealed {found.unsealed}",
        *(f"FAILED: {one}" for one in report.failures),
        "all holds" if not report.failures else f"{len(report.failures)} failures",
    ]
    return "\n".join(lines)


def _counts(counted: dict[str, int]) -> str:
    return ", ".join(f"{name} {times}" for name, times in sorted(counted.items())) or "nothing"


if __name__ == "__main__":
    raise SystemExit(main())
