from pathlib import Path

import pytest

from adapter.simulators.onestop import records, service, soap
from adapter.simulators.onestop.records import Record
from adapter.simulators.onestop.server import OnestopSimulator
from tests.simulators.onestop import asking
from tests.simulators.onestop.asking import ask_list

PINNED = Path(__file__).parents[3] / "mappings" / "vinhphuc" / "motcua.wsdl"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
XSD = "{http://www.w3.org/2001/XMLSchema}"


def sequence(type_name: str) -> list[str | None]:
    found = asking.parsed(service.WSDL).find(f".//{XSD}complexType[@name='{type_name}']")
    assert found is not None
    return [element.get("name") for element in found.iter(f"{XSD}element")]


@pytest.mark.parametrize("query", ["wsdl", "WSDL", "singleWsdl"])
def test_the_contract_is_served_and_is_the_one_the_operator_pinned(simulator: OnestopSimulator, query: str) -> None:
    heard = asking.request(simulator, "GET", f"/ws/motcua.asmx?{query}")
    assert heard.status == 200
    assert heard.body == PINNED.read_bytes()


def test_two_ports_lead_to_an_inside_address() -> None:
    ports = asking.parsed(service.WSDL).findall(f"{WSDL}service/{WSDL}port")
    assert [port.get("name") for port in ports] == ["MotCuaSoap", "MotCuaSoap12"]
    assert {port[0].get("location") for port in ports} == {"http://10.62.0.5/ws/motcua.asmx"}


def test_every_operation_stands_in_the_contract_with_one_part() -> None:
    root = asking.parsed(service.WSDL)
    operations = root.findall(f"{WSDL}portType/{WSDL}operation")
    assert tuple(operation.get("name") for operation in operations) == soap.OPERATIONS
    messages = [m for m in root.findall(f"{WSDL}message") if str(m.get("name")).endswith(("SoapIn", "SoapOut"))]
    assert len(messages) == 6
    assert [[part.get("name") for part in message] for message in messages] == [["parameters"]] * 6


def test_a_record_on_the_wire_has_the_elements_of_the_contract_in_their_order(
    simulator: OnestopSimulator, ten: list[Record]
) -> None:
    assert sequence("HoSo") == [*records.FIELDS, "NguoiNop", "TaiLieuNop", "NgayCapNhat"]
    promised = [name for name in sequence("HoSo") if name not in {"NguoiNop", "TaiLieuNop"}]
    assert list(ask_list(simulator, size=1).rows()[0]) == promised


def test_a_browser_gets_a_page(simulator: OnestopSimulator) -> None:
    heard = asking.request(simulator, "GET", "/ws/motcua.asmx")
    assert (heard.status, heard.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
