"""Writes urgent messages beside a daemon that has its hands full, and says when each was committed.

A client of ``tests.benchmarks``. Usage: urgent.py FIRST COUNT SECONDS: messages FIRST and following, one at a time,
spread over SECONDS, each to a user of its own. The settings stand in the environment.
"""

import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapter import config
from adapter.model import Channel, Message, Priority, Template, Uid
from adapter.ports import Store
from adapter.wiring.house import House, open_house
from tests.benchmarks.processes import Stopwatch
from tests.builders import a_message, a_route

URGENT = "khan-"
"""How the code in an urgent message begins; the journal tells them by it."""

TEMPLATE = "co_ket_qua"


def file(store: Store, messages: list[Message]) -> None:
    """Write messages down, due at once."""
    store.write("bench.file", lambda tx: tx.outbox.file_due(messages, tx.now))


def messages(template: Template, priority: Priority, first: int, count: int) -> Iterator[Message]:
    """To one user and about one dossier each; the code in a message is its number."""
    kind = template.zbs[Channel.UID]
    now = datetime.now(UTC)
    for number in range(first, first + count):
        code = f"{URGENT if priority is Priority.URGENT else 'so-'}{number:06d}"
        route = a_route(
            Channel.UID,
            address=Uid(f"{number:019d}"),
            template=template.name,
            template_id=kind.template_id,
            params={param.name: code for param in kind.params},
        )
        yield a_message(
            number,
            priority=priority,
            dossier_id=f"{number:032x}",
            routes=(route,),
            created_at=now,
            expires_at=now + timedelta(days=1),
        )


def write(house: House, first: int, count: int, seconds: float) -> dict[str, float]:
    """Write them down; gives when each commit was back, seconds since 1970, by the code in the message."""
    committed: dict[str, float] = {}
    for one in messages(house.rulebook.templates[TEMPLATE], Priority.URGENT, first, count):
        time.sleep(seconds / count)
        file(house.store, [one])
        committed[one.routes[0].params["ma_ho_so"]] = time.time()
    return committed


def main() -> None:
    """Do what was asked, and print the times."""
    watch = Stopwatch()
    house = open_house(config.load(Path(os.environ["MOTCUA_CONFIG"]), os.environ))
    watch.report(committed=write(house, int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
    house.close()


if __name__ == "__main__":
    main()
