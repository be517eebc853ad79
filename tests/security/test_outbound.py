"""Where the program may call: the addresses of the settings, and nowhere an answer, a WSDL or a record points to."""

import base64
import contextlib
import shutil
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapter import config
from adapter.core import mapping
from adapter.errors import ConfigError, SourceError, SourceFault
from adapter.model import Accepted, Answer, Cause, Refused
from adapter.onestop import SoapSource
from adapter.simulators.onestop.happenings import Happening
from adapter.steps import deliver, poll
from adapter.wiring.fittings import zalo_settings
from adapter.zalo.oauth import Denied, NoAnswer, TokenEndpoint
from adapter.zalo.sender import Sender
from adapter.zalo.settings import Bases, Zalo
from tests.listening import Listener
from tests.onestop.hostile import NOW, WSDL, Hostile, envelope, http, source, spec
from tests.security.certificates import FOUND, Authority, TlsServer
from tests.towns import Town, town
from tests.zalo.builders import delivery
from tests.zalo.builders import settings as zalo_at
from tests.zalo.doubles import FakeKeeper

NOTHING = http(b"{}", content_type="application/json")
REDIRECTS = [301, 302, 303, 307, 308]


def sends(made: Zalo) -> Answer:
    sender = Sender(settings=made, keeper=FakeKeeper(), clock=lambda: NOW)
    try:
        sender.send([delivery()])
        (settled,) = sender.drain(20)
    finally:
        sender.close()
    return settled.answer


@pytest.fixture
def trap() -> Iterator[Hostile]:
    """A server inside the house that nobody may be led to."""
    with Hostile(NOTHING) as server:
        yield server
        assert server.heard == []


def leading(to: Hostile, status: int) -> bytes:
    return http(b"", status=status, content_type=None, extra=f"Location: {to.url}")


@pytest.mark.parametrize("status", REDIRECTS)
def test_no_door_follows_a_redirect(trap: Hostile, status: int) -> None:
    with Hostile(leading(trap, status)) as server:
        base = server.url.removesuffix("/ws/motcua.asmx")
        with pytest.raises(SourceError) as caught, source(server.url) as onestop:
            onestop.lookup("H62")
        assert caught.value.fault is SourceFault.HTTP
        assert sends(zalo_at(base)) == Refused(cause=Cause.LATER, code=f"http-{status}")
        # What the token endpoint answered is not known: neither spent again at once nor believed.
        assert isinstance(TokenEndpoint(zalo_at(base)).refresh("RT"), NoAnswer)


def test_the_address_inside_a_wsdl_is_not_called(trap: Hostile, tmp_path: Path) -> None:
    pointing = WSDL.read_text("utf-8").replace("http://10.62.0.5/ws/motcua.asmx", trap.url)
    assert trap.url in pointing
    (tmp_path / "motcua.wsdl").write_text(pointing, "utf-8")
    with Hostile(http(envelope(FOUND))) as server, source(server.url, wsdl=str(tmp_path / "motcua.wsdl")) as onestop:
        assert onestop.lookup("H62") is not None
        assert len(server.heard) == 1


def test_no_proxy_and_no_password_of_the_environment_is_used(
    trap: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, trap.url)
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login eve password of-eve", "utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with Hostile(http(envelope(FOUND))) as server, source(server.url) as onestop:
        assert onestop.lookup("H62") is not None
        assert b"authorization" not in server.heard[0].lower()


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://10.62.0.5/ws",
        "gopher://10.62.0.5/ws",
        "http://",
        "http:///ws",
        "http://motcua:mat-khau@10.62.0.5/ws",
        "http://motcua.vinhphuc.gov.vn@10.0.0.1/ws",
    ],
)
def test_an_address_of_the_one_stop_is_http_to_a_named_host_and_nothing_else(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        SoapSource(spec(url), "u", "p", lambda: NOW)
    assert "mat-khau" not in str(caught.value)
    with pytest.raises(ConfigError) as caught:
        config.load(None, {"MOTCUA_ONESTOP__ENDPOINT": url})
    assert "mat-khau" not in str(caught.value)
    _, problems = mapping.load(edited(tmp_path, "endpoint:", f"endpoint: {url}  #"), "m")
    assert any(problem.file.endswith("source.yaml") for problem in problems)


def edited(folder: Path, old: str, new: str) -> dict[str, str]:
    """The sample mapping set with one line of source.yaml changed."""
    shutil.copytree(WSDL.parent, folder / "set")
    files = {path.name: path.read_text("utf-8") for path in (folder / "set").glob("*.yaml")}
    assert files["source.yaml"].count(old) == 1
    return files | {"source.yaml": files["source.yaml"].replace(old, new)}


@pytest.mark.parametrize(
    "wsdl", ["https://evil.vn/x.wsdl", "file:///etc/passwd", "/etc/passwd", "../../motcua.toml", "a/b.wsdl"]
)
def test_a_mapping_names_no_wsdl_outside_its_folder(tmp_path: Path, wsdl: str) -> None:
    rulebook, problems = mapping.load(edited(tmp_path, "wsdl: motcua.wsdl", f"wsdl: {wsdl}"), "m")
    assert rulebook is None
    assert ["WSDL phải là tệp trong thư mục này" in problem.text for problem in problems] == [True]


@pytest.mark.parametrize(
    "url",
    ["file:///etc", "http://openapi.zalo.me", "https://openapi.zalo.me@evil.vn", "http://127.0.0.1.evil.vn", "//x"],
)
def test_an_address_of_zalo_is_sealed_and_names_its_host_openly(url: str) -> None:
    with pytest.raises(ConfigError, match=r"zalo\.openapi_url"):
        config.load(None, {"MOTCUA_ZALO__OPENAPI_URL": url})


@pytest.mark.parametrize("url", ["https://openapi.zalo.me@evil.vn", "file:///etc", "gopher://10.0.0.1"])
def test_the_door_to_zalo_checks_its_addresses_itself(url: str) -> None:
    with pytest.raises(ConfigError, match="openapi"):
        Bases(openapi=url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8102/openapi", "http://[::1]:8102", "http://localhost:1", "https://x"]
)
def test_a_simulator_on_this_machine_needs_no_certificate(url: str) -> None:
    assert config.load(None, {"MOTCUA_ZALO__OPENAPI_URL": url}).zalo.openapi_url == url


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path) as made:
        yield made


def test_links_in_a_record_are_not_fetched(place: Town, trap: Hostile) -> None:
    links = dict.fromkeys(("TenTTHC", "YKien", "DonViXuLy"), trap.url)
    fields = {
        "MaTTHC": "2.000635",
        "ChuHoSo": "NGUYỄN THỊ MẪU",
        "SoDienThoai": "0912345678",
        "NgayTiepNhan": datetime.now(UTC).strftime("%d/%m/%Y %H:%M:%S"),
        "TrangThaiHoSo": "2",
    }
    code = "000.22.33.H62-261123-0001"
    place.province.province.apply(Happening(after_seconds=0, code=code, changes=fields | links, office="000.22.33.H62"))
    with place.house() as house:
        (run, *_) = poll.poll(house.polling())
        assert run.records == 1
        deliver.turn(house.delivering(), 0.0)
        deliver.finish(house.delivering(), 10.0)
    assert len(place.zalo.journal()) == 1


class ConnectProxy(Listener):
    """Opens ways for those who ask with CONNECT, as a firewall's proxy does; remembers how it was asked."""

    def __init__(self, *, status: int = 200) -> None:
        super().__init__()
        self.asked: list[str] = []
        self._status = status

    def meet(self, connection: socket.socket) -> None:
        """One CONNECT, and what is said through it."""
        head = connection.recv(65536).decode()
        self.asked.append(head)
        connection.sendall(f"HTTP/1.1 {self._status} X\r\n\r\n".encode())
        if self._status != 200:
            return
        host, _, port = head.split()[1].partition(":")
        with socket.create_connection((host, int(port)), timeout=10) as target:
            back = threading.Thread(target=_pour, args=(target, connection))
            back.start()
            _pour(connection, target)
            back.join()


def _pour(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_WR)


def behind(proxy: str, url: str, authority: Authority) -> Zalo:
    bases = {f"MOTCUA_ZALO__{name}_URL": url for name in ("OAUTH", "OPENAPI", "BUSINESS")}
    names = {"PROXY": proxy, "CA_FILE": str(authority.pem), "APP_ID": "1", "APP_SECRET": "s", "SLOTS": "5"}
    return zalo_settings(config.load(None, bases | {f"MOTCUA_ZALO__{key}": text for key, text in names.items()}))


def test_a_proxy_of_the_settings_sees_the_host_and_nothing_said(authority: Authority) -> None:
    with TlsServer(authority.issue("proxied")) as server, ConnectProxy() as proxy:
        made = behind(f"http://motcua:mat-khau@{proxy.address}", server.url, authority)
        assert isinstance(sends(made), Accepted)
        assert TokenEndpoint(made).refresh("RT") == Denied(code="0")
        assert len(server.heard) == len(proxy.asked) == 2
    wanted = base64.b64encode(b"motcua:mat-khau").decode()
    for head in proxy.asked:
        assert head.startswith(f"CONNECT 127.0.0.1:{server.server_port} ")
        assert f"Basic {wanted}" in head
        assert "84987654321" not in head
        assert "access_token" not in head
    assert "mat-khau" not in repr(made)


@pytest.mark.parametrize("status", [403, 407, 502])
def test_a_proxy_that_opens_no_way_left_nothing_in_doubt(authority: Authority, status: int) -> None:
    with TlsServer(authority.issue("unreached")) as server, ConnectProxy(status=status) as proxy:
        made = behind(f"http://{proxy.address}", server.url, authority)
        answer = sends(made)
        assert isinstance(answer, Refused)
        assert answer.cause is Cause.NEVER_LEFT
        outcome = TokenEndpoint(made).refresh("RT")
        assert isinstance(outcome, NoAnswer)
        assert outcome.never_left
        assert server.heard == []


def test_a_dead_proxy_left_nothing_in_doubt(authority: Authority) -> None:
    with ConnectProxy() as proxy:
        address = proxy.address
    answer = sends(behind(f"http://{address}", "https://127.0.0.1:9", authority))
    assert isinstance(answer, Refused)
    assert answer.cause is Cause.NEVER_LEFT


@pytest.mark.parametrize(
    "proxy", ["https://10.0.0.1:3128", "socks5://10.0.0.1:1080", "10.0.0.1:3128", "http://10.0.0.1"]
)
def test_a_proxy_that_cannot_be_used_is_refused_without_repeating_it(proxy: str) -> None:
    with pytest.raises(ConfigError, match=r"zalo\.proxy: ghi một địa chỉ") as caught:
        config.load(None, {"MOTCUA_ZALO__PROXY": proxy})
    assert "10.0.0.1:1080" not in str(caught.value)
