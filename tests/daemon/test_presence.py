"""A daemon's sign in the store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapter.daemon import at_work
from adapter.daemon.presence import LEASE_SECONDS, Presence
from adapter.ports import Store
from adapter.store import open_store
from adapter.store.cipher import create_keys
from adapter.store.migrate import upgrade
from tests.fakes import AWAY, Clock, WatchedStore


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    create_keys(tmp_path / "keys.json")
    upgrade(f"sqlite:///{tmp_path}/motcua.db")
    opened = open_store(f"sqlite:///{tmp_path}/motcua.db", tmp_path / "keys.json", clock=clock)
    yield opened
    opened.close()


def test_it_stands_while_it_is_renewed_and_ends_when_withdrawn(store: Store, clock: Clock) -> None:
    sign = Presence(store, "may-chu:1:aa")
    for _ in range(5):
        sign.show()
        assert at_work(store) == ["may-chu:1:aa"]
        clock.advance(seconds=LEASE_SECONDS / 2)
    sign.withdraw()
    assert at_work(store) == []
    sign.withdraw()


def test_a_dead_daemon_is_forgotten_within_the_minute(store: Store, clock: Clock) -> None:
    Presence(store, "may-chu:1:aa").show()
    clock.advance(seconds=LEASE_SECONDS + 1)
    assert at_work(store) == []


def test_several_stand_side_by_side_and_restarts_do_not_fill_the_table(store: Store) -> None:
    one, two = Presence(store, "may-chu:1:aa"), Presence(store, "may-chu:2:bb")
    one.show()
    two.show()
    assert at_work(store) == ["may-chu:1:aa", "may-chu:2:bb"]
    one.withdraw()
    for number in range(3, 6):
        again = Presence(store, f"may-chu:{number}:cc")
        again.show()
        again.withdraw()
    assert {lease.name for lease in store.read(lambda tx: tx.leases.held())} == {"daemon:may-chu:2"}


def test_one_whose_name_was_taken_while_it_slept_takes_another(store: Store, clock: Clock) -> None:
    slept, other = Presence(store, "may-chu:1:aa"), Presence(store, "may-chu:2:bb")
    slept.show()
    clock.advance(seconds=LEASE_SECONDS + 1)
    other.show()
    slept.show()
    assert at_work(store) == ["may-chu:1:aa", "may-chu:2:bb"]


def test_a_store_that_is_away_does_not_keep_it_from_ending(store: Store) -> None:
    watched = WatchedStore(store)
    sign = Presence(watched, "may-chu:1:aa")
    sign.show()
    watched.failing["daemon.gone"] = AWAY
    sign.withdraw()
    assert at_work(store) == ["may-chu:1:aa"]
