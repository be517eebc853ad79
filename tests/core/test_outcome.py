"""What becomes of a delivery: every cell of DESIGN 4.1, written here by hand, and the consequences of each move."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.core.moving import MAX_LAPSES, MAX_TRIES, PROBE_EVERY, REFUSAL_LASTS, Moment, backoff
from adapter.core.outcome import BUCKETS, decide
from adapter.model import Bucket, Cause, Channel, DeliveryState, Move, PauseScope, Standing
from tests.builders import NOW, a_standing

S, C = DeliveryState, Cause

MOMENT = Moment(
    now=NOW,
    opening=NOW + timedelta(hours=21),  # 07:00 in Vietnam
    tomorrow=NOW + timedelta(hours=14),  # midnight in Vietnam
    spread=0.0,
)

# Rows are states, columns are what befalls them; an answer of the channel is read alike by its sender and, when it
# comes after the lease ran out, from UNKNOWN. What a row does not name changes nothing.
ANSWERS = {
    C.ACCEPTED: S.SENT,
    C.LATER: S.PENDING,
    C.RATE: S.PENDING,
    C.NIGHT: S.PENDING,
    C.QUOTA: S.PENDING,
    C.PERSON: S.PENDING,  # there is a second channel
    C.CONTENT: S.HELD,
    C.TEMPLATE: S.HELD,
    C.ACCOUNT: S.PENDING,
    C.TOKEN: S.PENDING,
    C.NEVER_LEFT: S.PENDING,
}
TABLE = {
    S.PENDING: {
        C.CLAIMED: S.SENDING,
        C.ACCEPTED: S.SENT,
        C.ARRIVED: S.DELIVERED,
        C.OVERTAKEN: S.SUPERSEDED,
        C.STOPPED: S.CANCELLED,
        C.TOO_LATE: S.EXPIRED,
        C.SURGE: S.HELD,
    },
    S.SENDING: {**ANSWERS, C.UNCLEAR: S.UNKNOWN, C.LEASE_OVER: S.UNKNOWN, C.STOPPED: S.CANCELLED},
    S.UNKNOWN: {**ANSWERS, C.ARRIVED: S.DELIVERED, C.NOT_ARRIVED: S.PENDING},
    S.SENT: {C.ARRIVED: S.DELIVERED, C.DROPPED: S.LAPSED},
    S.LAPSED: {C.ARRIVED: S.DELIVERED, C.ONWARD: S.PENDING},
    S.HELD: {
        C.RELEASED: S.PENDING,
        C.ACCEPTED: S.SENT,
        C.ARRIVED: S.DELIVERED,
        C.OVERTAKEN: S.SUPERSEDED,
        C.STOPPED: S.CANCELLED,
        C.TOO_LATE: S.EXPIRED,
    },
    S.DELIVERED: {},
    S.REFUSED: {},
    S.SUPERSEDED: {},
    S.CANCELLED: {},
    S.EXPIRED: {},
}

SETTLED = {S.DELIVERED, S.REFUSED, S.SUPERSEDED, S.CANCELLED, S.EXPIRED}


def decided(standing: Standing, cause: Cause, moment: Moment = MOMENT, retry_at: datetime | None = None) -> Move:
    move = decide(standing, cause, moment, template="co_ket_qua", code="-118", reference="zalo-1", retry_at=retry_at)
    assert move is not None
    return move


def on_last_channel(state: DeliveryState, **different: int) -> Standing:
    return a_standing(state, channel_index=1, **different)


@pytest.mark.parametrize(("state", "cause"), list(product(DeliveryState, Cause)), ids=str)
def test_a_cell_of_the_table(state: DeliveryState, cause: Cause) -> None:
    move = decide(a_standing(state), cause, MOMENT)
    assert (move.to if move else None) is TABLE[state].get(cause)


@pytest.mark.parametrize("cause", list(Cause), ids=str)
def test_what_was_given_up_is_never_sent_again(cause: Cause) -> None:
    """Its reminder, or a newer message, may have told the citizen; that it did arrive or is not to go still counts."""
    before, after = (decide(a_standing(S.UNKNOWN, given_up=over), cause, MOMENT) for over in (False, True))
    assert after == (None if before and before.to is S.PENDING else before)


def test_every_state_stands_in_exactly_one_bucket() -> None:
    assert BUCKETS == {
        S.PENDING: Bucket.WAITING,
        S.SENDING: Bucket.WAITING,
        S.HELD: Bucket.HELD,
        S.SENT: Bucket.TOLD,
        S.DELIVERED: Bucket.TOLD,
        S.UNKNOWN: Bucket.UNKNOWN,
        S.LAPSED: Bucket.NOT_REACHED,
        S.REFUSED: Bucket.NOT_REACHED,
        S.SUPERSEDED: Bucket.SUPERSEDED,
        S.CANCELLED: Bucket.CANCELLED,
        S.EXPIRED: Bucket.EXPIRED,
    }
    assert set(BUCKETS) == set(DeliveryState)
    assert set(BUCKETS.values()) == set(Bucket) - {Bucket.SKIPPED}


def test_a_move_carries_its_cause_and_what_zalo_said() -> None:
    move = decided(a_standing(S.SENDING), C.ACCEPTED)
    assert (move.cause, move.code, move.reference) == (C.ACCEPTED, "-118", "zalo-1")


def test_the_numbers_of_patience() -> None:
    assert (MAX_TRIES, MAX_LAPSES) == (5, 1)
    assert timedelta(minutes=10) == PROBE_EVERY
    assert timedelta(days=30) == REFUSAL_LASTS


# Trying later


@pytest.mark.parametrize(("tries", "seconds"), list(enumerate((30, 120, 600, 3600, 21600))))
def test_later_climbs_the_ladder(tries: int, seconds: int) -> None:
    move = decided(a_standing(S.SENDING, tries=tries), C.LATER)
    assert (move.due_at, move.tries, move.channel_index) == (NOW + timedelta(seconds=seconds), tries + 1, 0)


def test_after_the_whole_ladder_a_person_looks_at_it() -> None:
    move = decided(a_standing(S.SENDING, tries=MAX_TRIES), C.LATER)
    assert (move.to, move.due_at, move.pause) == (S.HELD, None, None)


def test_a_wait_grows_by_at_most_a_fifth() -> None:
    assert backoff(0, 0.5) == timedelta(seconds=33)
    assert backoff(4, 0.999) < timedelta(seconds=21600 * 1.2)


@pytest.mark.parametrize("cause", [C.LATER, C.RATE, C.NIGHT, C.QUOTA])
def test_the_time_that_zalo_names_is_taken(cause: Cause) -> None:
    named = NOW + timedelta(minutes=47)
    assert decided(a_standing(S.SENDING), cause, retry_at=named).due_at == named


@pytest.mark.parametrize(
    ("cause", "spread", "due_at"),
    [
        (C.RATE, 0.0, NOW.replace(minute=1)),
        (C.RATE, 0.5, NOW.replace(minute=1, second=5)),
        (C.NIGHT, 0.0, MOMENT.opening),
        (C.NIGHT, 0.5, MOMENT.opening + timedelta(minutes=15)),
        (C.QUOTA, 0.0, MOMENT.tomorrow + timedelta(minutes=5)),
        (C.QUOTA, 0.4, MOMENT.tomorrow + timedelta(minutes=15)),
    ],
)
def test_a_shut_window_is_waited_for_and_not_rushed(cause: Cause, spread: float, due_at: datetime) -> None:
    move = decided(a_standing(S.SENDING, tries=3), cause, replace(MOMENT, spread=spread))
    assert (move.due_at, move.tries) == (due_at, 3)


def test_the_next_minute_is_the_next_full_one() -> None:
    at = replace(MOMENT, now=NOW.replace(minute=59, second=59, microsecond=999))
    assert decided(a_standing(S.SENDING), C.RATE, at).due_at == NOW.replace(hour=4)


@pytest.mark.parametrize(("tries", "seconds", "after"), [(0, 30, 1), (1, 120, 2), (2, 120, 2), (4, 120, 4)])
def test_what_never_left_is_tried_soon_for_ever_and_forgets_no_try(tries: int, seconds: int, after: int) -> None:
    move = decided(a_standing(S.SENDING, tries=tries), C.NEVER_LEFT)
    assert (move.due_at, move.tries) == (NOW + timedelta(seconds=seconds), after)


def test_a_new_token_is_a_matter_of_seconds() -> None:
    assert decided(a_standing(S.SENDING), C.TOKEN).due_at == NOW + timedelta(seconds=2)


# Refusals and pauses


def test_a_refused_person_is_tried_on_the_next_channel_at_once() -> None:
    move = decided(a_standing(S.SENDING, tries=4), C.PERSON)
    assert (move.to, move.channel_index, move.tries, move.due_at) == (S.PENDING, 1, 0, NOW)
    assert move.refusal_until == NOW + REFUSAL_LASTS


def test_a_person_who_refuses_the_last_channel_is_not_reached() -> None:
    move = decided(on_last_channel(S.SENDING), C.PERSON)
    assert (move.to, move.channel_index, move.due_at) == (S.REFUSED, 1, None)
    assert move.refusal_until == NOW + REFUSAL_LASTS


def test_a_refusal_lasts_as_long_as_zalo_says() -> None:
    until = NOW + timedelta(hours=3)
    assert decided(a_standing(S.SENDING), C.PERSON, retry_at=until).refusal_until == until


@pytest.mark.parametrize("cause", sorted(set(Cause) - {C.PERSON}))
@pytest.mark.parametrize("state", DeliveryState)
def test_only_a_person_refuses(state: DeliveryState, cause: Cause) -> None:
    move = decide(a_standing(state), cause, MOMENT)
    assert move is None or move.refusal_until is None


def test_a_wrong_template_pauses_until_a_person_resumes_it() -> None:
    move = decided(a_standing(S.SENDING), C.TEMPLATE)
    assert move.pause is not None
    assert (move.pause.scope, move.pause.name, move.pause.probe_at) == (PauseScope.TEMPLATE, "co_ket_qua", None)
    assert (move.pause.by, move.pause.since, move.pause.reason) == ("motcua", NOW, "Zalo -118")


def test_one_bad_row_silences_no_template() -> None:
    assert decided(a_standing(S.SENDING), C.CONTENT).pause is None


@pytest.mark.parametrize(("index", "channel"), [(0, Channel.UID), (1, Channel.PHONE)])
def test_a_faulty_account_pauses_its_channel_and_is_probed(index: int, channel: Channel) -> None:
    move = decided(a_standing(S.SENDING, channel_index=index, tries=2), C.ACCOUNT)
    assert move.pause is not None
    assert (move.pause.scope, move.pause.name, move.pause.probe_at) == (PauseScope.CHANNEL, channel, NOW + PROBE_EVERY)
    assert (move.due_at, move.channel_index, move.tries) == (NOW, index, 2)


@pytest.mark.parametrize("cause", sorted(set(Cause) - {C.TEMPLATE, C.ACCOUNT}))
def test_nothing_else_pauses_anything(cause: Cause) -> None:
    moves = [decide(a_standing(state), cause, MOMENT) for state in DeliveryState]
    assert not [move for move in moves if move and move.pause]


# Lapses, proofs, releases


def test_a_dropped_message_counts_a_lapse() -> None:
    assert decided(on_last_channel(S.SENT), C.DROPPED).lapses == 1
    assert decided(on_last_channel(S.SENT, lapses=1), C.DROPPED).lapses == 2


def test_after_a_lapse_the_next_channel_is_tried_at_once() -> None:
    move = decided(a_standing(S.LAPSED, tries=2, lapses=1), C.ONWARD)
    assert (move.to, move.channel_index, move.tries, move.lapses, move.due_at) == (S.PENDING, 1, 0, 1, NOW)


def test_after_a_lapse_on_the_last_channel_it_is_tried_once_more_tomorrow_morning() -> None:
    move = decided(on_last_channel(S.LAPSED, tries=3, lapses=MAX_LAPSES), C.ONWARD, replace(MOMENT, spread=0.5))
    assert (move.to, move.channel_index, move.tries, move.lapses) == (S.PENDING, 1, 0, MAX_LAPSES)
    assert move.due_at == MOMENT.tomorrow + timedelta(hours=8, minutes=15)


def test_after_one_lapse_too_many_nobody_was_reached() -> None:
    move = decided(on_last_channel(S.LAPSED, lapses=MAX_LAPSES + 1), C.ONWARD)
    assert (move.to, move.due_at) == (S.REFUSED, None)


@pytest.mark.parametrize(("state", "cause"), [(S.HELD, C.RELEASED), (S.UNKNOWN, C.NOT_ARRIVED)])
def test_what_may_go_again_goes_now_with_all_its_tries(state: DeliveryState, cause: Cause) -> None:
    move = decided(on_last_channel(state, tries=MAX_TRIES), cause)
    assert (move.due_at, move.tries, move.channel_index) == (NOW, 0, 1)


# Whatever happens

histories = st.lists(st.sampled_from(Cause), max_size=60)
channel_lists = st.lists(st.sampled_from(Channel), min_size=1, max_size=3).map(tuple)


def live(standing: Standing, causes: list[Cause], spread: float) -> list[tuple[Standing, Move]]:
    """The moves that a history brings, each with how the delivery stood before it."""
    lived = []
    for cause in causes:
        move = decide(standing, cause, replace(MOMENT, spread=spread))
        if move is None:
            continue
        lived.append((standing, move))
        standing = replace(
            standing, state=move.to, channel_index=move.channel_index, tries=move.tries, lapses=move.lapses
        )
    return lived


@given(histories, channel_lists, st.floats(0, 1, exclude_max=True))
def test_no_history_leads_astray(causes: list[Cause], channels: tuple[Channel, ...], spread: float) -> None:
    lived = live(a_standing(channels=channels), causes, spread)
    for before, move in lived:
        assert before.state not in SETTLED
        assert before.channel_index <= move.channel_index < len(channels)
        assert 0 <= move.tries <= MAX_TRIES
        # A PENDING delivery without a due time would wait for a run that never ends.
        assert (move.due_at is not None) == (move.to is S.PENDING)
        assert move.due_at is None or move.due_at >= NOW
        assert before.state is not S.SENT or move.to in {S.DELIVERED, S.LAPSED}
    assert Counter(move.to for _, move in lived)[S.LAPSED] <= MAX_LAPSES + len(channels)
