"""The door against the simulated province, and against odd sockets where the province is too polite."""

import logging
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapter.errors import SourceError, SourceFault
from adapter.model import Interval
from adapter.onestop import SoapSource
from adapter.ports import Source
from adapter.simulators.onestop import bulk
from adapter.simulators.onestop.server import OnestopSimulator
from tests.onestop.hostile import (
    CHANGES,
    NOW,
    SOAP11,
    SOAP12,
    WINDOW,
    Hostile,
    envelope,
    fault,
    http,
    listing,
    row,
    source,
    spec,
)

FIRST = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LIST = "LayDanhSachHoSo"


@pytest.fixture
def province() -> Iterator[OnestopSimulator]:
    """Sixty dossiers, one a second from FIRST on."""
    with OnestopSimulator() as simulator:
        simulator.province.load(bulk.bulk(60, 7, first=FIRST, per_second=1))
        yield simulator


MINUTE = Interval(start=FIRST, end=FIRST + timedelta(seconds=59))
HOUR = Interval(start=FIRST, end=FIRST + timedelta(minutes=59))


def codes(door: Source, window: Interval = MINUTE, office: str = "") -> list[str]:
    return [record.inputs["MaHoSo"] for record in door.changes(window, office)]


def all_of(simulator: OnestopSimulator) -> set[str]:
    return {moment.record.code for moment in simulator.province.timeline()}


def open_door(simulator: OnestopSimulator, **changes: Any) -> Any:
    return source(simulator.url, login=(simulator.username, simulator.password), **changes)


@pytest.mark.parametrize("size", [1, 7, 60, 100])
@pytest.mark.parametrize("soap", ["1.1", "1.2"])
def test_every_dossier_of_the_window_comes(province: OnestopSimulator, soap: str, size: int) -> None:
    with open_door(province, soap=soap, page_size=size) as door:
        assert set(codes(door)) == all_of(province)


def test_both_ends_of_the_window_are_included(province: OnestopSimulator) -> None:
    window = Interval(start=FIRST + timedelta(seconds=10), end=FIRST + timedelta(seconds=12))
    with open_door(province) as door:
        assert len(codes(door, window)) == 3


def test_a_partition_asks_for_one_office(province: OnestopSimulator) -> None:
    office = province.province.timeline()[0].record.office
    with open_door(province) as door:
        asked = list(door.changes(MINUTE, office))
    assert asked
    assert {record.inputs["MaDonVi"] for record in asked} == {office}


def test_a_window_longer_than_the_source_accepts_is_asked_for_in_pieces(province: OnestopSimulator) -> None:
    province.knobs.turn(max_window_days=1)
    window = Interval(start=FIRST - timedelta(days=3), end=FIRST + timedelta(days=3))
    with open_door(province, max_window=timedelta(days=1)) as door:
        assert set(codes(door, window)) == all_of(province)
    assert province.calls()[LIST] == 6


def test_a_lookup_finds_one_dossier_or_none(province: OnestopSimulator) -> None:
    code = min(all_of(province))
    with open_door(province) as door:
        found = door.lookup(code)
        assert found is not None
        assert found.inputs["MaHoSo"] == code
        assert door.lookup("H62.33-000000-0000") is None


@pytest.mark.parametrize("code", ["", "\x00", "\x02", "\ud800", "\ufffe"])
def test_a_code_that_xml_cannot_say_is_not_asked_for(province: OnestopSimulator, code: str) -> None:
    with open_door(province) as door:
        assert door.lookup(code) is None
    assert province.calls()["TraCuuHoSo"] == 0


@pytest.mark.parametrize("code", ["{from}", "<x/>", "&amp;", "' or 1=1 --", "Đ" * 3000])
def test_a_code_is_a_text_and_nothing_else(province: OnestopSimulator, code: str) -> None:
    with open_door(province) as door:
        assert door.lookup(code) is None
    assert province.calls()["TraCuuHoSo"] == 1


def test_a_wrong_password_is_a_fault_and_is_not_tried_again(province: OnestopSimulator) -> None:
    with source(province.url, login=("motcua", "sai")) as door, pytest.raises(SourceError) as caught:
        codes(door)
    assert caught.value.fault is SourceFault.FAULT
    assert province.calls()[LIST] == 1


STANDING: dict[str, tuple[dict[str, object], SourceFault]] = {
    "drop": ({"drop": True}, SourceFault.TRUNCATED),
    "503": ({"status": 503}, SourceFault.HTTP),
    "login page": ({"html_page": True}, SourceFault.NOT_SOAP),
    "content type": ({"content_type": "text/plain"}, SourceFault.NOT_SOAP),
    "fault in 200": ({"fault_in_200": True}, SourceFault.FAULT),
    "result code": ({"error_code": 5}, SourceFault.REFUSED),
    "cut": ({"truncate_after": 9000}, SourceFault.TRUNCATED),
    "cut chunks": ({"truncate_after": 9000, "chunked": True}, SourceFault.TRUNCATED),
    "cut gzip": ({"truncate_after": 900, "gzip": True}, SourceFault.TRUNCATED),
    "laughs": ({"dtd": "laughs"}, SourceFault.FORBIDDEN_XML),
    "external entity": ({"dtd": "external"}, SourceFault.FORBIDDEN_XML),
    "control character": ({"control_character": True}, SourceFault.MALFORMED),
    "oversized field": ({"oversized_field": 5_000_000}, SourceFault.TOO_LARGE),
    "slow": ({"latency": 1.5}, SourceFault.TIMEOUT),
    "drip": ({"drip": 4000}, SourceFault.TIMEOUT),
}


@pytest.mark.parametrize(("knobs", "expected"), STANDING.values(), ids=STANDING.keys())
def test_a_standing_fault_is_named(province: OnestopSimulator, knobs: dict[str, object], expected: SourceFault) -> None:
    province.knobs.turn(**knobs)
    with open_door(province, read_timeout=0.5, deadline=1.0) as door, pytest.raises(SourceError) as caught:
        codes(door)
    assert caught.value.fault is expected


@pytest.mark.parametrize("name", ["drop", "503", "login page", "cut", "cut chunks", "cut gzip", "control character"])
def test_a_passing_fault_is_met_by_asking_again(province: OnestopSimulator, name: str) -> None:
    province.knobs.next(LIST, 2, **STANDING[name][0])
    with open_door(province) as door:
        assert set(codes(door)) == all_of(province)


def test_a_third_fault_in_a_row_is_raised(province: OnestopSimulator) -> None:
    province.knobs.next(LIST, 3, status=502)
    with open_door(province) as door, pytest.raises(SourceError):
        codes(door)
    assert province.calls()[LIST] == 3


@pytest.fixture
def hour() -> Iterator[OnestopSimulator]:
    """Sixty dossiers, one a minute from FIRST on."""
    with OnestopSimulator() as simulator:
        made = bulk.bulk(60, 7, first=FIRST)
        simulator.province.load(record.stamped(FIRST + timedelta(minutes=number)) for number, record in enumerate(made))
        yield simulator


HARMLESS: dict[str, dict[str, object]] = {
    "byte order mark": {"bom": True},
    "chunked": {"chunked": True},
    "gzip": {"gzip": True},
    "rows repeated": {"duplicate_rows": 3},
    "no total": {"missing_total": True},
    "page size ignored": {"huge_page": True},
    "page size capped": {"page_cap": 4},
    "page size capped, no total": {"page_cap": 4, "missing_total": True},
    "rows in any order": {"unstable_order": True},
}


@pytest.mark.parametrize("knobs", HARMLESS.values(), ids=HARMLESS.keys())
def test_odd_habits_lose_nothing(hour: OnestopSimulator, knobs: dict[str, object]) -> None:
    hour.knobs.turn(**knobs)
    # What cannot be proven whole in pages of 40 is halved until it can.
    with open_door(hour, page_size=40) as door:
        assert set(codes(door, HOUR)) == all_of(hour)


@pytest.mark.parametrize("shifts", [1, 2, 5, 50])
def test_rows_that_leave_the_window_between_pages_cost_no_other_row(hour: OnestopSimulator, shifts: int) -> None:
    hour.knobs.next(LIST, shifts, page_shift=2)
    with open_door(hour, page_size=20) as door:
        read = set(codes(door, HOUR))
    restamped = {moment.record.code for moment in hour.province.timeline() if moment.kind == "touch"}
    assert restamped
    assert read | restamped == all_of(hour)


def test_a_minute_that_will_not_hold_still_is_unstable(province: OnestopSimulator) -> None:
    province.knobs.turn(unstable_order=True)
    with open_door(province, page_size=7) as door, pytest.raises(SourceError) as caught:
        codes(door)
    assert caught.value.fault is SourceFault.UNSTABLE
    assert province.calls()[LIST] == 6  # three passes, each given up at the first seam


def test_a_window_whose_last_second_still_runs_is_read_again_after_it() -> None:
    end = datetime.now(UTC).replace(microsecond=0)
    pages = [listing(row(1), 2), listing("", 2), listing(row(1) + row(2), 2)]
    with Hostile(*(http(envelope(page)) for page in pages)) as server:
        door = SoapSource(spec(server.url), "u", "p", lambda: datetime.now(UTC))
        assert len(codes(door, Interval(start=end - timedelta(seconds=30), end=end))) == 3
        door.close()
    assert datetime.now(UTC) >= end + timedelta(seconds=1)


@pytest.mark.parametrize(("soap", "namespace"), [("1.1", SOAP11), ("1.2", SOAP12)])
def test_what_goes_over_the_wire(soap: str, namespace: str) -> None:
    with Hostile(http(envelope(listing("", 0)))) as server, source(server.url, soap=soap) as door:
        codes(door, WINDOW, "000.22.33.H62")
        said = server.heard[0].decode()
    head, _, body = said.partition("\r\n\r\n")
    assert head.startswith("POST /ws/motcua.asmx HTTP/1.1")
    action = 'SOAPAction: "http://tempuri.org/LayDanhSachHoSo"'
    assert (action if soap == "1.1" else 'action="http://tempuri.org/LayDanhSachHoSo"') in head
    assert f'"{namespace}"' in body
    texts = re.findall(r">([^<]+)</", body)
    # 02:00 UTC is nine in the morning in Vietnam.
    expected = ["23/11/2026 08:50:00", "23/11/2026 08:59:00", "000.22.33.H62", "0", "100"]
    assert [text.strip() for text in texts] == ["motcua", "mat-khau-thu", *expected]


def test_pages_by_number_are_counted_from_zero() -> None:
    arguments = {"tuNgay": "{from}", "pStartRowIndex": "{page}", "pPageSize": "{size}"}
    pages = [http(envelope(listing(row(2 * n) + row(2 * n + 1), 6))) for n in range(3)]
    with (
        Hostile(*pages) as server,
        source(server.url, changes=replace(CHANGES, arguments=arguments), page_size=2) as door,
    ):
        assert len(codes(door, WINDOW)) == 6
        numbers = [re.search(rb"pStartRowIndex>(\d+)<", said) for said in server.heard]
    assert [found[1] for found in numbers if found] == [b"0", b"1", b"2"]


def test_records_are_given_while_the_answer_still_comes() -> None:
    gone_on = threading.Event()

    def slowly(connection: Any) -> None:
        whole = http(envelope(listing("".join(row(n, "M" * 900) for n in range(200)), 200)))
        connection.sendall(whole[: len(whole) // 2])
        assert gone_on.wait(5)
        connection.sendall(whole[len(whole) // 2 :])

    with Hostile(slowly) as server, source(server.url) as door:
        records = iter(door.changes(WINDOW, ""))
        next(records)
        gone_on.set()
        assert len(list(records)) == 199


def test_a_reader_that_stops_early_lets_the_connection_go(province: OnestopSimulator) -> None:
    with open_door(province) as door:
        records = iter(door.changes(MINUTE, ""))
        next(records)
        records.close()
        assert set(codes(door)) == all_of(province)


def test_one_connection_serves_many_requests() -> None:
    with OnestopSimulator() as simulator, open_door(simulator) as door:
        simulator.province.load(bulk.bulk(60, 7, first=FIRST, per_second=1))
        opened: list[object] = []
        accept = simulator._server.get_request
        simulator._server.get_request = lambda: opened.append(None) or accept()  # type: ignore[method-assign,func-returns-value]  # counts
        for _ in range(5):
            codes(door)
        assert len(opened) == 1


def test_threads_read_side_by_side(province: OnestopSimulator) -> None:
    results: list[set[str]] = []
    with open_door(province, page_size=13) as door:
        threads = [threading.Thread(target=lambda: results.append(set(codes(door)))) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == [all_of(province)] * 6


def test_closed_is_closed_and_may_be_closed_again(province: OnestopSimulator) -> None:
    with open_door(province) as door:
        codes(door)
        door.close()
        door.close()
        with pytest.raises(SourceError):
            codes(door)


def test_neither_proxies_nor_netrc_of_the_surroundings_are_used(
    province: OnestopSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with open_door(province) as door:
        assert len(codes(door)) == 60


def test_nothing_personal_reaches_the_log_even_at_debug(
    province: OnestopSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), open_door(province) as door:
        record = next(iter(door.changes(MINUTE, "")))
        door.lookup(record.inputs["MaHoSo"])
    for secret in (province.password, record.inputs["MaHoSo"], record.inputs["ChuHoSo"]):
        assert secret not in caplog.text


def test_a_fault_on_a_later_page_comes_after_the_records_before_it() -> None:
    page = http(envelope(listing("".join(row(n) for n in range(3)), 9)))
    with Hostile(page, http(envelope(fault()))) as server, source(server.url, page_size=3) as door:
        records = iter(door.changes(WINDOW, ""))
        assert [next(records).inputs["MaHoSo"][-1] for _ in range(3)] == ["0", "1", "2"]
        with pytest.raises(SourceError):
            next(records)


def test_it_is_a_source() -> None:
    door: Source = SoapSource(spec(), "u", "p", lambda: NOW)
    door.close()
