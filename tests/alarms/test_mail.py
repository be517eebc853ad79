"""Alarms by mail: to everybody on duty, never in the clear where that was not asked for, and never in the way."""

import email
import email.policy
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from adapter import config
from adapter.alarms import Mailbox, MailOutlet, StandingAlarm
from adapter.errors import ConfigError
from adapter.store.cipher import create_keys
from adapter.store.migrate import upgrade
from adapter.wiring.books import open_alarm, open_store
from tests.alarms.conftest import Switched
from tests.alarms.test_standing import SENTENCE
from tests.mail_server import MailServer, certificate

BOX = Mailbox(
    host="127.0.0.1",
    port=0,
    security="none",
    username="",
    password="",
    ca_file="",
    sender="motcua@tinh.vn",
    recipients=("truc@tinh.vn", "pho@tinh.vn"),
    seconds=5,
)


def read(letter: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(letter, policy=email.policy.default)


def test_everybody_on_duty_reads_what_happened_and_what_to_do() -> None:
    with MailServer() as server:
        MailOutlet(replace(BOX, port=server.port)).tell("zalo-token-lost", "raised", SENTENCE)
    (letter,) = map(read, server.letters)
    assert letter["Subject"] == "[motcua] Cảnh báo: zalo-token-lost"
    assert letter["To"] == "truc@tinh.vn, pho@tinh.vn"
    assert letter["From"] == "motcua@tinh.vn"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Date"]
    assert SENTENCE in letter.get_content()
    assert [said for said in server.said if said.startswith("rcpt")] == [
        "rcpt TO:<truc@tinh.vn>",
        "rcpt TO:<pho@tinh.vn>",
    ]


def test_the_end_of_an_alarm_is_told_too() -> None:
    with MailServer() as server:
        MailOutlet(replace(BOX, port=server.port)).tell("source:vinhphuc", "cleared", "")
    (letter,) = map(read, server.letters)
    assert letter["Subject"] == "[motcua] Đã hết: source:vinhphuc"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_password_and_letter_go_over_tls_only(security: str, tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    box = replace(BOX, security=security, username="motcua", password="hush", ca_file=str(tmp_path / "certificate.pem"))
    with MailServer(security=security, certificate=pem) as server:
        MailOutlet(replace(box, port=server.port)).tell("token", "raised", SENTENCE)
    assert len(server.letters) == 1
    sealed = dict(zip((said.partition(" ")[0].upper() for said in server.said), server.sealed, strict=True))
    assert sealed["AUTH"]
    assert sealed["DATA"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_nobody_vouches_for_gets_nothing(security: str, tmp_path: Path) -> None:
    box = replace(BOX, security=security, username="motcua", password="hush")
    with MailServer(security=security, certificate=certificate(tmp_path)) as server:
        outlet = MailOutlet(replace(box, port=server.port))
        with pytest.raises(OSError, match="certificate verify failed"):
            outlet.tell("token", "raised", SENTENCE)
    assert server.letters == []
    assert not any(said.startswith("AUTH") for said in server.said)


def test_a_server_without_starttls_gets_no_password() -> None:
    box = replace(BOX, security="starttls", username="motcua", password="hush")
    with MailServer() as server:
        outlet = MailOutlet(replace(box, port=server.port))
        with pytest.raises(OSError, match="STARTTLS"):
            outlet.tell("token", "raised", SENTENCE)
    assert not any(said.startswith("AUTH") for said in server.said)


def test_a_refused_letter_is_logged_by_class_and_never_raised(
    store: Switched, caplog: pytest.LogCaptureFixture
) -> None:
    with MailServer(refuses=True) as server:
        StandingAlarm(store, [MailOutlet(replace(BOX, port=server.port))]).raise_("token", SENTENCE)
    (record,) = caplog.records
    assert (record.getMessage(), vars(record)["fault"]) == ("alarm.outlet_failed", "SMTPRecipientsRefused")
    assert "tinh.vn" not in caplog.text


@pytest.mark.parametrize("server", [MailServer(silent=True), MailServer(drip=0.2)], ids=["silent", "dripping"])
def test_a_server_that_holds_us_up_is_given_up(server: MailServer) -> None:
    started = time.monotonic()
    with server:
        outlet = MailOutlet(replace(BOX, port=server.port, seconds=0.3))
        with pytest.raises(OSError, match="timed out"):
            outlet.tell("token", "raised", SENTENCE)
    assert time.monotonic() - started < 5


def test_what_smtplib_does_not_foresee_is_no_letter_that_was_sent() -> None:
    """It knows ASCII passwords only, and says so by an error that is no OSError."""
    with MailServer() as server:
        box = replace(BOX, port=server.port, username="motcua", password="mật khẩu")
        with pytest.raises(UnicodeEncodeError):
            MailOutlet(box).tell("zalo-token-lost", "raised", SENTENCE)
        with pytest.raises(UnicodeEncodeError):
            MailOutlet(box).probe()
    assert server.letters == []


def test_the_password_is_in_no_representation() -> None:
    assert "hush" not in repr(replace(BOX, password="hush"))


SERVER = '[alarm]\nsmtp_host = "127.0.0.1"\nsmtp_port = {port}\nsmtp_security = "none"\n'
PEOPLE = 'smtp_from = "motcua@tinh.vn"\nsmtp_to = ["truc@tinh.vn"]\n'


def test_the_settings_lead_to_the_mail(tmp_path: Path) -> None:
    create_keys(tmp_path / "secrets-keys.json")
    with MailServer() as server:
        text = (
            SERVER.format(port=server.port) + PEOPLE + '[store]\nurl = "sqlite:///m.db"\nkeys = "secrets-keys.json"\n'
        )
        (tmp_path / "motcua.toml").write_text(text, encoding="utf-8")
        settings = config.load(tmp_path / "motcua.toml", {})
        upgrade(settings.store.url)
        store = open_store(settings)
        open_alarm(settings, store).raise_("token", SENTENCE)
        store.close()
    assert len(server.letters) == 1


@pytest.mark.parametrize(
    ("text", "about"),
    [
        (SERVER.format(port=25), "smtp_from"),
        (SERVER.format(port=25) + PEOPLE + 'smtp_password = "hush"\n', "in the clear"),
        (SERVER.format(port=0) + PEOPLE, "smtp_port"),
        (SERVER.format(port=25) + 'smtp_from = "motcua"\nsmtp_to = ["truc@tinh.vn"]\n', "địa chỉ thư"),
        (SERVER.format(port=25) + 'smtp_from = "m@t.vn"\nsmtp_to = ["a@b.vn\\nBcc: x@y.vn"]\n', "địa chỉ thư"),
        ('[alarm]\nsmtp_security = "plain"\n', "smtp_security"),
    ],
)
def test_settings_that_cannot_work_are_refused(tmp_path: Path, text: str, about: str) -> None:
    (tmp_path / "motcua.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=about) as caught:
        config.load(tmp_path / "motcua.toml", {})
    assert "hush" not in str(caught.value)


def test_recipients_and_password_come_from_the_environment_and_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hush\n", encoding="utf-8")
    environ = {
        "MOTCUA_ALARM__SMTP_HOST": "mail.tinh.vn",
        "MOTCUA_ALARM__SMTP_FROM": "motcua@tinh.vn",
        "MOTCUA_ALARM__SMTP_TO": "truc@tinh.vn pho@tinh.vn",
        "MOTCUA_ALARM__SMTP_PASSWORD_FILE": str(tmp_path / "password"),
    }
    alarm = config.load(None, environ).alarm
    assert alarm.smtp_to == ("truc@tinh.vn", "pho@tinh.vn")
    assert alarm.smtp_password.get_secret_value() == "hush"
    assert "hush" not in repr(alarm)


def test_a_probe_logs_in_and_sends_no_letter() -> None:
    with MailServer() as server:
        MailOutlet(replace(BOX, port=server.port)).probe()
        assert any(said.upper() == "NOOP" for said in server.said)
        assert server.letters == []


def test_a_probe_of_a_server_that_is_away_fails() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with pytest.raises(OSError, match="refused"):
        MailOutlet(replace(BOX, port=port)).probe()
