"""After a restore: what may have been said already waits for a person, and everything else goes on."""

from datetime import timedelta

import pytest

from adapter.model import DeliveryState, EntryId, EpochKind, RunState, SendingMode
from adapter.steps import epoch, poll, tend
from tests.fakes import as_text
from tests.steps.desk import CODE, OWNER, Desk

BY = "anh Minh"


def restore(desk: Desk) -> int:
    """The database of this moment is what a backup held; gives how many are held."""
    _, held = epoch.begin(desk.store, BY)
    return held


def held_codes(desk: Desk) -> list[str]:
    return [delivery.code for delivery in desk.deliveries(DeliveryState.HELD)]


def test_what_waits_or_is_on_the_wire_is_held(either: Desk) -> None:
    either.zalo.says = lambda _: None
    for number, status in enumerate("2459"):
        either.source.file(f"{CODE[:-1]}{number}", status)
    either.read()
    either.turn()  # claimed, and no answer comes
    either.source.file("moi", "2")
    either.source.dies_after = 5
    either.clock.advance(minutes=1)
    assert either.poll().state is RunState.CUT  # its message is not released yet
    either.source.dies_after = None
    assert {state for _, state in either.states()} == {"sending", "pending"}
    assert restore(either) == len(either.deliveries()) == 5
    assert held_codes(either) == [epoch.RESTORED] * 5
    assert either.deliver() == []


def test_what_a_person_held_back_or_let_go_since_is_in_doubt_too(desk: Desk) -> None:
    desk.options.hold_above = 1
    for code in (CODE, "khác"):
        desk.source.file(code)
    desk.clock.advance(minutes=1)
    assert desk.poll().state is RunState.HELD
    assert held_codes(desk) == ["surge", "surge"]
    assert restore(desk) == 2
    assert held_codes(desk) == [epoch.RESTORED] * 2
    assert restore(desk) == 0, "a second time holds nothing twice"


def test_a_person_may_let_what_was_held_go(either: Desk) -> None:
    either.source.file(CODE)
    either.read()
    restore(either)
    (held,) = either.deliveries(DeliveryState.HELD)
    assert either.release(held.id) == 1
    assert [delivery.message.event for delivery in either.deliver()] == ["received"]


def test_many_are_held_in_portions(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epoch, "BATCH", 3)
    for number in range(8):
        desk.source.file(f"so-{number}")
    desk.read()
    assert restore(desk) == 8
    assert desk.store.labels.count("epoch.hold") == 4


def test_what_is_unknown_gets_no_reminder(either: Desk) -> None:
    either.source.file(CODE, "5")  # a supplement, which would be reminded of
    either.read()
    either.zalo.says = lambda _: None
    either.turn()
    either.clock.advance(seconds=51)
    either.turn()
    assert [state for _, state in either.states()] == ["unknown"]
    restore(either)
    either.clock.advance(minutes=16)
    assert tend.resolve_unknown(either.tending()) == 0
    assert len(either.deliveries()) == 1


def test_a_drop_that_shows_after_the_restore_is_not_sent_another_way(either: Desk) -> None:
    either.source.file(CODE)
    either.read()
    (sent,) = either.deliver()
    restore(either)
    either.clock.advance(hours=3)
    either.zalo.fates = {f"zalo-{sent.tracking_id}": False}
    tend.confirm(either.tending())
    assert held_codes(either) == [epoch.RESTORED]
    either.clock.advance(days=1)
    assert either.deliver() == []


def test_readings_are_in_doubt_until_the_restore_is_caught_up_with(either: Desk) -> None:
    either.source.file(CODE)
    either.read()
    either.deliver()
    either.clock.advance(days=2, hours=12)  # what happened in here was told by the database that is gone
    either.source.file(CODE, "5", NgayCapNhat=as_text(either.clock() - timedelta(days=2)))
    either.source.file("khác", "4", NgayTiepNhan=as_text(either.clock() - timedelta(hours=1)))
    restore(either)
    either.clock.advance(minutes=5)
    runs = poll.poll(either.polling())
    assert len(runs) == 3, "longer than one window of the source"
    assert {run.state for run in runs} == {RunState.HELD, RunState.DONE}
    assert {run.fault for run in runs if run.messages} == {epoch.RESTORED}
    assert either.deliver() == []

    either.source.file("ba")
    assert either.read().fault == ""
    assert [delivery.message.event for delivery in either.deliver()] == ["received"]


def test_a_reading_that_broke_off_holds_what_it_made_and_leaves_the_next_one_in_doubt(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.deliver()
    restore(desk)
    desk.source.file("khác")
    desk.clock.advance(minutes=5)
    desk.source.dies_after = 2
    assert desk.poll().state is RunState.CUT
    assert held_codes(desk) == [epoch.RESTORED]
    assert any(key.startswith("held:") for key in desk.alarm.standing)
    desk.source.file("ba")
    desk.source.dies_after = None
    assert desk.poll().fault == epoch.RESTORED
    assert held_codes(desk) == [epoch.RESTORED] * 2
    assert desk.deliver() == []


def test_a_quiet_reading_after_a_restore_rings_nobody(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.deliver()
    restore(desk)
    desk.clock.advance(minutes=5)
    assert desk.poll().state is RunState.DONE


def test_a_sweep_that_looks_behind_the_restore_is_in_doubt(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.deliver()
    desk.clock.advance(hours=1)
    restore(desk)
    desk.clock.advance(minutes=5)
    assert desk.poll().state is RunState.DONE
    desk.source.file("sót", NgayCapNhat=as_text(desk.clock() - timedelta(hours=2)))  # told by an earlier sweep?
    runs = poll.sweep(desk.polling(), timedelta(days=1))
    assert epoch.RESTORED in {run.fault for run in runs}
    assert desk.deliver() == []
    desk.clock.advance(days=2)
    poll.poll(desk.polling())
    desk.deliver()
    desk.source.file("sau", NgayCapNhat=as_text(desk.clock() - timedelta(hours=2)))
    assert epoch.RESTORED not in {run.fault for run in poll.sweep(desk.polling(), timedelta(days=1))}


def test_leases_and_alarms_of_the_backup_are_let_go(desk: Desk) -> None:
    desk.alarm.raise_("source:vinhphuc", "Không đọc được.")
    desk.store.write("test", lambda tx: tx.leases.take("seal", "may-khac:1:aa", 3600))
    restore(desk)
    epoch.tell(desk.store, desk.alarm, 1, 0)
    assert [*desk.alarm.standing] == ["held:restored-1"], (
        "who was told of the backup's alarms is told that they are over"
    )
    assert [raised.key for raised in desk.store.read(lambda tx: tx.alarms.standing())] == ["held:restored-1"]
    assert desk.store.write("test", lambda tx: tx.leases.take("seal", OWNER, 30)) is not None


def test_the_ledger_says_who_did_it_and_what_was_held(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    (message,) = desk.deliveries()
    epoch.begin(desk.store, BY, backup="motcua.db")
    entries = desk.store.read(lambda tx: tx.ledger.entries(["person", "epoch", "delivery"], _FIRST, 100))
    bodies = [entry.body.decode() for entry in entries]
    assert any('"verb":"restore"' in body and BY in body and '"backup":"motcua.db"' in body for body in bodies)
    assert any('"epoch":1' in body for body in bodies)
    assert any(f'"id":"{message.id}"' in body and '"state":"held"' in body for body in bodies)


def begin_empty(desk: Desk) -> None:
    """As ``motcua db upgrade`` does with a database without tables."""
    assert desk.store.write("test", lambda tx: epoch.begin_new(tx, BY)) == 1


def test_a_database_that_begins_empty_holds_its_first_reading(either: Desk) -> None:
    either.source.file(CODE)
    begin_empty(either)
    either.clock.advance(minutes=1)
    run = either.poll()
    assert (run.state, run.fault) == (RunState.HELD, EpochKind.NEW)
    assert held_codes(either) == [EpochKind.NEW]
    assert either.deliver() == []
    either.source.file("ba")
    assert either.read().fault == ""
    assert [delivery.message.event for delivery in either.deliver()] == ["received"]


def test_a_first_reading_that_broke_off_says_why_it_is_held(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.source.file("hai")
    begin_empty(desk)
    desk.clock.advance(minutes=1)
    desk.source.dies_after = 1
    assert desk.poll().state is RunState.CUT
    (said,) = [sentence for key, sentence in desk.alarm.standing.items() if key.startswith("held:")]
    assert "cơ sở dữ liệu mới" in said
    desk.source.dies_after = None
    assert desk.poll().fault == EpochKind.NEW


def test_after_a_shadow_week_an_empty_beginning_is_forgotten(desk: Desk) -> None:
    desk.options.mode = SendingMode.OFF
    begin_empty(desk)
    desk.source.file(CODE)
    assert desk.read().fault == ""
    desk.clock.advance(days=7)
    poll.poll(desk.polling())
    desk.options.mode = SendingMode.ON
    desk.source.file("mới")
    assert desk.read().fault == ""
    assert len(desk.deliver()) == 1


def test_a_restore_after_an_empty_beginning_is_what_counts(desk: Desk) -> None:
    begin_empty(desk)
    desk.source.file(CODE)
    desk.clock.advance(minutes=1)
    assert desk.poll().fault == EpochKind.NEW
    restore(desk)
    assert held_codes(desk) == [epoch.RESTORED]


def test_a_database_never_put_back_holds_nothing(desk: Desk) -> None:
    assert desk.store.read(lambda tx: tx.epochs.present()) is None
    desk.source.file(CODE)
    desk.read()
    assert len(desk.deliver()) == 1


_FIRST = EntryId("")
