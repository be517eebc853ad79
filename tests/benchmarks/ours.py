"""Our side of a measurement: the whole product, driven as the daemon drives it. A client of ``tests.benchmarks``.

Usage: ours.py poll|tell. The settings stand in the environment, as the daemon reads them.
``poll`` reads the source once; ``tell`` also sends until Zalo has answered for every message, and seals the ledger.
"""

import os
import sys
from pathlib import Path

from adapter import config
from adapter.daemon.running import spare_the_collector
from adapter.model import DeliveryState, Settled
from adapter.steps import deliver, poll, seal
from adapter.wiring.house import House, open_house
from tests.benchmarks.processes import Stopwatch

_OPEN = (DeliveryState.PENDING, DeliveryState.SENDING)


def read(house: House) -> tuple[int, int]:
    """One reading of the source; gives records and changes. Raises RuntimeError when it was cut."""
    runs = poll.poll(house.polling())
    if any(run.fault for run in runs):
        raise RuntimeError(f"the reading ended with {[run.fault for run in runs]}")
    return sum(run.records for run in runs), sum(run.changes for run in runs)


def tell(house: House) -> int:
    """Send all that waits; gives how many answers were settled."""
    counts = house.store.read(lambda tx: tx.snapshot()).deliveries
    waiting = sum(counts[state] for state in _OPEN)
    unwritten: list[Settled] = []
    settled = 0
    while settled < waiting:
        settled += deliver.turn(house.delivering(), 0.05, unwritten).settled
    return settled


def main() -> None:
    """Do what was asked, and print what it took."""
    house = open_house(config.load(Path(os.environ["MOTCUA_CONFIG"]), os.environ))
    house.polling(), house.delivering()  # the doors stand open, as the naive program's do
    spare_the_collector()  # as the daemon does when it has started
    watch = Stopwatch()
    records, changes = read(house)
    messages = tell(house) if sys.argv[1] == "tell" else 0
    while sys.argv[1] == "tell" and seal.seal(house.store, house.owner):
        pass
    house.close()
    watch.report(records=records, changes=changes, messages=messages)


if __name__ == "__main__":
    main()
