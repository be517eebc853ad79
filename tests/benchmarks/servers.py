"""The simulated province and the simulated Zalo, each a process of its own on the servers' core.

As a program: ``python -m tests.benchmarks.servers onestop COUNT [whole]`` or ``… zalo`` serves until its input ends,
after printing its address. The province holds COUNT records of about 1.95 KB, stamped within the last minutes.
"""

import contextlib
import json
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from adapter.simulators.onestop.bulk import bulk
from adapter.simulators.onestop.server import OnestopSimulator
from adapter.simulators.zalo.simulator import ZaloSimulator
from tests.benchmarks import naive, processes
from tests.towns import APP, OA, SECRET

SPAN = 60
"""Seconds over which the stamps of all records are spread."""

WITHOUT_LIMIT = {"oa_per_minute": 0, "zbs_per_minute": 0}
NAIVE_PARAMS = [
    {"name": "ten", "max_length": 30},
    {"name": "ma_ho_so", "max_length": 30},
    {"name": "thu_tuc", "max_length": 200},
    {"name": "ngay_hen", "max_length": 20},
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """Where they are. ``onestop`` is the SOAP address, ``zalo`` the base of its hosts."""

    onestop: str
    zalo: str

    def order(self, control: str, **order: object) -> Any:
        """Pull a string of the simulated Zalo (``/_control/...``)."""
        return _called(f"{self.zalo}/_control/{control}", json.dumps(order).encode())

    def approve(self, templates: list[dict[str, object]]) -> None:
        """Zalo approves these templates, and the naive program's."""
        theirs = [{"template_id": id_, "params": NAIVE_PARAMS} for id_ in naive.RULES.values()]
        self.order("templates", items=[*templates, *theirs])

    def asked(self) -> int:
        """How many calls the one-stop has had so far."""
        base = self.onestop.removesuffix(urlsplit(self.onestop).path)
        return sum(_called(f"{base}/_control/calls").values())

    def accepted(self) -> int:
        """How many messages Zalo has accepted so far."""
        return int(self._state()["accepted"])

    def refused(self) -> int:
        """How many calls it has refused."""
        return int(self._state()["refused"])

    def journal(self, since: int = 0) -> list[dict[str, Any]]:
        """What was accepted after number ``since``."""
        accepted: list[dict[str, Any]] = _called(f"{self.zalo}/_control/journal?since={since}")
        return accepted

    def _state(self) -> Any:
        return _called(f"{self.zalo}/_control/state")


def _called(url: str, body: bytes | None = None) -> Any:
    with urllib.request.urlopen(url, data=body, timeout=60) as answer:  # noqa: S310 - our own, on the loopback
        return json.load(answer)


@contextlib.contextmanager
def serving(records: int, *, latency: float = 0.0, whole: bool = False) -> Iterator[Servers]:
    """Both servers, running; every limit of Zalo's lifted.

    ``latency``: seconds that each of Zalo's answers takes. ``whole``: the province minds no page size, all is one page.
    """
    with _running("onestop", str(records), *(["whole"] if whole else [])) as onestop, _running("zalo") as zalo:
        servers = Servers(onestop=onestop, zalo=zalo)
        servers.order("knobs", **WITHOUT_LIMIT, latency=latency)
        servers.order("oa", daily_quota=None, balance=10**12)
        yield servers


@contextlib.contextmanager
def _running(*arguments: str) -> Iterator[str]:
    child = processes.start("tests.benchmarks.servers", *arguments, core=processes.SERVERS)
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        yield child.stdout.readline().strip()
    finally:
        child.stdin.close()
        child.wait(60)
        child.stdout.close()


def main() -> None:
    """Serve until standard input ends."""
    kind, *rest = sys.argv[1:]
    if kind == "onestop":
        with OnestopSimulator() as province:
            count = int(rest[0])
            first = datetime.now(UTC) - timedelta(seconds=SPAN + 2)
            province.knobs.turn(huge_page="whole" in rest)
            province.province.load(bulk(count, 1, first=first, per_second=max(1, count // SPAN)))
            _until_told(province.url)
    else:
        with ZaloSimulator(app_id=APP, app_secret=SECRET, oa_id=OA) as zalo:
            _until_told(zalo.url)


def _until_told(url: str) -> None:
    print(url, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
