import json

import pytest

from adapter.simulators.onestop.records import Record
from adapter.simulators.onestop.server import OnestopSimulator
from tests.simulators.onestop.asking import Heard, ask, ask_list, control


def lines(heard: Heard) -> list[dict[str, object]]:
    return [json.loads(line) for line in heard.body.splitlines()]


def test_health_counts_dossiers(simulator: OnestopSimulator, ten: list[Record]) -> None:
    health = json.loads(control(simulator, "health").body)
    assert (health["ok"], health["dossiers"]) == (True, len(ten))


def test_happenings_and_records_reach_the_wire_and_the_timeline(simulator: OnestopSimulator) -> None:
    opened = {"code": "X", "office": "O", "changes": {"TrangThaiHoSo": "2", "NgayHenTra": {"working_days": 1}}}
    moved = {"code": "X", "changes": {"TrangThaiHoSo": "4"}}
    put = {"MaHoSo": "Y", "MaDonVi": "O", "TrangThaiHoSo": "9"}
    heard = control(simulator, "happenings", {"happenings": [opened, moved], "records": [put]})
    assert json.loads(heard.body) == {"applied": 2, "put": 1}
    rows = {row["MaHoSo"]: row for row in ask_list(simulator).rows()}
    assert {code: row["TrangThaiHoSo"] for code, row in rows.items()} == {"X": "4", "Y": "9"}
    assert rows["X"]["NgayHenTra"].endswith("17:00:00")
    truth = lines(control(simulator, "timeline"))
    assert [(m["code"], m["office"], m["status"], m["kind"]) for m in truth] == [
        ("X", "O", "2", "happening"),
        ("X", "O", "4", "happening"),
        ("Y", "O", "9", "put"),
    ]


def test_the_timeline_can_go_on_from_where_it_was_read_and_show_fields(
    simulator: OnestopSimulator, ten: list[Record]
) -> None:
    [last] = lines(control(simulator, "timeline?from=9&fields=1"))
    assert last["fields"] == ten[9].values()
    assert "fields" not in lines(control(simulator, "timeline"))[0]


def test_touch_restamps(simulator: OnestopSimulator, ten: list[Record]) -> None:
    assert json.loads(control(simulator, "touch", {"count": 4}).body) == {"touched": 4}
    assert ask_list(simulator, until=ten[-1].updated_at).codes() == [record.code for record in ten[4:]]


def test_bulk_loads_records_that_a_window_up_to_now_holds(simulator: OnestopSimulator) -> None:
    assert json.loads(control(simulator, "bulk", {"count": 120, "per_second": 60}).body) == {"loaded": 120}
    assert ask_list(simulator, until=simulator.province.clock()).text("Total") == "120"


def test_knobs_are_turned_ordered_shown_and_reset(simulator: OnestopSimulator, ten: list[Record]) -> None:
    order = {"standing": {"page_cap": 3}, "next": [{"operation": "TraCuuHoSo", "calls": 1, "knobs": {"status": 502}}]}
    shown = json.loads(control(simulator, "knobs", order).body)
    assert (shown["standing"]["page_cap"], shown["next"]) == (3, {"TraCuuHoSo": 1})
    assert len(ask_list(simulator).rows()) == 3
    assert ask(simulator, "TraCuuHoSo", {"maHoSo": "X"}).status == 502
    control(simulator, "knobs", {"reset": True})
    assert json.loads(control(simulator, "knobs").body)["standing"]["page_cap"] == 0
    assert len(ask_list(simulator).rows()) == len(ten)


def test_calls_are_counted_by_operation(simulator: OnestopSimulator) -> None:
    ask_list(simulator)
    ask_list(simulator)
    ask(simulator, "TraCuuHoSo", {"maHoSo": "X"}, password="wrong")
    counted = json.loads(control(simulator, "calls").body)
    assert counted == {"LayDanhSachHoSo": 2, "TraCuuHoSo": 1, "LayQuaTrinhXuLy": 0}


@pytest.mark.parametrize(
    ("name", "order", "status"),
    [
        ("knobs", {"standing": {"latancy": 1}}, 400),
        ("knobs", {"standing": []}, 400),
        ("knobs", {"next": {}}, 400),
        ("knobs", {"next": [{"calls": -1, "knobs": {}}]}, 400),
        ("happenings", {"happenings": [{}]}, 400),
        ("happenings", {"happenings": [{"code": "X", "changes": {"DaXoa": "1"}}]}, 400),
        ("happenings", {"records": [1]}, 400),
        ("touch", {"count": "all"}, 400),
        ("touch", [], 400),
        ("nothing", {}, 404),
    ],
)
def test_an_order_that_cannot_be_carried_out_says_why(
    simulator: OnestopSimulator, name: str, order: object, status: int
) -> None:
    heard = control(simulator, name, order)
    assert heard.status == status
    assert json.loads(heard.body)["error"]


def test_an_unknown_page_of_the_control_is_not_found(simulator: OnestopSimulator) -> None:
    assert control(simulator, "nothing").status == 404
