import gzip
import http.client
import time
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from adapter.simulators.onestop.knobs import ANY, Knobs, Panel
from adapter.simulators.onestop.records import Record
from adapter.simulators.onestop.server import OnestopSimulator
from tests.simulators.onestop import asking
from tests.simulators.onestop.asking import SOAP11, ask, ask_list

pytestmark = pytest.mark.usefixtures("ten")


@pytest.mark.parametrize("status", [500, 502, 503])
def test_status_is_a_proxys_html_page(simulator: OnestopSimulator, status: int) -> None:
    simulator.knobs.turn(status=status)
    heard = ask_list(simulator)
    assert (heard.status, heard.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert heard.body.startswith(b"<html>")


def test_html_page_comes_with_200(simulator: OnestopSimulator) -> None:
    simulator.knobs.turn(html_page=True)
    heard = ask_list(simulator)
    assert (heard.status, heard.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "Đăng nhập".encode() in heard.body


def test_a_fault_hides_in_a_200(simulator: OnestopSimulator) -> None:
    simulator.knobs.turn(fault_in_200=True)
    heard = ask_list(simulator)
    assert heard.status == 200
    assert heard.root().find(f".//{{{SOAP11}}}Fault") is not None


def test_a_wrong_content_type_is_only_a_wrong_label(simulator: OnestopSimulator) -> None:
    simulator.knobs.turn(content_type="text/plain")
    heard = ask_list(simulator)
    assert (heard.headers["Content-Type"], len(heard.rows())) == ("text/plain", 10)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("length", [0, 700])
def test_a_cut_answer_ends_in_the_middle_of_the_body(
    simulator: OnestopSimulator, length: int, *, chunked: bool
) -> None:
    simulator.knobs.turn(truncate_after=length, chunked=chunked)
    with pytest.raises(http.client.IncompleteRead) as cut:
        ask_list(simulator)
    assert len(cut.value.partial) == length


@pytest.mark.parametrize("chunked", [False, True])
def test_an_answer_shorter_than_the_cut_arrives_whole(simulator: OnestopSimulator, *, chunked: bool) -> None:
    simulator.knobs.turn(truncate_after=10_000_000, chunked=chunked)
    assert len(ask_list(simulator).rows()) == 10


def test_a_dropped_call_gets_not_a_byte(simulator: OnestopSimulator) -> None:
    simulator.knobs.turn(drop=True)
    with pytest.raises(http.client.RemoteDisconnected):
        ask_list(simulator)
    assert simulator.calls()["LayDanhSachHoSo"] == 1


def test_latency_delays_the_first_byte(simulator: OnestopSimulator) -> None:
    simulator.knobs.turn(latency=0.2)
    began = time.monotonic()
    ask_list(simulator)
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("chunked", [False, True])
def test_a_drip_keeps_its_rate(simulator: OnestopSimulator, *, chunked: bool) -> None:
    simulator.knobs.turn(drip=20_000, chunked=chunked)
    began = time.monotonic()
    heard = ask_list(simulator)
    assert len(heard.rows()) == 10
    assert time.monotonic() - began >= 0.9 * len(heard.body) / 20_000


def test_chunked_announces_no_length(simulator: OnestopSimulator) -> None:
    simulator.knobs.turn(chunked=True)
    heard = ask_list(simulator)
    assert heard.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in heard.headers
    assert len(heard.rows()) == 10


def test_gzip_packs_the_same_document(simulator: OnestopSimulator) -> None:
    plain = ask_list(simulator).body
    simulator.knobs.turn(gzip=True)
    heard = ask_list(simulator)
    assert heard.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(heard.body) == plain


def test_bom_stands_before_the_declaration(simulator: OnestopSimulator) -> None:
    simulator.knobs.turn(bom=True)
    assert ask_list(simulator).body.startswith(b"\xef\xbb\xbf<?xml")


@pytest.mark.parametrize(("dtd", "words"), [("external", b"file:///etc/passwd"), ("laughs", b"&a0;&a0;")])
def test_a_dtd_declares_an_entity_that_the_first_record_uses(
    simulator: OnestopSimulator, dtd: str, words: bytes
) -> None:
    simulator.knobs.turn(dtd=dtd)
    body = ask_list(simulator).body
    assert words in body
    assert body.index(b"<!DOCTYPE") < body.index(b"<ChuHoSo>&bomb;")


def test_a_control_character_breaks_the_document(simulator: OnestopSimulator) -> None:
    simulator.knobs.turn(control_character=True)
    heard = ask_list(simulator)
    assert b"<ChuHoSo>\x02" in heard.body
    with pytest.raises(ET.ParseError):
        heard.root()


def test_an_oversized_field_is_as_big_as_ordered(simulator: OnestopSimulator) -> None:
    simulator.knobs.turn(oversized_field=100_000)
    assert len(ask_list(simulator).rows()[0]["ChuHoSo"]) == 100_000 + len("NGUYỄN THỊ MẪU")


def test_text_knobs_go_into_the_message_when_there_are_no_records(simulator: OnestopSimulator) -> None:
    simulator.knobs.turn(oversized_field=5)
    heard = ask(simulator, "TraCuuHoSo", {"maHoSo": "none"})
    assert heard.text("Message") == "xxxxxKhông tìm thấy hồ sơ"


def test_duplicate_rows_repeat_the_beginning_of_a_page(simulator: OnestopSimulator, ten: list[Record]) -> None:
    simulator.knobs.turn(duplicate_rows=2)
    codes = [record.code for record in ten]
    heard = ask_list(simulator)
    assert (heard.codes(), heard.text("Total")) == ([*codes, *codes[:2]], "10")


def test_unstable_order_is_another_at_each_call(simulator: OnestopSimulator, ten: list[Record]) -> None:
    simulator.knobs.turn(unstable_order=True)
    orders = [ask_list(simulator).codes() for _ in range(3)]
    assert len({tuple(order) for order in orders}) == 3
    assert all(sorted(order) == [record.code for record in ten] for order in orders)


def test_page_shift_moves_rows_up_between_pages(simulator: OnestopSimulator, ten: list[Record]) -> None:
    simulator.knobs.turn(page_shift=2)
    until = ten[-1].updated_at
    first, second = (ask_list(simulator, until=until, start=start, size=4) for start in (0, 4))
    codes = [record.code for record in ten]
    assert (first.codes(), second.codes()) == (codes[:4], codes[6:])
    assert second.text("Total") == "8"
    assert ask_list(simulator, since=until + timedelta(seconds=1)).codes()[:2] == codes[:2]


def test_total_can_be_missing(simulator: OnestopSimulator) -> None:
    simulator.knobs.turn(missing_total=True)
    assert ask_list(simulator).text("Total") is None


def test_a_total_can_be_too_high(simulator: OnestopSimulator) -> None:
    simulator.knobs.turn(extra_total=3)
    heard = ask_list(simulator)
    assert (heard.text("Total"), len(heard.rows())) == ("13", 10)


def test_rows_from_outside_the_window_come_once(simulator: OnestopSimulator, ten: list[Record]) -> None:
    simulator.knobs.turn(outside=4)
    heard = ask_list(simulator, since=ten[3].updated_at)
    assert heard.codes() == [record.code for record in ten]


def test_another_version_of_the_format_has_another_name_for_an_element(simulator: OnestopSimulator) -> None:
    simulator.knobs.turn(renamed="Ma=X")
    assert len(ask_list(simulator).codes()) == 10
    simulator.knobs.turn(renamed="MaHoSo=SoHoSo")
    assert all("SoHoSo" in row and "MaHoSo" not in row for row in ask_list(simulator).rows())
    simulator.knobs.turn(renamed="YKien=GhiChu")  # an empty element
    assert all("GhiChu" in row for row in ask_list(simulator).rows())


def test_an_error_code_comes_with_200_and_without_rows(simulator: OnestopSimulator) -> None:
    simulator.knobs.turn(error_code=99)
    heard = ask_list(simulator)
    assert (heard.status, heard.text("ErrorCode"), heard.rows()) == (200, "99", [])


def test_a_huge_page_ignores_the_size_and_a_cap_shortens_it(simulator: OnestopSimulator) -> None:
    simulator.knobs.turn(huge_page=True)
    assert len(ask_list(simulator, start=1, size=2).rows()) == 9
    simulator.knobs.turn(huge_page=False, page_cap=3)
    assert len(ask_list(simulator, size=100).rows()) == 3


def test_a_long_window_can_be_refused(simulator: OnestopSimulator, ten: list[Record]) -> None:
    simulator.knobs.turn(max_window_days=1)
    since = ten[0].updated_at
    assert ask_list(simulator, since, since + timedelta(days=1)).text("ErrorCode") == "0"
    assert ask_list(simulator, since, since + timedelta(days=1, seconds=1)).text("ErrorCode") == "4"


def test_resend_restamps_old_dossiers_before_answering(simulator: OnestopSimulator, ten: list[Record]) -> None:
    simulator.knobs.next("LayDanhSachHoSo", resend=3)
    heard = ask_list(simulator, since=ten[-1].updated_at + timedelta(seconds=1))
    assert heard.codes() == [record.code for record in ten[:3]]


@pytest.mark.parametrize("skew", [-7200.0, 7200.0])
def test_clock_skew_moves_stamps_and_the_date_header(simulator: OnestopSimulator, skew: float) -> None:
    simulator.knobs.turn(clock_skew=skew)
    expected = datetime.now(UTC) + timedelta(seconds=skew)
    stamped = simulator.province.touch(1)[0].updated_at if skew > 0 else simulator.province.clock()
    assert abs(stamped - expected) < timedelta(seconds=5)
    assert abs(parsedate_to_datetime(ask_list(simulator).headers["Date"]) - expected) < timedelta(seconds=5)


def test_an_order_for_the_next_calls_is_used_up_by_its_operation_only(simulator: OnestopSimulator) -> None:
    simulator.knobs.next("LayDanhSachHoSo", 2, status=503)
    simulator.knobs.next("LayDanhSachHoSo", status=502)
    assert ask(simulator, "TraCuuHoSo", {"maHoSo": "X"}).status == 200
    assert [ask_list(simulator).status for _ in range(4)] == [503, 503, 502, 200]


def test_an_order_stands_on_top_of_the_standing_knobs() -> None:
    panel = Panel()
    panel.turn(page_cap=5)
    panel.next(ANY, bom=True)
    assert panel.take("TraCuuHoSo") == Knobs(page_cap=5, bom=True)
    assert panel.take("TraCuuHoSo") == Knobs(page_cap=5)
    panel.next(ANY, drop=True)
    panel.reset()
    assert panel.take("TraCuuHoSo") == Knobs()


@pytest.mark.parametrize(
    "wrong",
    [
        {"latancy": 1},
        {"latency": "1"},
        {"latency": -1},
        {"drop": 1},
        {"drip": True},
        {"drip": 1.5},
        {"dtd": "other"},
        {"renamed": "no pair"},
        {"truncate_after": -1},
        {"status": None},
        {"content_type": 3},
    ],
)
def test_a_wrong_turn_is_refused_and_changes_nothing(wrong: dict[str, object]) -> None:
    panel = Panel()
    with pytest.raises(ValueError, match="knob"):
        panel.turn(**wrong)
    with pytest.raises(ValueError, match="knob"):
        panel.next(ANY, 1, **wrong)
    assert panel.take(ANY) == Knobs()


def test_knobs_leave_the_contract_and_the_control_alone(simulator: OnestopSimulator) -> None:
    simulator.knobs.turn(status=503, drop=True)
    assert asking.request(simulator, "GET", "/ws/motcua.asmx?wsdl").status == 200
    assert asking.control(simulator, "health").status == 200
