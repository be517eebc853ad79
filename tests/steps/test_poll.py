"""Polling: what is read is remembered, told once, and never before its run has ended well."""

import time
from dataclasses import replace
from datetime import timedelta
from itertools import count, pairwise

import pytest

from adapter.core import mapping
from adapter.errors import LeaseLostError, SourceError, SourceFault
from adapter.model import DeliveryState, Interval, Record, Run, RunKind, RunState, SkipReason
from adapter.steps import poll
from adapter.steps.batches import PAGE
from tests.fakes import as_text
from tests.steps.desk import CODE, OWNER, Desk

OTHER = "000.22.31.H62-261123-0002"
AGES = [(timedelta(0), "pending"), (timedelta(days=2, hours=23), "pending"), (timedelta(days=3, hours=1), "too_old")]


@pytest.mark.parametrize(("age", "becomes"), AGES)
def test_a_dossier_seen_for_the_first_time_is_told_only_while_young(desk: Desk, age: timedelta, becomes: str) -> None:
    desk.source.file(CODE, NgayTiepNhan=as_text(desk.clock() - age))
    desk.read()
    told = [delivery.standing.state.value for delivery in desk.deliveries()]
    assert told + [skip.reason.value for skip in desk.skipped()] == [becomes]


def test_an_equal_digest_is_nothing(either: Desk) -> None:
    either.source.file(CODE)
    first, second = either.read(), either.read()
    assert (first.records, first.changes, first.messages) == (1, 1, 1)
    assert (second.records, second.changes, second.messages) == (1, 0, 0)
    assert [d.message.event for d in either.deliver()] == ["received"]


def test_a_page_without_news_is_no_commit_but_the_lease_lives_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.store.labels.clear()
    assert desk.read().records == 1
    assert "poll.page" not in desk.store.labels
    hours = count(0, 3600)
    monkeypatch.setattr(time, "monotonic", lambda: float(next(hours)))
    assert desk.read().records == 1
    assert "poll.page" in desk.store.labels


@pytest.mark.parametrize("first", ["new", "known"])
def test_a_copy_as_remembered_speaks_against_one_of_the_same_time(desk: Desk, first: str) -> None:
    """Whichever of the two comes last counts, page for page the same: else a dossier would change at every poll."""
    desk.source.file(CODE, "2")
    known = desk.source.record(CODE)
    desk.read()
    other = Record(inputs={**known.inputs, "TrangThaiHoSo": "5"})
    desk.source.rows.clear()
    desk.source.extra = [known, other] if first == "known" else [other, known]
    assert [desk.read().changes for _ in range(3)] == ([1, 0, 0] if first == "known" else [0, 0, 0])


def test_a_touched_record_is_no_change(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.read()
    desk.source.file(CODE)
    assert desk.read().changes == 0


def test_publishing_a_mapping_never_invents_changes(desk: Desk, set_files: dict[str, str]) -> None:
    desk.source.file(CODE, "2")
    desk.read()
    edited = set_files | {
        "statuses.yaml": set_files["statuses.yaml"].replace('"2":\n    event: received', '"2":\n    event: supplement')
    }
    edited_rulebook, problems = mapping.load(edited, "/set")
    assert edited_rulebook is not None, problems
    assert edited_rulebook.statuses["2"].event == "supplement"
    desk.rulebook = edited_rulebook
    assert desk.read().changes == 0  # an equal digest
    desk.source.file(CODE, "2")
    assert desk.read().changes == 0  # another digest, but both readings now mean "supplement"
    assert len(desk.deliveries()) == 1


def test_an_older_copy_is_ignored(desk: Desk) -> None:
    desk.source.file(CODE, "2")
    stale = desk.source.record(CODE)
    desk.clock.advance(minutes=5)
    desk.source.file(CODE, "4")
    desk.read()
    desk.source.rows.clear()
    desk.source.extra = [stale]
    assert desk.read().changes == 0
    assert [d.message.event for d in desk.deliveries()] == ["step"]


def test_of_two_copies_on_one_page_the_newer_counts(desk: Desk) -> None:
    desk.source.file(CODE, "2")
    older = desk.source.record(CODE)
    desk.clock.advance(minutes=1)
    desk.source.file(CODE, "5", YKien="Thiếu bản chụp")
    newer = desk.source.record(CODE)
    desk.source.extra = [newer, older, newer]
    desk.read()
    assert desk.states() == [("supplement", "pending")]


def test_a_cut_run_keeps_records_and_the_next_one_releases_them_too(either: Desk) -> None:
    either.source.file(CODE)
    either.source.dies_after = 1
    cut = either.poll()
    assert (cut.state, cut.records, cut.changes) == (RunState.CUT, 1, 1)
    assert either.covered() == []
    assert either.deliver() == []
    assert "source:vinhphuc" in either.alarm.standing
    either.source.dies_after = None
    either.clock.advance(minutes=1)
    either.source.file(OTHER)
    run = either.read()
    assert (run.changes, run.messages) == (1, 2)
    assert len(either.deliver()) == 2
    assert "source:vinhphuc" not in either.alarm.standing


@pytest.mark.parametrize("label", ["poll.end", "poll.page"])
def test_a_run_that_dies_is_cut_by_the_next(desk: Desk, label: str) -> None:
    desk.source.file(CODE)
    desk.store.failing[label] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        desk.poll()
    assert desk.deliver() == []
    assert desk.covered() == []
    desk.read()
    runs = desk.store.read(lambda tx: tx.runs.recent(5))
    assert [run.state for run in runs] == [RunState.DONE, RunState.CUT]
    assert len(desk.deliver()) == 1


def test_coverage_closes_behind_the_settle_lag_and_is_read_again_with_overlap(desk: Desk) -> None:
    spec, start = desk.rulebook.source, desk.clock()
    desk.poll()
    assert desk.covered() == [Interval(start=start - timedelta(days=1), end=start - spec.settle_lag)]
    desk.clock.advance(minutes=3)
    desk.poll()
    assert desk.source.windows[-1] == Interval(start=start - spec.settle_lag - spec.overlap, end=desk.clock())
    closed = Interval(start=start - timedelta(days=1), end=desk.clock() - spec.settle_lag)
    assert desk.covered() == [closed]


def test_a_row_that_appears_late_is_still_found(desk: Desk) -> None:
    desk.read()
    desk.clock.advance(minutes=25)
    late = as_text(desk.clock() - timedelta(minutes=20))
    desk.read()
    desk.source.file(CODE, NgayCapNhat=late)
    assert desk.read().changes == 1


def test_a_long_outage_is_read_in_pieces_the_source_accepts(desk: Desk) -> None:
    desk.poll()
    desk.clock.advance(days=2, hours=12)
    runs = poll.poll(desk.polling())
    assert len(runs) == 3
    assert all(run.window.end - run.window.start <= desk.rulebook.source.max_window for run in runs)
    assert all(one.window.end == two.window.start for one, two in pairwise(runs))
    assert len(desk.covered()) == 1


def test_a_long_poll_goes_on_with_the_mapping_that_went_live_meanwhile(desk: Desk) -> None:
    """An admin who mends a text does not see days of messages go out in the old words."""
    desk.poll()
    desk.clock.advance(days=2, hours=12)
    desk.live = False
    assert [run.state for run in poll.poll(desk.polling())] == [RunState.DONE]
    desk.live = True  # the next poll begins with it
    assert len(poll.poll(desk.polling())) == 2
    assert len(desk.covered()) == 1


def test_a_sweep_reads_to_its_end_with_the_mapping_it_began_with(desk: Desk) -> None:
    desk.live = False
    runs = poll.sweep(desk.polling(), timedelta(days=3))
    assert [run.state for run in runs] == [RunState.DONE] * 3


@pytest.mark.parametrize(("live", "rings"), [(True, ["source:vinhphuc"]), (False, [])])
def test_a_reading_that_a_reload_broke_off_rings_nobody(desk: Desk, live: bool, rings: list[str]) -> None:
    """``source.yaml`` was edited, so the door that it reads through is shut; the next reading has a new one."""
    desk.source.file(CODE)
    desk.source.dies_after = 0
    desk.live = live
    (run,) = poll.poll(desk.polling())
    assert run.state is RunState.CUT
    assert list(desk.alarm.standing) == rings


def test_a_hole_that_a_sweep_left_behind_it_is_read(desk: Desk) -> None:
    desk.poll()
    desk.source.file(
        CODE,
        NgayTiepNhan=as_text(desk.clock() + timedelta(days=1)),
        NgayCapNhat=as_text(desk.clock() + timedelta(days=1)),
    )
    desk.clock.advance(days=3)
    poll.sweep(desk.polling(), timedelta(days=1))
    assert len(desk.covered()) == 2
    runs = poll.poll(desk.polling())
    assert len(desk.covered()) == 1
    assert sum(run.changes for run in runs) == 1


def test_records_that_cannot_be_read_are_kept_and_rung_for(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.source.file(OTHER, "77")
    desk.source.extra = [Record(inputs={"MaHoSo": "X"})]
    run = desk.read()
    assert (run.state, run.records, run.changes) == (RunState.DONE, 1, 1)
    assert desk.alarm.standing["rejects:vinhphuc"].startswith("2 hồ sơ")
    assert len(desk.deliver()) == 1


def test_what_only_a_former_mapping_could_not_read_rings_nobody(desk: Desk) -> None:
    """Else the alarm that a reload has just cleared would stand again, with nothing left to mend."""
    desk.live = False
    desk.source.file(CODE, "77")
    desk.read()
    assert desk.alarm.standing == {}


def test_more_messages_than_usual_are_held_until_a_person_lets_them_go(either: Desk) -> None:
    either.options.hold_above = 3
    codes = [f"000.22.31.H62-261123-{number:04d}" for number in range(4)]
    for code in codes:
        either.source.file(code)
    either.clock.advance(minutes=1)
    run = either.poll()
    assert (run.state, run.fault, run.messages) == (RunState.HELD, "surge", 4)
    assert f"held:{run.id}" in either.alarm.standing
    assert either.covered() != []  # the reading itself was whole
    assert either.deliver() == []
    assert either.release(*(d.id for d in either.deliveries())) == 4
    assert len(either.deliver()) == 4


def test_each_surprising_run_rings_by_itself(desk: Desk) -> None:
    desk.options.hold_above = 1
    for day in range(2):
        for number in range(2):
            desk.source.file(f"000.22.31.H62-261123-{day}00{number}")
        desk.clock.advance(minutes=1)
        assert desk.poll().state is RunState.HELD
    assert len([key for key in desk.alarm.rang if key.startswith("held:")]) == 2


BATCHES = [(19, 0, RunState.DONE, ""), (25, 0, RunState.HELD, "backwards"), (25, 120, RunState.DONE, "")]


@pytest.mark.parametrize(("backward", "onward", "state", "reason"), BATCHES)
def test_statuses_running_backwards_in_bulk_are_held(
    desk: Desk, backward: int, onward: int, state: RunState, reason: str
) -> None:
    desk.options.hold_above = 1000
    codes = [f"000.22.31.H62-261123-{number:04d}" for number in range(backward + onward)]
    for code in codes:
        desk.source.file(code, "10", SoDienThoai="")
    desk.read()
    desk.clock.advance(minutes=1)
    for number, code in enumerate(codes):
        desk.source.file(code, "2" if number < backward else "5")
    desk.clock.advance(minutes=1)
    run = desk.poll()
    assert (run.state, run.fault) == (state, reason)


@pytest.mark.parametrize("label", ["", "poll.end"])
def test_statuses_that_ran_backwards_in_a_reading_that_broke_off_are_held_with_the_next(
    either: Desk, label: str
) -> None:
    """``label``: where the machine dies; without one it is the source that breaks off."""
    either.options.hold_above = 1000
    codes = [f"000.22.31.H62-261123-{number:04d}" for number in range(25)]
    for code in codes:
        either.source.file(code, "10")
    either.read()
    assert len(either.deliver()) == 25
    either.clock.advance(minutes=1)
    for code in codes:
        either.source.file(code, "2")
    either.clock.advance(minutes=1)
    if label:
        either.store.failing[label] = KeyboardInterrupt()
        with pytest.raises(KeyboardInterrupt):
            either.poll()
    else:
        either.source.dies_after = 25
        assert either.poll().state is RunState.CUT
        either.source.dies_after = None
    run = either.poll()
    assert (run.state, run.fault) == (RunState.HELD, "backwards")
    assert either.deliver() == []


def test_of_two_pollers_one_reads(either: Desk) -> None:
    either.source.file(CODE)

    # Another machine's poll, and a sweep of the same process; its poll cannot run twice by its schedule.
    def others(_: int) -> None:
        assert poll.poll(either.polling("may-khac:1:a")) == []
        assert poll.sweep(either.polling(), timedelta(days=3)) == []

    either.source.between = others
    assert either.poll().state is RunState.DONE
    assert len(either.source.windows) == 1


def test_a_reader_whose_lease_another_held_meanwhile_stops(desk: Desk) -> None:
    desk.source.file(CODE)

    def stalls(_: int) -> None:
        desk.clock.advance(seconds=poll.LEASE_SECONDS + 1)
        desk.source.between = lambda _: None
        poll.poll(desk.polling("may-khac:1:a"))

    desk.source.between = stalls
    assert poll.poll(desk.polling()) == []
    states = [run.state for run in desk.store.read(lambda tx: tx.runs.recent(5))]
    assert sorted(states) == [RunState.CUT, RunState.DONE]
    assert len(desk.deliver()) == 1


def test_a_reader_that_fails_after_its_lease_was_over_rings_nobody(desk: Desk) -> None:
    """Another reads on by then: that this one could not is no trouble of the source."""
    desk.source.file(CODE)

    def stalls() -> None:
        desk.clock.advance(seconds=poll.LEASE_SECONDS + 1)
        desk.source.between = lambda _: None
        poll.poll(desk.polling("may-khac:1:a"))
        raise SourceError(SourceFault.TIMEOUT, "too slow")

    desk.source.between = lambda _: stalls()
    assert poll.poll(desk.polling()) == []
    assert desk.alarm.rang == []
    assert len(desk.deliver()) == 1


def test_two_partitions_are_not_read_at_once(desk: Desk) -> None:
    """The end of one run would release what the other has not judged yet."""
    seen: list[list[Run]] = []
    desk.source.file(CODE)
    desk.source.between = lambda _: seen.append(poll.poll(desk.polling("may-khac:1:a"), "000.22.31.H62"))
    assert len(poll.poll(desk.polling())) == 1
    assert seen == [[]]


def test_a_poll_that_must_stop_is_cut_between_pages(desk: Desk) -> None:
    for number in range(PAGE + 1):
        desk.source.file(f"000.22.31.H62-261123-{number:05d}", "1")
    desk.stopping = True
    run = desk.poll()
    assert (run.state, run.fault, run.records) == (RunState.CUT, "stopping", PAGE)
    assert desk.covered() == []
    desk.stopping = False
    assert desk.read().changes == 1


def test_a_duplicate_across_pages_is_one_change(desk: Desk) -> None:
    for number in range(PAGE):
        desk.source.file(f"000.22.31.H62-261123-{number:05d}", "1", SoDienThoai="")
    desk.source.file(CODE)
    desk.source.extra = [desk.source.record(CODE)]
    run = desk.read()
    assert (run.records, run.changes) == (PAGE + 2, PAGE + 1)
    assert len(desk.deliver()) == 1


def test_a_sweep_tells_what_the_fast_reader_missed_and_rings(desk: Desk) -> None:
    desk.source.hidden = {CODE}
    desk.source.file(CODE)
    desk.read()
    desk.clock.advance(hours=2)
    desk.read()
    desk.clock.advance(minutes=1)
    desk.rulebook = replace(desk.rulebook, source=replace(desk.rulebook.source, max_window=timedelta(days=4)))
    (run,) = poll.sweep(desk.polling(), timedelta(days=3))
    assert (run.kind, run.state, run.changes) == (RunKind.SWEEP, RunState.DONE, 1)
    assert desk.alarm.standing["gaps:vinhphuc"].startswith("Lần quét đối chiếu tìm thấy 1 thay đổi")
    assert desk.source.lookups == [CODE]
    assert len(desk.deliver()) == 1
    poll.sweep(desk.polling(), timedelta(days=3))
    assert "gaps:vinhphuc" not in desk.alarm.standing


def test_a_sweep_that_can_read_everything_ends_the_alarm_of_what_could_not_be_read(desk: Desk) -> None:
    """The province mended the record, and nobody touched the mapping: the next bad one must ring again."""
    desk.rulebook = replace(desk.rulebook, source=replace(desk.rulebook.source, max_window=timedelta(days=4)))
    desk.source.file(CODE, TrangThaiHoSo="không rõ")
    desk.read()
    assert "rejects:vinhphuc" in desk.alarm.standing
    poll.sweep(desk.polling(), timedelta(days=3))
    assert "rejects:vinhphuc" in desk.alarm.standing, "it still cannot be read"
    desk.source.file(CODE)
    desk.read()
    assert "rejects:vinhphuc" in desk.alarm.standing, "a short window does not show all"
    poll.sweep(desk.polling(), timedelta(days=3))
    assert "rejects:vinhphuc" not in desk.alarm.standing
    desk.source.file("hai", TrangThaiHoSo="không rõ")
    desk.read()
    assert desk.alarm.rang.count("rejects:vinhphuc") == 2


@pytest.mark.parametrize("moved", ["moved a moment ago", "gone", "not read yet"])
def test_what_is_no_gap_rings_nobody(desk: Desk, moved: str) -> None:
    desk.read()
    desk.clock.advance(hours=2)
    if moved != "not read yet":
        desk.source.hidden = {CODE}
        desk.source.file(CODE)
        desk.read()
        desk.clock.advance(hours=2)
        desk.read()
    else:
        desk.source.file(CODE)
    if moved == "moved a moment ago":
        desk.source.on_lookup = lambda code: desk.source.file(code, "4")
    if moved == "gone":
        desk.source.on_lookup = lambda _: desk.source.rows.clear()
    desk.clock.advance(minutes=1)
    desk.rulebook = replace(desk.rulebook, source=replace(desk.rulebook.source, max_window=timedelta(days=4)))
    (run,) = poll.sweep(desk.polling(), timedelta(days=3))
    assert run.changes == 1
    assert "gaps:vinhphuc" not in desk.alarm.standing


def test_a_bug_in_the_source_leaves_the_lease_to_its_own_process(desk: Desk) -> None:
    def bug(_: int) -> None:
        raise ZeroDivisionError

    desk.source.file(CODE)
    desk.source.between = bug
    with pytest.raises(ZeroDivisionError):
        desk.poll()
    desk.source.between = lambda _: None
    assert desk.read().changes == 1
    assert poll.poll(desk.polling(OWNER))


def test_lease_lost_is_no_fault_of_the_store(desk: Desk) -> None:
    desk.source.file(CODE)
    desk.store.failing["poll.page"] = LeaseLostError("another")
    assert poll.poll(desk.polling()) == []
    assert desk.deliveries(DeliveryState.PENDING) == []


def test_what_no_rule_speaks_of_is_accounted_for(desk: Desk) -> None:
    desk.rulebook = replace(desk.rulebook, rules=tuple(r for r in desk.rulebook.rules if r.on != "received"))
    desk.source.file(CODE)
    desk.source.file(OTHER, "1")
    desk.read()
    assert {skip.reason for skip in desk.skipped()} == {SkipReason.NO_RULE, SkipReason.RULE_OFF}
    assert desk.balance().obligations == 2
