"""One, two and four machines share the work: nothing lost, nothing doubled, and what must be single is single."""

import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from adapter.model import Link, LinkKind, Proof, RunState, Uid
from tests.machines.fleet import RATE, TOKEN_PATH, Fleet, fleet

pytestmark = pytest.mark.postgres
NAMES = ("mot", "hai", "ba", "bon")


@pytest.mark.parametrize("count", [1, 2, 4])
def test_machines_share_the_work(machines: Fleet, count: int) -> None:
    machines.place.province.knobs.turn(latency=0.2)  # long enough for two readers to meet
    machines.file(60)
    for name in NAMES[:count]:
        machines.start(name)
    machines.until(machines.told)
    machines.file(60)
    machines.until_all_are_told()
    machines.prove()
    one_reads_at_a_time(machines)
    one_refreshes(machines)


def test_machines_share_one_allowance(tmp_path: Path, url: str) -> None:
    caps = {"MOTCUA_ZALO__OA_PER_MINUTE": "12", "MOTCUA_ZALO__ZBS_PER_MINUTE": "12"}
    with fleet(tmp_path, url, caps) as machines:
        zalo = machines.place.zalo.state
        zalo.knobs = replace(zalo.knobs, oa_per_minute=12, zbs_per_minute=12)
        machines.file(50)
        link(machines, 25)
        for name in NAMES:
            machines.start(name)
        machines.until(lambda: len(machines.place.zalo.journal()) >= 24, patience=90)  # in this minute or the next
        time.sleep(3)  # for somebody to want more
        rows = machines.place.zalo.journal()
        assert RATE not in machines.refusals()
        told = Counter((row["channel"], row["at"][:16]) for row in rows)
        assert set(told.values()) <= set(range(13))
        assert {channel for channel, _ in told} == {"uid", "phone"}
        machines.stop()


def link(machines: Fleet, count: int) -> None:
    """Some are followers: what goes to them goes through the other bucket."""
    links = []
    for serial in range(1, count + 1):
        uid, phone = f"25125236254125{serial:05d}", f"849{serial:08d}"
        machines.place.zalo.state.put_user({"uid": uid, "phone": phone, "follows": True})
        links.append(
            Link(
                id=f"link-{serial}",
                uid=Uid(uid),
                kind=LinkKind.PHONE,
                value=phone,
                proof=Proof.COUNTER,
                proved_at=datetime.now(UTC),
            )
        )
    assert machines.store.write("link", lambda tx: tx.recipients.link(links)) == count


def one_reads_at_a_time(machines: Fleet) -> None:
    runs = machines.runs()
    assert {(run.state, run.fault) for run in runs} <= {(RunState.DONE, ""), (RunState.CUT, "stopping")}
    for before, after in pairwise(sorted(runs, key=lambda run: run.started_at)):
        assert before.finished_at is not None
        assert before.finished_at <= after.started_at


def one_refreshes(machines: Fleet) -> None:
    """The pair that the operator gave was due at once; each machine has seen that."""
    assert machines.place.zalo.state.tokens.rotations == 1
    assert [row for row in machines.place.zalo.refusals() if row["path"] == TOKEN_PATH] == []
