import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from adapter.simulators.onestop import records
from adapter.simulators.onestop.bulk import bulk
from adapter.simulators.onestop.happenings import NOW, Happening
from adapter.simulators.onestop.province import Moment, Province

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def province(clock: Clock) -> Province:
    return Province(clock)


def happen(code: str, status: str, office: str = "", **changes: str) -> Happening:
    return Happening(after_seconds=0, code=code, office=office, changes={"TrangThaiHoSo": status, **changes})


def test_a_change_is_stamped_with_the_provinces_clock_cut_to_the_second(province: Province, clock: Clock) -> None:
    clock.forward(7.9)
    changed = province.apply(Happening(after_seconds=99, code="X", changes={"NgayTiepNhan": NOW}))
    assert changed.updated_at == START + timedelta(seconds=7)
    assert changed.values()["NgayTiepNhan"] == "23/11/2026 08:00:07"


def test_a_stamp_never_goes_back_even_when_the_clock_does(province: Province, clock: Clock) -> None:
    first = province.apply(happen("X", "2"))
    clock.forward(-60)
    assert province.apply(happen("X", "4")).updated_at == first.updated_at
    assert province.put(records.make({"MaHoSo": "X"}, START)).updated_at == first.updated_at


def test_a_removed_dossier_is_in_no_answer_and_its_end_in_the_timeline(province: Province) -> None:
    record = province.apply(happen("X", "2", office="A"))
    assert province.remove("X", "A")
    assert not province.remove("X", "A")
    assert not province.lookup("X")
    assert not province.window(START, START)
    assert [moment.kind for moment in province.timeline()] == ["happening", "remove"]
    assert [moment.record for moment in province.history("X")] == [record]


def test_a_window_includes_both_ends_and_nothing_outside(province: Province) -> None:
    province.load(records.make({"MaHoSo": str(n)}, START + timedelta(seconds=n)) for n in range(5))
    seen = province.window(START + timedelta(seconds=1), START + timedelta(seconds=3))
    assert [record.code for record in seen] == ["1", "2", "3"]


def test_a_changed_dossier_leaves_its_old_place_in_the_window(province: Province, clock: Clock) -> None:
    for code in "ABC":
        province.apply(happen(code, "2"))
        clock.forward(1)
    province.apply(happen("A", "4"))
    assert [record.code for record in province.window(START, START + timedelta(seconds=2))] == ["B", "C"]
    assert [record.code for record in province.window(START, clock.now)] == ["B", "C", "A"]


def test_one_code_at_two_offices_is_two_dossiers(province: Province) -> None:
    for office in ("one", "two"):
        province.apply(happen("X", "2", office))
    province.apply(happen("X", "9", "two"))
    assert {record.office: record.status for record in province.lookup("X")} == {"one": "2", "two": "9"}
    with pytest.raises(ValueError, match="two offices"):
        province.apply(happen("X", "4"))


def test_a_dossier_moves_to_another_office_and_to_another_code(province: Province) -> None:
    province.apply(happen("X", "2", "district"))
    province.apply(happen("X", "4", "district", MaDonVi="commune"))
    assert [record.office for record in province] == ["commune"]
    province.apply(happen("X", "4", MaHoSo="Y"))
    assert [record.code for record in province] == ["Y"]
    assert province.lookup("X") == []


def test_a_move_onto_another_dossier_is_refused(province: Province) -> None:
    for office in ("one", "two"):
        province.apply(happen("X", "2", office))
    with pytest.raises(ValueError, match="another dossier"):
        province.apply(happen("X", "2", "one", MaDonVi="two"))
    assert len(province) == 2


def test_the_timeline_holds_every_state_in_order_and_listeners_hear_it(province: Province, clock: Clock) -> None:
    heard: list[Moment] = []
    province.listen(heard.append)
    for status in ("1", "2", "4", "9", "10"):
        province.apply(happen("X", status))
        province.apply(happen("Y", status))
        clock.forward(0.25)
    province.touch(1)
    assert heard == province.timeline()
    truth = [(moment.at, moment.record.status) for moment in heard if moment.record.code == "X"]
    assert truth[:5] == [(START + timedelta(seconds=n / 4), s) for n, s in enumerate(("1", "2", "4", "9", "10"))]
    assert [moment.record.status for moment in province.history("X")] == ["1", "2", "4", "9", "10"]


def test_a_touch_takes_those_changed_longest_ago_and_leaves_their_content(province: Province, clock: Clock) -> None:
    before = list(bulk(5, 1, first=START, per_second=1))
    province.load(before)
    clock.forward(3600)
    assert [record.code for record in province.touch(2)] == [record.code for record in before[:2]]
    assert [record.code for record in province.window(clock.now, clock.now)] == [record.code for record in before[:2]]
    assert [record.values() for record in province.window(clock.now, clock.now)] == [r.values() for r in before[:2]]


def test_after_any_history_the_window_holds_each_dossier_once(province: Province, clock: Clock) -> None:
    chance = random.Random(1)
    acts: list[Callable[[], object]] = [
        lambda: province.apply(happen(str(chance.randrange(20)), str(chance.randrange(1, 11)))),
        lambda: province.touch(chance.randrange(3)),
        lambda: province.put(records.make({"MaHoSo": str(chance.randrange(20))}, START)),
        lambda: clock.forward(chance.choice((0, 0.3, 5, -2))),
    ]
    for _ in range(500):
        chance.choice(acts)()
    rows = province.window(START - timedelta(days=1), START + timedelta(days=1))
    assert sorted(record.code for record in rows) == sorted({moment.record.code for moment in province.timeline()})
    latest = {moment.record.code: moment.record for moment in province.timeline()}
    assert {record.code: record for record in rows} == latest
    assert [r.updated_at for r in rows] == sorted(r.updated_at for r in rows)
