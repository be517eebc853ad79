from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapter.errors import ConfigError
from adapter.onestop import SoapSource
from tests.onestop.hostile import CHANGES, LOOKUP, NOW, WSDL, Hostile, spec

Edit = Callable[[str], str]


def made(wsdl: Path, **changes: Any) -> SoapSource:
    return SoapSource(replace(spec(), wsdl=str(wsdl), **changes), "u", "p", lambda: NOW)


def edited(folder: Path, edit: Edit) -> Path:
    path = folder / "motcua.wsdl"
    path.write_text(edit(WSDL.read_text("utf-8")), "utf-8")
    return path


def with_import(location: str) -> Edit:
    statement = f'<s:schema><s:import namespace="urn:x" schemaLocation="{location}"/></s:schema>'
    return lambda text: text.replace("<wsdl:types>", "<wsdl:types>" + statement)


BAD: dict[str, Edit] = {
    "no XML": lambda _: "<oops",
    "empty": lambda _: "",
    "a page": lambda _: "<html/>",
    "a DTD": lambda text: text.replace("?>", "?><!DOCTYPE x>", 1),
    "an entity": lambda text: text.replace("?>", '?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', 1),
    "import of a missing file": with_import("fehlt.xsd"),
    "import from outside the folder": with_import("../draussen.xsd"),
    "import by absolute path": with_import("/etc/passwd"),
    "import by file address": with_import("file:///etc/passwd"),
    "no bindings": lambda text: text.replace("soap:binding", "soap:other").replace("soap12:binding", "soap12:other"),
}


@pytest.mark.parametrize("edit", BAD.values(), ids=BAD.keys())
def test_a_wsdl_that_cannot_be_used_is_refused_at_the_start(tmp_path: Path, edit: Edit) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    (tmp_path / "draussen.xsd").write_text('<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"/>', "utf-8")
    with pytest.raises(ConfigError):
        made(edited(folder, edit))


def test_a_missing_wsdl_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="fehlt"):
        made(tmp_path / "fehlt.wsdl")


@pytest.mark.parametrize("tag", ["wsdl", "xsd"])
def test_nothing_is_fetched_from_the_network(tmp_path: Path, tag: str) -> None:
    with Hostile(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") as server:
        statement = f'<wsdl:import namespace="urn:x" location="{server.url}"/>'
        wsdl: Edit = lambda text: text.replace("<wsdl:types>", statement + "<wsdl:types>")  # noqa: E731 - one of two
        with pytest.raises(ConfigError):
            made(edited(tmp_path, wsdl if tag == "wsdl" else with_import(server.url)))
        assert server.heard == []


def test_a_schema_beside_the_wsdl_is_read(tmp_path: Path) -> None:
    (tmp_path / "daneben.xsd").write_text(
        '<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x"/>', "utf-8"
    )
    made(edited(tmp_path, with_import("daneben.xsd"))).close()


MISFITS: dict[str, dict[str, object]] = {
    "unknown operation": {"lookup": replace(LOOKUP, name="TraCuu")},
    "unknown argument": {"lookup": replace(LOOKUP, arguments={"soHoSo": "{code}"})},
    "unknown placeholder": {"lookup": replace(LOOKUP, arguments={"maHoSo": "{ma}"})},
    "placeholder of the other operation": {"changes": replace(CHANGES, arguments={"tuNgay": "{code}"})},
    "misspelt record path": {"lookup": replace(LOOKUP, records="TraCuuHoSoResponse/TraCuuHoSoResult/HoSo")},
    "misspelt total": {"changes": replace(CHANGES, total="LayDanhSachHoSoResponse/Tong")},
    "misspelt result code": {"changes": replace(CHANGES, success=("ErrorCode", "0"))},
    "unknown header": {"auth_header": "Security"},
    "unknown header field": {"auth_fields": ("User", "Password")},
    "address without a scheme": {"endpoint": "motcua.vinhphuc.gov.vn/ws"},
    "address of a file": {"endpoint": "file:///etc/passwd"},
}


@pytest.mark.parametrize("changes", MISFITS.values(), ids=MISFITS.keys())
def test_what_does_not_fit_the_wsdl_is_refused_at_the_start(changes: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        made(WSDL, **changes)


@pytest.mark.parametrize("soap", ["1.1", "1.2"])
def test_a_wsdl_with_wildcards_is_taken_at_its_word(tmp_path: Path, soap: str) -> None:
    def open_ended(text: str) -> str:
        return text.replace(
            '<s:element minOccurs="0" maxOccurs="unbounded" name="HoSo" nillable="true" type="tns:HoSo" />',
            '<s:any minOccurs="0" maxOccurs="unbounded" processContents="lax" />',
        )

    made(edited(tmp_path, open_ended), soap=soap).close()
