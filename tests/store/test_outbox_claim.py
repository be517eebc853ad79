"""Who is taken, in which order, and who must wait."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from adapter.model import Channel, ClaimOrder, DeliveryState, PauseScope, Priority
from adapter.ports import Store
from tests.store.clocks import START, FakeClock
from tests.store.letters import claim, due, file, get, message, mid, one, order, put, route

EARLIER = START - timedelta(minutes=1)
LATER = START + timedelta(minutes=1)


def _taken(store: Store, names: str, wanted: ClaimOrder | None = None) -> list[str]:
    """The short names of what a claim takes, in its order."""
    by_id = {mid(name): name for name in names.split()}
    return [by_id[delivery.id] for delivery in claim(store, wanted)]


def test_a_claim_takes_the_lease_and_counts_the_attempt(clocked: Store, clock: FakeClock) -> None:
    due(clocked, message("a"))

    (claimed,) = claim(clocked, order(owner="machine-1", lease=30))

    assert (claimed.standing.state, claimed.owner) == (DeliveryState.SENDING, "machine-1")
    assert (claimed.attempt, claimed.moves) == (1, 1)
    assert claimed.tracking_id == f"{mid('a')}.1"
    assert claimed == one(clocked, "a")
    assert claim(clocked) == []
    clock.advance(29.9)
    assert clocked.read(lambda tx: tx.outbox.lease_over(10)) == []
    clock.advance(0.1)
    assert clocked.read(lambda tx: tx.outbox.lease_over(10)) == [claimed]


def test_the_most_urgent_goes_first_then_the_longest_due_then_the_longest_filed(
    clocked: Store, clock: FakeClock
) -> None:
    due(clocked, message("notice-old"), at=EARLIER)
    due(clocked, message("urgent", priority=Priority.URGENT), message("code", priority=Priority.CODE))
    due(clocked, message("x"), message("z"))
    clock.advance(0.001)
    due(clocked, message("y"), at=START)
    due(clocked, message("future", priority=Priority.CODE), at=LATER)
    assert _taken(clocked, "notice-old urgent code x y z future", order(limit=3)) == ["code", "urgent", "notice-old"]
    assert _taken(clocked, "x y z future") == ["x", "z", "y"]


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_no_more_are_taken_than_asked_for(clocked: Store, limit: int) -> None:
    due(clocked, *(message(str(number)) for number in range(5)))
    assert len(claim(clocked, order(limit=limit))) == limit


def test_a_message_is_due_at_its_time_and_not_before(clocked: Store, clock: FakeClock) -> None:
    due(clocked, message("a"), at=START + timedelta(seconds=10))
    clock.advance(9.999)
    assert claim(clocked) == []
    clock.advance(0.001)
    assert _taken(clocked, "a") == ["a"]


def test_each_channel_is_claimed_by_itself(clocked: Store) -> None:
    due(clocked, message("uid", routes=(route(Channel.UID), route())), message("phone"))
    assert _taken(clocked, "uid phone", order(channel=Channel.UID)) == ["uid"]
    assert _taken(clocked, "uid phone", order(channel=Channel.PHONE)) == ["phone"]


@pytest.mark.parametrize(
    ("lowest", "taken"),
    [
        (Priority.CODE, ["code"]),
        (Priority.REPLY, ["code", "reply"]),
        (Priority.URGENT, ["code", "reply", "urgent"]),
        (Priority.NOTICE, ["code", "reply", "urgent", "notice"]),
    ],
)
def test_nothing_less_urgent_than_asked_for_is_taken(clocked: Store, lowest: Priority, taken: list[str]) -> None:
    due(clocked, *(message(priority.name.lower(), priority=priority) for priority in Priority))
    assert _taken(clocked, "code reply urgent notice", order(lowest=lowest)) == taken


@pytest.mark.parametrize(
    ("paused", "taken"),
    [
        ([], {"a", "b", "c"}),
        ([(PauseScope.TEMPLATE, "step")], {"b"}),
        ([(PauseScope.OFFICE, "H62.02")], {"a", "b"}),
        ([(PauseScope.RULE, "ready")], {"a", "c"}),
        ([(PauseScope.RULE, "ready"), (PauseScope.OFFICE, "H62.02")], {"a"}),
        ([(PauseScope.TEMPLATE, "step"), (PauseScope.TEMPLATE, "ready")], set()),
        ([(PauseScope.TEMPLATE, "unheard of")], {"a", "b", "c"}),
        ([(PauseScope.CHANNEL, "uid")], {"a", "b", "c"}),
        ([(PauseScope.CHANNEL, "phone")], set()),
        ([(PauseScope.ALL, "")], set()),
    ],
)
def test_what_is_paused_is_left_out(clocked: Store, paused: list[tuple[PauseScope, str]], taken: set[str]) -> None:
    due(
        clocked,
        message("a"),
        message("b", rule="ready", routes=(route(template="ready"),)),
        message("c", office="H62.02"),
    )
    assert set(_taken(clocked, "a b c", order(paused=paused))) == taken


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """What stands first in a lane, and whether the second may go."""

    state: DeliveryState
    free: bool
    due_at: datetime | None = None
    unknown_until: datetime | None = None


@pytest.mark.parametrize(
    "ahead",
    [
        Ahead(state=DeliveryState.PENDING, free=False, due_at=LATER),
        Ahead(state=DeliveryState.PENDING, free=False),  # not released
        Ahead(state=DeliveryState.SENDING, free=False),
        Ahead(state=DeliveryState.UNKNOWN, free=False, unknown_until=START + timedelta(milliseconds=1)),
        Ahead(state=DeliveryState.UNKNOWN, free=True, unknown_until=START),
        Ahead(state=DeliveryState.HELD, free=True),
        Ahead(state=DeliveryState.SENT, free=True),
        Ahead(state=DeliveryState.DELIVERED, free=True),
        Ahead(state=DeliveryState.LAPSED, free=True),
        Ahead(state=DeliveryState.REFUSED, free=True),
        Ahead(state=DeliveryState.SUPERSEDED, free=True),
        Ahead(state=DeliveryState.CANCELLED, free=True),
        Ahead(state=DeliveryState.EXPIRED, free=True),
    ],
    ids=str,
)
def test_a_lane_is_free_when_nothing_earlier_in_it_is_open(clocked: Store, ahead: Ahead) -> None:
    due(clocked, message("first", dossier="d", position=1))
    if ahead.state is DeliveryState.SENDING:
        claim(clocked)
    else:
        put(clocked, "first", ahead.state, due_at=ahead.due_at, unknown_until=ahead.unknown_until)
    due(clocked, message("second", dossier="d", position=2, priority=Priority.CODE))

    assert _taken(clocked, "second") == (["second"] if ahead.free else [])


def test_one_of_a_lane_at_a_time_and_in_order(clocked: Store) -> None:
    file(clocked, message("held", dossier="d", position=1))
    put(clocked, "held", DeliveryState.HELD)
    due(clocked, *(message(str(number), dossier="d", position=number) for number in (4, 2, 3)))

    for expected in ("2", "3", "4"):
        assert _taken(clocked, "2 3 4") == [expected]
        assert claim(clocked) == []
        put(clocked, expected, DeliveryState.SENT)


def test_messages_of_one_position_go_one_after_the_other(clocked: Store) -> None:
    due(clocked, message("x", dossier="d"), message("y", dossier="d"))
    first, second = sorted("xy", key=mid)
    assert _taken(clocked, "x y") == [first]
    put(clocked, first, DeliveryState.SENT)
    assert _taken(clocked, "x y") == [second]


def test_an_earlier_message_let_go_late_waits_for_the_one_on_the_wire(clocked: Store) -> None:
    file(clocked, message("first", dossier="d", position=1))
    put(clocked, "first", DeliveryState.HELD)
    due(clocked, message("second", dossier="d", position=2))
    assert _taken(clocked, "second") == ["second"]
    put(clocked, "first", DeliveryState.PENDING, due_at=START)

    assert claim(clocked) == []

    put(clocked, "second", DeliveryState.SENT)
    assert _taken(clocked, "first") == ["first"]


def test_lanes_of_two_audiences_of_one_dossier_do_not_wait_for_one_another(clocked: Store) -> None:
    due(clocked, message("owner", dossier="d"), message("agent", dossier="d", audience="agent", position=2))
    assert set(_taken(clocked, "owner agent")) == {"owner", "agent"}


def test_a_lane_is_opened_when_the_wait_for_proof_is_over(clocked: Store, clock: FakeClock) -> None:
    due(clocked, message("first", dossier="d", position=1), message("second", dossier="d", position=2))
    claim(clocked)
    put(clocked, "first", DeliveryState.UNKNOWN, unknown_until=START + timedelta(minutes=10))
    clock.advance(599)
    assert claim(clocked) == []
    clock.advance(1)
    assert _taken(clocked, "second") == ["second"]
    assert get(clocked, "first")[0].standing.state is DeliveryState.UNKNOWN
