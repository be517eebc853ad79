"""The speed of the whole product: ``python -m tests.benchmarks [NAME...] [--rounds N] [--quick]``; see ``cases``."""

import argparse
import os
import time
from collections.abc import Callable

from tests.benchmarks import cases, living, processes
from tests.benchmarks.cases import Asked
from tests.benchmarks.figures import Figure

CASES: dict[str, Callable[[Asked], list[Figure]]] = {
    "e2e": cases.e2e,
    "slow": cases.slow,
    "ingest": cases.ingest,
    "unchanged": cases.unchanged,
    "priority": living.priority,
    "daemon": living.idle,
}


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(CASES)}; without, all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="a tenth of the large cases: only to see that all works")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(CASES)
    if unknown or asked.rounds < 1:
        parser.error(f"no such case: {', '.join(sorted(unknown))}" if unknown else "--rounds: at least 1")
    print(_conditions(asked.rounds), flush=True)
    for name in asked.names or CASES:
        case = CASES[name]
        print(f"\n{name}: {case.__doc__}", flush=True)
        began = time.monotonic()
        for figure in case(Asked(rounds=asked.rounds, quick=asked.quick)):
            print(figure, flush=True)
        print(f"  ({time.monotonic() - began:.0f} s; load {os.getloadavg()[0]:.1f})", flush=True)


def _conditions(rounds: int) -> str:
    pinned = "servers on core 0, client on core 1" if processes.can_pin() else "NOT PINNED: the cores are not ours"
    return f"{rounds} rounds, median [least..most]; {pinned}; load {os.getloadavg()[0]:.1f} at the start"


if __name__ == "__main__":
    main()
