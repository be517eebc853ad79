import http.client
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from adapter.simulators.onestop import records
from adapter.simulators.onestop.happenings import NOW, After, Happening
from adapter.simulators.onestop.records import Record
from adapter.simulators.onestop.server import OnestopSimulator
from tests.simulators.onestop import asking
from tests.simulators.onestop.asking import SOAP11, SOAP12, ask, ask_list

BOTH = pytest.mark.parametrize(
    ("soap", "content_type"),
    [(SOAP11, "text/xml; charset=utf-8"), (SOAP12, "application/soap+xml; charset=utf-8")],
    ids=["1.1", "1.2"],
)


@BOTH
def test_the_list_answers_in_the_version_it_was_asked(
    simulator: OnestopSimulator, ten: list[Record], soap: str, content_type: str
) -> None:
    heard = ask_list(simulator, soap=soap)
    assert (heard.status, heard.headers["Content-Type"]) == (200, content_type)
    assert heard.root().tag == f"{{{soap}}}Envelope"
    assert (heard.text("ErrorCode"), heard.text("Message"), heard.text("Total")) == ("0", "Thành công", "10")
    assert heard.rows() == [{**r.values(), "NgayCapNhat": records.vietnam_text(r.updated_at)} for r in ten]


def test_a_window_includes_both_its_seconds(simulator: OnestopSimulator, ten: list[Record]) -> None:
    heard = ask_list(simulator, ten[3].updated_at, ten[5].updated_at)
    assert heard.codes() == [record.code for record in ten[3:6]]
    assert ask_list(simulator, ten[5].updated_at, ten[5].updated_at).codes() == [ten[5].code]


def test_an_office_sees_only_its_own(simulator: OnestopSimulator, ten: list[Record]) -> None:
    heard = ask_list(simulator, office="000.22.33.H62")
    assert heard.codes() == [record.code for record in ten[1::2]]
    assert heard.text("Total") == "5"


@pytest.mark.parametrize(("start", "size", "expected"), [(0, 4, (0, 4)), (8, 4, (8, 10)), (10, 4, (10, 10))])
def test_pages_are_cut_by_row_and_total_counts_the_window(
    simulator: OnestopSimulator, ten: list[Record], start: int, size: int, expected: tuple[int, int]
) -> None:
    heard = ask_list(simulator, start=start, size=size)
    assert heard.codes() == [record.code for record in ten[slice(*expected)]]
    assert heard.text("Total") == "10"


@pytest.mark.parametrize(
    ("turned", "code"),
    [
        ({"tuNgay": "2026-11-23T08:00:00"}, "3"),
        ({"denNgay": ""}, "3"),
        ({"tuNgay": "24/11/2026 00:00:00"}, "3"),
        ({"pPageSize": 0}, "2"),
        ({"pStartRowIndex": -1}, "2"),
    ],
)
def test_bad_arguments_are_a_business_error_in_vietnamese(
    simulator: OnestopSimulator, turned: dict[str, object], code: str
) -> None:
    good = {"tuNgay": "23/11/2026 08:00:00", "denNgay": "23/11/2026 09:00:00", "pStartRowIndex": 0, "pPageSize": 1}
    heard = ask(simulator, "LayDanhSachHoSo", {**good, **turned})
    assert (heard.status, heard.text("ErrorCode")) == (200, code)
    assert not (heard.text("Message") or "").isascii()
    assert heard.rows() == []


@BOTH
def test_a_wrong_password_is_a_fault_with_status_500(simulator: OnestopSimulator, soap: str, content_type: str) -> None:
    heard = ask(simulator, "TraCuuHoSo", {"maHoSo": "X"}, soap=soap, password="wrong")
    assert (heard.status, heard.headers["Content-Type"]) == (500, content_type)
    fault = heard.root().find(f".//{{{soap}}}Fault")
    assert fault is not None
    texts = "".join(fault.itertext())
    assert "Sai tên đăng nhập" in texts
    assert ("soap:Server" if soap == SOAP11 else "soap:Receiver") in texts


def test_a_look_up_finds_a_dossier_at_every_office_or_nothing(simulator: OnestopSimulator, ten: list[Record]) -> None:
    simulator.province.put(records.make({"MaHoSo": ten[0].code, "MaDonVi": "elsewhere"}, ten[0].updated_at))
    found = ask(simulator, "TraCuuHoSo", {"maHoSo": ten[0].code})
    assert [row["MaDonVi"] for row in found.rows()] == [ten[0].office, "elsewhere"]
    missing = ask(simulator, "TraCuuHoSo", {"maHoSo": "none"})
    assert (missing.text("ErrorCode"), missing.text("Total"), missing.rows()) == ("0", "0", [])


def test_the_history_tells_every_step_of_one_dossier(simulator: OnestopSimulator, ten: list[Record]) -> None:
    for status, step in (("4", "Thẩm định"), ("9", "Có kết quả")):
        changes: dict[str, str | After] = {"TrangThaiHoSo": status, "NoiDungXuLy": step, "NgayKetThucXuLy": NOW}
        simulator.province.apply(Happening(after_seconds=0, code=ten[2].code, changes=changes))
    rows = ask(simulator, "LayQuaTrinhXuLy", {"maHoSo": ten[2].code}).rows("QuaTrinh")
    assert [(row["TrangThai"], row["NoiDungXuLy"]) for row in rows] == [
        ("2", ""),
        ("4", "Thẩm định"),
        ("9", "Có kết quả"),
    ]
    assert abs(records.vietnam_time(rows[-1]["ThoiDiemXuLy"]) - datetime.now(UTC)) < timedelta(seconds=5)


GOOD = asking.envelope("TraCuuHoSo", {"maHoSo": "X"}, soap=SOAP11, password="mat-khau-thu")


@pytest.mark.parametrize(
    ("headers", "body", "status", "words"),
    [
        ({"Content-Type": "application/json"}, GOOD, 415, b"Unsupported Media Type"),
        ({"Content-Type": "text/xml"}, GOOD, 500, b"did not recognize the value of HTTP Header SOAPAction"),
        ({"Content-Type": "text/xml", "SOAPAction": "http://tempuri.org/Xoa"}, GOOD, 500, b"did not recognize"),
        (asking.http_headers("LayQuaTrinhXuLy", SOAP11), GOOD, 500, b"unable to read request"),
        (asking.http_headers("TraCuuHoSo", SOAP12), GOOD, 500, b"version mismatch"),
        (asking.http_headers("TraCuuHoSo", SOAP11), GOOD[:-5], 500, b"unable to read request"),
        (asking.http_headers("TraCuuHoSo", SOAP11), b"<!DOCTYPE x>" + GOOD, 500, b"DTD is prohibited"),
    ],
    ids=["media type", "no action", "unknown action", "wrong body", "wrong version", "broken", "dtd"],
)
def test_an_unreadable_request_is_answered_as_dot_net_does(
    simulator: OnestopSimulator, headers: dict[str, str], body: bytes, status: int, words: bytes
) -> None:
    heard = asking.request(simulator, "POST", "/ws/motcua.asmx", body, headers)
    assert heard.status == status
    assert words in heard.body


def test_arguments_in_no_namespace_count_as_missing(simulator: OnestopSimulator, ten: list[Record]) -> None:
    body = GOOD.replace(b"<maHoSo>X", b'<maHoSo xmlns="">' + ten[0].code.encode())
    heard = asking.request(simulator, "POST", "/ws/motcua.asmx", body, asking.http_headers("TraCuuHoSo", SOAP11))
    assert heard.rows() == []


def test_an_unquoted_soap_action_is_understood(simulator: OnestopSimulator) -> None:
    headers = {"Content-Type": "text/xml", "SOAPAction": "http://tempuri.org/TraCuuHoSo"}
    assert asking.request(simulator, "POST", "/ws/motcua.asmx", GOOD, headers).text("ErrorCode") == "0"


def test_an_unreadable_number_is_a_fault(simulator: OnestopSimulator) -> None:
    heard = ask(simulator, "LayDanhSachHoSo", {"pStartRowIndex": "first", "pPageSize": 10})
    assert (heard.status, b"soap:Client" in heard.body) == (500, True)


def test_one_connection_serves_many_calls(simulator: OnestopSimulator, ten: list[Record]) -> None:
    with asking.connected(simulator) as connection:
        for _ in range(3):
            connection.request("POST", "/ws/motcua.asmx", GOOD, asking.http_headers("TraCuuHoSo", SOAP11))
            connection.getresponse().read()
            assert connection.sock is not None


def test_a_post_without_length_and_an_unknown_page_are_refused(simulator: OnestopSimulator) -> None:
    with asking.connected(simulator) as connection:
        connection.putrequest("POST", "/ws/motcua.asmx")
        connection.endheaders()
        assert connection.getresponse().status == 411
    assert asking.request(simulator, "GET", "/elsewhere").status == 404
    assert asking.request(simulator, "POST", "/elsewhere").status == 404


def test_stopping_ends_idle_and_dripping_connections() -> None:
    simulator = OnestopSimulator()
    simulator.start()
    simulator.knobs.turn(drip=1)
    with asking.connected(simulator) as idle, asking.connected(simulator) as slow:
        idle.connect()
        slow.request("POST", "/ws/motcua.asmx", GOOD, asking.http_headers("TraCuuHoSo", SOAP11))
        answer = slow.getresponse()
        simulator.stop()
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            answer.read()


def test_simulated_time_stamps_rows_and_dates_answers(simulator: OnestopSimulator) -> None:
    moment = datetime(2028, 2, 28, 17, 0, tzinfo=UTC)
    simulator.clock = lambda: moment
    record = simulator.province.apply(Happening(after_seconds=0, code="X", changes={"NgayTiepNhan": NOW}))
    assert record.updated_at == moment
    assert record.values()["NgayTiepNhan"] == "29/02/2028 00:00:00"
    assert parsedate_to_datetime(ask_list(simulator).headers["Date"]) == moment
