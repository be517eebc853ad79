"""How much several machines send together, by hand: ``python -m tests.machines``. Needs MOTCUA_TEST_POSTGRES.

Every machine is a daemon of its own with 32 slots, on this host's cores, beside PostgreSQL and the simulated Zalo,
which share them: what is shown is how little the machines stand in one another's way, not how fast many hosts would
be. Zalo's allowance is lifted.
"""

import argparse
import os
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from adapter.model import Pause, PauseScope
from adapter.steps import intervene, poll
from tests.machines.fleet import Fleet, fleet
from tests.postgres import fresh_database, server, url_of

SETTINGS = {
    "MOTCUA_ZALO__SLOTS": "32",
    "MOTCUA_ZALO__OA_PER_MINUTE": "0",
    "MOTCUA_ZALO__READ_TIMEOUT": "20",
    "MOTCUA_ZALO__CONNECT_TIMEOUT": "5",
    "MOTCUA_SENDING__HOLD_ABOVE": "100000",
}
STOP = Pause(scope=PauseScope.ALL, name="", reason="đo", by="bench", since=datetime.now(UTC))


def main() -> None:
    """Print messages a second for 1, 2 and 4 machines, with an instant Zalo and one that takes 50 ms."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1500)
    asked = parser.parse_args()
    print(f"{asked.messages} messages, {os.cpu_count()} cores\nmachines   Zalo takes   messages/s")
    with server() as engine:
        for latency in (0.0, 0.05):
            for count in (1, 2, 4):
                with (
                    fresh_database(engine, f"motcua_{os.getpid()}_speed") as name,
                    tempfile.TemporaryDirectory() as folder,
                    fleet(Path(folder), url_of(name), SETTINGS) as machines,
                ):
                    speed = measured(machines, asked.messages, count, latency)
                print(f"{count:8}   {latency * 1000:7.0f} ms   {speed:10.0f}")


def measured(machines: Fleet, messages: int, count: int, latency: float) -> float:
    """Messages a second between the first and the last acceptance."""
    zalo = machines.place.zalo
    zalo.state.knobs = replace(zalo.state.knobs, latency=latency, oa_per_minute=0)
    machines.file(messages)
    with machines.place.house() as house:
        poll.poll(house.polling())
        intervene.pause(house.store, STOP)
        for number in range(count):
            machines.start(f"may-{number}", roles="deliver")
        machines.until_ready()
        intervene.resume(house.store, house.alarm, PauseScope.ALL, "", "bench")
    machines.until(lambda: len(zalo.state.journal.entries) == messages, patience=300)
    first, last = (datetime.fromisoformat(zalo.journal()[place]["at"]) for place in (0, -1))
    machines.prove()
    return messages / (last - first).total_seconds()


if __name__ == "__main__":
    main()
