"""After a crash: what the dead held is free at once, what the living hold stays theirs."""

import pytest

from adapter.steps import takeover
from tests.steps.desk import OWNER, Desk

HOLDERS = [
    ("may-chu:1234:aaaaaa", 1),  # dead, of this host
    ("may-chu:1234:aaaaaa-sweep", 1),
    ("may-chu:99:bbbbbb", 0),  # alive
    ("may-chu:4711:cccccc", 1),  # our own pid under another name: an earlier container's
    (OWNER, 0),  # ourselves
    ("may-khac:1234:dddddd", 0),  # of another machine: nobody here can know
    ("may-chu", 0),  # no owner of ours wrote that
    ("may-chu:không-phải-số:eeeeee", 0),
]


@pytest.mark.parametrize(("holder", "freed"), HOLDERS)
def test_only_leases_of_the_dead_of_this_host_are_taken_over(desk: Desk, holder: str, freed: int) -> None:
    desk.store.write("lease", lambda tx: tx.leases.take("poll:vinhphuc", holder, 60))
    assert takeover.take_over(desk.store, OWNER, lambda pid: pid == 99) == freed
    assert len(desk.store.read(lambda tx: tx.leases.held())) == 1 - freed


def test_a_poll_goes_on_at_once_where_a_killed_one_stood(either: Desk) -> None:
    either.store.write("lease", lambda tx: tx.leases.take("poll:vinhphuc", "may-chu:1:a-poll", 120))
    takeover.take_over(either.store, OWNER, lambda _: False)
    either.source.file("A")
    assert either.read().changes == 1
