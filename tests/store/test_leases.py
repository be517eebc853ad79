import threading

import pytest

from adapter.errors import LeaseLostError
from adapter.model import Lease
from adapter.ports import Store, Tx
from tests.store.clocks import FakeClock


def _take(store: Store, owner: str, seconds: float = 10.0, name: str = "poll") -> Lease | None:
    return store.write("test", lambda tx: tx.leases.take(name, owner, seconds))


def _taken(store: Store, owner: str, seconds: float = 10.0) -> Lease:
    lease = _take(store, owner, seconds)
    assert lease is not None
    return lease


def _check(store: Store, lease: Lease) -> None:
    store.write("test", lambda tx: tx.leases.check(lease))


def test_only_one_holds_a_lease_and_names_are_apart(clocked: Store) -> None:
    assert _taken(clocked, "a").fence == 1
    assert _take(clocked, "b") is None
    assert _take(clocked, "b", name="sweep") is not None


def test_renewing_ones_own_keeps_the_fence(clocked: Store, clock: FakeClock) -> None:
    first = _taken(clocked, "a")
    clock.advance(5)
    second = _taken(clocked, "a")
    assert second.fence == first.fence
    assert second.expires_at > first.expires_at
    _check(clocked, first)


@pytest.mark.parametrize(("waited", "free"), [(9.999, False), (10.0, True), (11.0, True)])
def test_a_lease_runs_out(clocked: Store, clock: FakeClock, waited: float, *, free: bool) -> None:
    first = _taken(clocked, "a")
    clock.advance(waited)
    second = _take(clocked, "b")
    assert (second is not None) == free
    if second is None:
        _check(clocked, first)
        return
    assert second.fence == first.fence + 1
    _check(clocked, second)
    with pytest.raises(LeaseLostError):
        _check(clocked, first)


def test_who_comes_back_after_another_gets_a_new_fence(clocked: Store, clock: FakeClock) -> None:
    fences = []
    for owner in ("a", "b", "a"):
        fences.append(_taken(clocked, owner).fence)
        clock.advance(11)
    assert fences == [1, 2, 3]


def test_a_dropped_lease_is_free_at_once_under_a_new_fence(clocked: Store) -> None:
    first = _taken(clocked, "a")
    clocked.write("test", lambda tx: tx.leases.drop(first))
    with pytest.raises(LeaseLostError):
        _check(clocked, first)
    assert _taken(clocked, "b").fence == 2


def test_a_dropped_lease_is_free_when_the_clock_was_set_back_since(clocked: Store, clock: FakeClock) -> None:
    clocked.write("test", lambda tx: tx.leases.drop(_mine(tx)))
    clock.advance(-3600)
    assert _taken(clocked, "b").fence == 2


def _mine(tx: Tx) -> Lease:
    lease = tx.leases.take("poll", "a", 10.0)
    assert lease is not None
    return lease


def test_dropping_a_lost_lease_harms_nobody(clocked: Store, clock: FakeClock) -> None:
    first = _taken(clocked, "a")
    clock.advance(11)
    second = _taken(clocked, "b")
    clocked.write("test", lambda tx: tx.leases.drop(first))
    _check(clocked, second)
    assert _take(clocked, "c") is None


def test_a_lease_needs_an_owner(clocked: Store) -> None:
    with pytest.raises(ValueError, match="owner"):
        _take(clocked, "")


def test_of_many_threads_one_gets_it(store: Store) -> None:
    got: list[Lease | None] = []
    meeting = threading.Barrier(8)

    def work(owner: str) -> None:
        meeting.wait(10)
        got.append(_take(store, owner, 60))

    threads = [threading.Thread(target=work, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert [lease.fence for lease in got if lease is not None] == [1]
