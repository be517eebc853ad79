import threading
from collections.abc import Callable
from functools import partial

import pytest

from adapter.errors import StoreError
from adapter.store.turns import Turns


def _started(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def _wait_until_waiting(turns: Turns, number: int) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if len(turns._waiting) == number:
            return
        pause.wait(0.005)
    raise AssertionError("they never queued up")


def test_those_who_wait_are_served_in_order_and_before_who_comes_back() -> None:
    turns = Turns(10)
    served: list[int] = []

    def work(number: int) -> None:
        with turns.turn():
            served.append(number)

    threads = []
    with turns.turn():
        for number in range(5):
            threads.append(_started(partial(work, number)))
            _wait_until_waiting(turns, number + 1)
    work(99)
    for thread in threads:
        thread.join()
    assert served == [0, 1, 2, 3, 4, 99]


def test_patience_ends_and_the_queue_goes_on_without_who_left() -> None:
    turns = Turns(0.05)
    with turns.turn(), pytest.raises(StoreError, match="held the database"), turns.turn():
        pass
    with turns.turn():
        assert not turns._waiting


def test_a_fault_gives_the_turn_back() -> None:
    turns = Turns(0.05)
    with pytest.raises(KeyError), turns.turn():
        raise KeyError
    with turns.turn():
        pass


def test_never_two_at_once() -> None:
    turns = Turns(10)
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(200):
            with turns.turn():
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [_started(work) for _ in range(4)]
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(most) == 800
