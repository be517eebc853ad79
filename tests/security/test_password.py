"""The one-stop password goes where the operator says, wherever a mapping set points."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapter import config
from adapter.cli import main
from adapter.errors import ConfigError, MappingError
from adapter.wiring.fittings import open_source
from tests.onestop.hostile import Hostile, http, spec
from tests.towns import Town, town

OWN = "https://motcua.vinhphuc.example"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    """The address stands in source.yaml alone."""
    with town(tmp_path, settings={"MOTCUA_ONESTOP__HOSTS": "http://127.0.0.1"}) as made:
        point(made, OWN + "/ws/motcua.asmx", made.province.url)
        made.extra["MOTCUA_ONESTOP__ENDPOINT"] = ""
        yield made


@pytest.fixture
def evil() -> Iterator[Hostile]:
    """Somebody's server, who has got an admin to write its address down."""
    with Hostile(http(b"")) as server:
        yield server
        assert server.heard == []


def point(place: Town, old: str, new: str) -> None:
    path = place.folder / "mappings" / "vinhphuc" / "source.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def motcua(place: Town, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(place.folder / "motcua.toml"), *arguments], env=place.environ)


def elsewhere(evil: Hostile) -> str:
    """The same server under a name that nobody has allowed."""
    return evil.url.replace("127.0.0.1", "localhost")


COMMANDS = [("mapping", "check"), ("poll", "--dry-run"), ("poll",), ("reload",), ("deliver",)]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_takes_a_set_that_leads_the_password_to_a_host_the_operator_has_not_named(
    place: Town, evil: Hostile, command: tuple[str, ...]
) -> None:
    point(place, place.province.url, elsewhere(evil))
    origin = elsewhere(evil).removesuffix("/ws/motcua.asmx")
    result = motcua(place, *command)
    assert result.exit_code == 65, result.output
    assert f"source.yaml:8:1: mật khẩu một cửa không được gửi đến {origin}" in result.stderr
    assert f'motcua.toml, mục [onestop]: hosts = ["{origin}"]' in result.stderr
    assert "mat-khau-thu" not in result.output


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_host_the_operator_has_named_is_gone_to(place: Town, command: tuple[str, ...]) -> None:
    assert motcua(place, *command).exit_code == 0


def test_a_running_house_goes_on_with_the_host_it_had(place: Town, evil: Hostile) -> None:
    with place.house() as house:
        point(place, place.province.url, elsewhere(evil))
        (problem,) = house.reload()
        assert "mật khẩu" in problem.text
        assert house.rulebook.source.endpoint == place.province.url
        assert house.source.lookup("không có") is None


def test_a_kept_set_does_not_lead_it_astray_either(place: Town, evil: Hostile) -> None:
    """The operator takes a host back; what the database keeps still points there."""
    with place.house():
        pass
    point(place, "name: vinhphuc", "nam: vinhphuc")
    place.extra["MOTCUA_ONESTOP__HOSTS"] = "motcua.tinh.gov.vn"
    with pytest.raises(MappingError) as raised, place.house():
        pass
    assert any("mật khẩu" in problem.text for problem in raised.value.problems)
    assert evil.heard == []


def test_the_operators_own_address_needs_no_other_word(place: Town) -> None:
    place.extra |= {"MOTCUA_ONESTOP__ENDPOINT": place.province.url, "MOTCUA_ONESTOP__HOSTS": ""}
    assert motcua(place, "poll").exit_code == 0


def test_without_a_password_there_is_nothing_to_lead_astray(place: Town, evil: Hostile) -> None:
    point(place, place.province.url, elsewhere(evil))
    place.extra["MOTCUA_ONESTOP__PASSWORD"] = ""
    assert motcua(place, "mapping", "check").exit_code == 0


def test_the_door_itself_opens_to_nobody_else(evil: Hostile) -> None:
    settings = config.load(None, {"MOTCUA_ONESTOP__PASSWORD": "mat-khau", "MOTCUA_ONESTOP__HOSTS": "a.vn"})
    with pytest.raises(ConfigError, match=r"onestop\.hosts") as caught:
        open_source(settings, spec(evil.url))
    assert "mat-khau" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("motcua.tinh.gov.vn", "https://motcua.tinh.gov.vn"),
        ("https://Motcua.tinh.gov.vn:8443/", "https://motcua.tinh.gov.vn:8443"),
        ("http://10.62.0.5", "http://10.62.0.5"),
        ("http://192.168.1.9:81", "http://192.168.1.9:81"),
        ("http://[::1]:81", "http://[::1]:81"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_hosts_are_https_and_plain_http_is_written_out(written: str, meant: str) -> None:
    assert config.load(None, {"MOTCUA_ONESTOP__HOSTS": written}).onestop.hosts == (meant,)


@pytest.mark.parametrize(
    "written",
    ["http://motcua.tinh.gov.vn", "http://8.8.8.8", "ftp://10.0.0.5", "u:p@a.vn", "a.vn/ws", "*", "https://*.vn"],
)
def test_plain_http_through_the_internet_and_what_is_no_host_are_refused(written: str) -> None:
    with pytest.raises(ConfigError, match=r"onestop\.hosts"):
        config.load(None, {"MOTCUA_ONESTOP__HOSTS": f'["{written}"]'})
