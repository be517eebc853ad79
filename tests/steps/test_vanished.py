"""A one-stop in another version of its format: phones or owners vanish from its records. Nobody is given up for it."""

import pytest

from adapter.core import mapping
from adapter.core.changes import FEW
from adapter.model import DeliveryState, RunState
from tests.steps.conftest import SET
from tests.steps.desk import Desk, without_quiet_hours

ALARM = "source:vinhphuc"


def file_many(desk: Desk, *numbers: int) -> None:
    for number in numbers:
        desk.source.file(code(number), SoDienThoai=f"09{number:08d}")


def code(number: int) -> str:
    return f"000.22.31.H62-261124-{number:04d}"


def rename(desk: Desk, old: str, new: str) -> None:
    """Another version of the format."""
    for name, (stamp, row) in desk.source.rows.items():
        if old in row:
            desk.source.rows[name] = stamp, {new if field == old else field: text for field, text in row.items()}


@pytest.mark.parametrize("field", ["SoDienThoai", "ChuHoSo"])
def test_records_that_lost_what_they_had_are_not_believed(either: Desk, field: str) -> None:
    file_many(either, *range(10))
    either.read()
    file_many(either, *range(10, 13))
    rename(either, field, "Khac")
    either.clock.advance(minutes=1)
    run = either.poll()
    assert run.state is RunState.CUT
    assert run.fault.startswith("format: ")
    assert "định dạng" in either.alarm.standing[ALARM]
    assert [state for _, state in either.states()] == ["pending"] * 10
    assert either.skipped() == []
    rename(either, "Khac", field)
    either.read()
    assert either.alarm.standing == {}
    either.deliver()
    assert [state for _, state in either.states()] == ["sent"] * 13


def test_a_few_numbers_that_were_struck_out_are_believed(desk: Desk) -> None:
    """As are many, as long as most dossiers that changed kept theirs."""
    file_many(desk, *range(20))
    desk.read()
    for number in range(FEW - 1):
        desk.source.file(code(number), SoDienThoai="")
    desk.read()
    assert len(desk.deliveries(DeliveryState.CANCELLED)) == FEW - 1
    for number in range(FEW - 1, 20):
        desk.source.file(code(number), "4", SoDienThoai="" if number < 2 * FEW else f"09{number:08d}")
    desk.read()
    assert len(desk.deliveries(DeliveryState.CANCELLED)) == 2 * FEW


@pytest.mark.parametrize(("status", "state"), [("10", RunState.DONE), ("4", RunState.CUT)])
def test_an_archive_may_take_the_numbers_out_of_what_is_over(desk: Desk, status: str, state: RunState) -> None:
    file_many(desk, *range(10))
    desk.read()
    for number in range(10):
        desk.source.file(code(number), status, SoDienThoai=f"09{number:08d}")
    desk.read()
    for number in range(10):
        desk.source.file(code(number), status, SoDienThoai="")
    desk.clock.advance(minutes=1)
    assert desk.poll().state is state


def test_a_mapping_that_knows_the_new_name_reads_on(desk: Desk, set_files: dict[str, str]) -> None:
    """What is remembered and what is read are compared as the present mapping reads both."""
    file_many(desk, *range(10))
    desk.read()
    rename(desk, "SoDienThoai", "DienThoai")
    desk.clock.advance(minutes=1)
    assert desk.poll().state is RunState.CUT
    files = set_files | {"fields.yaml": set_files["fields.yaml"].replace("[SoDienThoai]", "[SoDienThoai, DienThoai]")}
    mended, _ = mapping.load(files, str(SET))
    assert mended is not None
    desk.rulebook = without_quiet_hours(mended)
    desk.read()
    desk.deliver()
    assert [state for _, state in desk.states()] == ["sent"] * 10
