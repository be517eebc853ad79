"""A new revision in the place of a message that was not sent."""

from datetime import datetime

import pytest
from sqlalchemy import select

from adapter.model import Channel, DeliveryState, Priority
from adapter.ports import Store
from adapter.store.schema import messages
from tests.store.clocks import START
from tests.store.letters import claim, due, message, one, put, raw, route

BOTH = (route(Channel.UID, "by-uid"), route(Channel.PHONE, "by-phone"))


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.HELD])
@pytest.mark.parametrize("due_at", [None, START])
def test_a_rebuild_puts_a_new_revision_in_the_place_of_an_unsent_one(
    clocked: Store, state: DeliveryState, due_at: datetime | None
) -> None:
    due(clocked, message("a", routes=BOTH, text="old"))
    if state is DeliveryState.HELD:
        put(clocked, "a", DeliveryState.HELD, code="-1124")
    before = one(clocked, "a")
    new = message("a", revision=2, text="new", routes=(route(template="other"),), priority=Priority.URGENT)

    assert clocked.write("test", lambda tx: tx.outbox.rebuild(before, new, due_at))

    after = one(clocked, "a")
    assert after.message == new
    assert (after.standing.state, after.standing.channel_index, after.standing.tries) == (DeliveryState.PENDING, 0, 0)
    assert (after.due_at, after.code, after.moves) == (due_at, "", before.moves + 1)
    assert [each.message for each in claim(clocked)] == ([new] if due_at else [])


def test_a_rebuild_of_what_moved_meanwhile_changes_nothing(clocked: Store) -> None:
    due(clocked, message("a"))
    before = one(clocked, "a")
    claim(clocked)

    assert not clocked.write("test", lambda tx: tx.outbox.rebuild(before, message("a", revision=2), START))
    claimed = one(clocked, "a")
    assert not clocked.write("test", lambda tx: tx.outbox.rebuild(claimed, message("a", revision=2), START))

    assert one(clocked, "a") == claimed
    assert clocked.read(lambda tx: raw(tx).execute(select(messages.c.revision)).scalars().all()) == [1]


def test_a_rebuild_under_an_old_revision_is_refused(clocked: Store) -> None:
    due(clocked, message("a"))
    before = one(clocked, "a")
    with pytest.raises(ValueError, match="later revision"):
        clocked.write("test", lambda tx: tx.outbox.rebuild(before, message("a"), START))
