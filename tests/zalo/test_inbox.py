"""How long somebody waits for answers: never for all of them where Zalo is slow, never for each where it is quick."""

import threading
import time
from collections.abc import Iterable

from adapter.model import Accepted, Settled
from adapter.zalo.inbox import Inbox
from tests.zalo.builders import NOW, delivery

LINGER = 0.3
"""Ten times what the answers below take to follow one another: on a busy machine a thread may be woken late."""


def settled(number: int) -> Settled:
    answer = Accepted(reference=str(number))
    return Settled(delivery=delivery(number=number), answer=answer, started_at=NOW, finished_at=NOW)


def comes(inbox: Inbox, *times: tuple[float, Iterable[int]]) -> threading.Thread:
    """These answers come, each lot so many seconds after the one before."""

    def bring() -> None:
        for seconds, numbers in times:
            time.sleep(seconds)
            for number in numbers:
                inbox.put(settled(number))

    thread = threading.Thread(target=bring)
    thread.start()
    return thread


def test_quick_answers_are_taken_all_together() -> None:
    inbox = Inbox()
    inbox.expect(8)
    comes(inbox, (0.0, range(1)), (0.02, range(1, 5)), (0.02, range(5, 8))).join(0.01)
    assert len(inbox.take(5.0, LINGER)) == 8
    assert inbox.out == 0


def test_of_slow_answers_half_is_taken_while_the_others_are_on_their_way() -> None:
    inbox = Inbox()
    inbox.expect(8)
    bringing = comes(inbox, (4 * LINGER, range(2)), (0.02, range(2, 4)))
    assert len(inbox.take(5.0, LINGER)) == 4
    assert inbox.out == 4
    bringing.join()
    for number in range(4, 8):
        inbox.put(settled(number))
    assert len(inbox.take(5.0, LINGER)) == 4


def test_who_lingers_too_long_is_not_waited_for() -> None:
    inbox = Inbox()
    inbox.expect(3)
    inbox.put(settled(1))
    begun = time.monotonic()
    assert len(inbox.take(5.0, LINGER)) == 1
    assert time.monotonic() - begun < 20 * LINGER
    assert (inbox.take(0.0, LINGER), inbox.out) == ([], 2)


def test_a_trickle_is_not_waited_for_without_end() -> None:
    inbox = Inbox()
    inbox.expect(1000)
    bringing = comes(inbox, *((LINGER / 10, range(1)) for _ in range(150)))
    assert 1 < len(inbox.take(5.0, LINGER)) < 150, "it waits ten times as long in all, and they come for longer"
    bringing.join()
