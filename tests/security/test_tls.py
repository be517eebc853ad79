"""Whose certificates are believed, at both doors, through the settings an operator writes."""

import ast
import ssl
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapter import config
from adapter.config.problems import keys_of
from adapter.errors import ConfigError, SourceError, SourceFault
from adapter.model import Accepted, Answer, Cause, Refused
from adapter.onestop.trust import PUBLIC, Trust
from adapter.wiring.fittings import open_source, zalo_settings
from adapter.zalo.oauth import Denied, NoAnswer, TokenEndpoint
from adapter.zalo.sender import Sender
from adapter.zalo.wire import tls_context
from tests.onestop.hostile import spec
from tests.security.certificates import Authority, Identity, TlsServer
from tests.zalo.builders import NOW, delivery
from tests.zalo.doubles import FakeKeeper

ROOT = Path(__file__).parents[2]
Names = dict[str, str]


def settings(url: str, **names: str) -> config.Settings:
    """What an operator would have written for a one-stop and a Zalo at this address."""
    zalo = {f"MOTCUA_ZALO__{base}_URL": url for base in ("OAUTH", "OPENAPI", "BUSINESS")}
    known = {"MOTCUA_ZALO__APP_ID": "1", "MOTCUA_ZALO__APP_SECRET": "s", "MOTCUA_ONESTOP__ENDPOINT": f"{url}/ws"}
    return config.load(None, known | zalo | {f"MOTCUA_{name}": value for name, value in names.items()})


def looks_up(made: config.Settings) -> None:
    """Ask the one-stop for a dossier and get it. Raises SourceError."""
    source = open_source(made, spec(made.onestop.endpoint))
    try:
        assert source.lookup("H62") is not None
    finally:
        source.close()


def sends(made: config.Settings) -> Answer:
    """Send one message to Zalo."""
    sender = Sender(settings=zalo_settings(made), keeper=FakeKeeper(), clock=lambda: NOW)
    try:
        sender.send([delivery()])
        (settled,) = sender.drain(20)
    finally:
        sender.close()
    return settled.answer


def test_a_private_authority_is_believed_by_both_doors_when_it_is_named(authority: Authority) -> None:
    with TlsServer(authority.issue("good")) as server:
        made = settings(server.url, ONESTOP__CA_FILE=str(authority.pem), ZALO__CA_FILE=str(authority.pem))
        looks_up(made)
        assert isinstance(sends(made), Accepted)
        assert TokenEndpoint(zalo_settings(made)).refresh("RT") == Denied(code="0")
        assert len(server.heard) == 3


def _wrong(authority: Authority, stranger: Authority) -> dict[str, tuple[Identity, Path | None, str]]:
    return {
        "nobody named": (authority.issue("unnamed"), None, "certificate"),
        "another authority": (stranger.issue("strange"), authority.pem, "certificate"),
        "another host": (authority.issue("elsewhere", "DNS:motcua.example.vn"), authority.pem, "IP address mismatch"),
        "expired": (authority.issue("old", days=-1), authority.pem, "certificate has expired"),
    }


@pytest.mark.parametrize("name", ["nobody named", "another authority", "another host", "expired"])
def test_a_wrong_certificate_is_refused_by_both_doors_before_a_byte_is_said(
    authority: Authority, stranger: Authority, name: str
) -> None:
    identity, believed, reason = _wrong(authority, stranger)[name]
    named = {"ONESTOP__CA_FILE": str(believed), "ZALO__CA_FILE": str(believed)} if believed else {}
    with TlsServer(identity) as server:
        made = settings(server.url, **named)
        with pytest.raises(SourceError, match=reason) as caught:
            looks_up(made)
        assert caught.value.fault is SourceFault.UNREACHABLE
        answer = sends(made)
        assert isinstance(answer, Refused)
        assert (answer.cause, answer.code) == (Cause.NEVER_LEFT, "ClientConnectorCertificateError")
        outcome = TokenEndpoint(zalo_settings(made)).refresh("RT")
        assert isinstance(outcome, NoAnswer)
        assert outcome.never_left
        assert server.heard == []


def test_naming_a_private_authority_ends_the_belief_in_all_others(authority: Authority) -> None:
    subjects = [
        {certificate["serialNumber"] for certificate in context.get_ca_certs()}
        for context in (Trust(ca_file=str(authority.pem)).context(), tls_context(str(authority.pem)))
    ]
    assert [len(known) for known in subjects] == [1, 1]
    assert min(len(context.get_ca_certs()) for context in (PUBLIC.context(), tls_context(""))) > 50


def test_the_environment_names_no_authority(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(authority.pem))
    with TlsServer(authority.issue("by-environment")) as server:
        made = settings(server.url)
        with pytest.raises(SourceError):
            looks_up(made)
        assert isinstance(sends(made), Refused)


@contextmanager
def old_server(identity: Identity) -> Iterator[TlsServer]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that these versions are bad is the point
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
    with TlsServer(identity, context=context) as server:
        yield server


def test_a_server_that_knows_only_tls_1_1_is_refused(authority: Authority) -> None:
    assert PUBLIC.context().minimum_version == tls_context("").minimum_version == ssl.TLSVersion.TLSv1_2
    with old_server(authority.issue("ancient")) as server:
        made = settings(server.url, ONESTOP__CA_FILE=str(authority.pem), ZALO__CA_FILE=str(authority.pem))
        with pytest.raises(SourceError):
            looks_up(made)
        assert isinstance(sends(made), Refused)
        assert server.heard == []


def test_our_certificate_is_shown_where_the_one_stop_asks_for_one(authority: Authority) -> None:
    ours = authority.issue("motcua", "DNS:motcua")
    named = {"ONESTOP__CA_FILE": str(authority.pem)}
    with TlsServer(authority.issue("asking"), clients=authority.pem) as server:
        with pytest.raises(SourceError):
            looks_up(settings(server.url, **named))
        assert server.heard == []
        named |= {"ONESTOP__CLIENT_CERT_FILE": str(ours.cert), "ONESTOP__CLIENT_KEY_FILE": str(ours.key)}
        looks_up(settings(server.url, **named))
        assert len(server.heard) == 1


def _no_pem(folder: Path, _: Authority) -> Names:
    (folder / "no.pem").write_text("not a certificate", "utf-8")
    return {"ONESTOP__CA_FILE": str(folder / "no.pem")}


def _open_key(_: Path, authority: Authority) -> Names:
    ours = authority.issue("open", "DNS:motcua")
    ours.key.chmod(0o644)
    return {"ONESTOP__CLIENT_CERT_FILE": str(ours.cert), "ONESTOP__CLIENT_KEY_FILE": str(ours.key)}


def _locked_key(_: Path, authority: Authority) -> Names:
    ours = authority.issue("locked", "DNS:motcua", password="mat-khau-cua-khoa")
    return {"ONESTOP__CLIENT_CERT_FILE": str(ours.cert), "ONESTOP__CLIENT_KEY_FILE": str(ours.key)}


def _no_key(_: Path, authority: Authority) -> Names:
    return {"ONESTOP__CLIENT_CERT_FILE": str(authority.pem)}


@pytest.mark.parametrize("write", [_no_pem, _open_key, _locked_key, _no_key], ids=lambda write: write.__name__)
def test_a_file_that_cannot_be_used_stops_the_start(
    tmp_path: Path, authority: Authority, write: Callable[[Path, Authority], Names]
) -> None:
    with pytest.raises(ConfigError) as caught:
        looks_up(settings("https://127.0.0.1:9", **write(tmp_path, authority)))
    assert "mat-khau-cua-khoa" not in str(caught.value)


def test_a_zalo_authority_that_cannot_be_used_stops_the_start_not_a_refresh(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("", "utf-8")
    made = zalo_settings(settings("https://127.0.0.1:9", ZALO__CA_FILE=str(tmp_path / "no.pem")))
    with pytest.raises(ConfigError, match=r"zalo\.ca_file"):
        TokenEndpoint(made)
    with pytest.raises(ConfigError, match=r"zalo\.ca_file"):
        Sender(settings=made, keeper=FakeKeeper(), clock=lambda: NOW)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ({"ONESTOP__CA_FILE": "gone.pem"}, "onestop.ca_file: không tìm thấy tệp này"),
        ({"ZALO__CA_FILE": "gone.pem"}, "zalo.ca_file: không tìm thấy tệp này"),
        ({"ONESTOP__CLIENT_KEY_FILE": __file__}, "có client_key_file thì phải có client_cert_file"),
    ],
)
def test_the_settings_say_which_file_is_wrong(names: Names, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        settings("https://127.0.0.1:9", **names)


def _switches(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg="verify" | "ssl" | "check_hostname" as name, value=ast.Constant(value=False)):
                yield name
            case ast.Attribute(attr="CERT_NONE" | "CERT_OPTIONAL" | "_create_unverified_context" as name):
                yield name
            case ast.Assign(targets=[ast.Attribute(attr="verify" | "check_hostname" as name)]):
                yield name


def test_no_module_and_no_setting_can_switch_the_checking_off() -> None:
    for path in (ROOT / "adapter").rglob("*.py"):
        assert list(_switches(ast.parse(path.read_text("utf-8")))) == [], path
    keys = [key for section in config.Settings.model_fields for key in keys_of(section)]
    assert "ca_file" in keys
    assert not [key for key in keys if any(word in key for word in ("verify", "insecure", "check"))]


def test_that_search_finds_what_it_looks_for() -> None:
    found = _switches(
        ast.parse("get(verify=False)\nsession.verify = 0\nc.verify_mode = ssl.CERT_NONE\npost(ssl=False)")
    )
    assert sorted(found) == ["CERT_NONE", "ssl", "verify", "verify"]


def test_not_even_the_session_of_requests_can(authority: Authority) -> None:
    with TlsServer(authority.issue("unverified")) as server:
        made = open_source(settings(server.url), spec(f"{server.url}/ws"))
        session = made._asking.contract()._transport.session
        session.verify = False
        with pytest.raises(SourceError, match="certificate"):
            made.lookup("H62")
        made.close()
        assert server.heard == []
