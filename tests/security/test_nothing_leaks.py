"""Secrets and people are planted in a town; then everything the program says is searched for them.

Secrets may appear nowhere. People may appear where a person asks for one message or one dossier (``SHOWS_PEOPLE``), on
standard output, and never in a log line, whatever its level, not even before the log's own masking.
"""

import base64
import json
import logging
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from adapter import config
from adapter.cli import main
from adapter.cli.late import Late
from adapter.errors import ConfigError, StoreError
from adapter.model import Answer, Link, LinkKind, Proof, Refused, Uid
from adapter.model import Cause as Why
from adapter.onestop import SoapSource
from adapter.onestop.contract import Contract
from adapter.simulators.onestop.happenings import Happening
from adapter.store.cipher import load_keys
from adapter.wiring.fittings import zalo_settings
from adapter.zalo.answers import Reply
from adapter.zalo.oauth import Granted
from tests.builders import a_delivery, a_dossier, a_route
from tests.onestop.hostile import NOW, Hostile, envelope, fault, http, spec
from tests.towns import APP, SECRET, Town, town
from tests.zalo.raw_server import RawServer, reply_json

NAME, PHONE, ID_NUMBER = "NGUYỄN THỊ KỲ HOA", "987650123", "026199012345"
SAID, EMAIL, CODE = "Thiếu giấy chứng tử của ông nội", "kyhoa.rieng@example.vn", "000.22.33.H62-261123-7731"
UID = "2468458835296117922"
PEOPLE = (NAME, "KỲ HOA", PHONE, ID_NUMBER, SAID, EMAIL, CODE, "261123-7731", UID)
LOGIN, MAIL_LOGIN = "mat-khau-thu", "mat-khau-thu-dien-tu"
SETTINGS = {
    "MOTCUA_LOG__LEVEL": "debug",
    "MOTCUA_LOG__FORMAT": "json",
    "MOTCUA_ALARM__SMTP_PASSWORD": MAIL_LOGIN,
    "MOTCUA_SENDING__ALLOW": f"0{PHONE}",
}

SHOWS_PEOPLE = {"messages show", "poll --dry-run"}
"""Asked to show one message as the citizen reads it, or what the mapping makes of the real source (--dry-run)."""

NOT_WALKED = {
    "init": "makes a new installation: there is nobody in it yet",
    "run": "walked as a process of its own below",
    "simulate onestop": "invented people only",
    "simulate zalo": "invented people only, and prints the tokens of the imitation on purpose",
    "simulate demo": "invented people only",
    "db restore": "replaces the database this walk stands on; it prints what db backup and db check print",
    "db restored": "says two sentences of its own",
}


@dataclass
class Heard:
    """All that the program said: per command its standard output, and every log line and error."""

    shown: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)

    def everything(self) -> Iterator[tuple[str, str]]:
        yield from self.shown.items()
        yield from (("errors", text) for text in self.errors)
        yield from (("raw log", text) for text in self.raw)


class Raw(logging.Handler):
    """Hears log calls as they were made, before any formatter has masked anything."""

    def __init__(self, heard: Heard) -> None:
        super().__init__()
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        self._heard.raw.append(f"{record.name} {record.getMessage()} {vars(record)}")


def found(texts: Sequence[str], where: str) -> list[str]:
    return [text for text in texts if text in where]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, settings=SETTINGS) as made:
        for number, changes in enumerate(({}, {"TrangThaiHoSo": "5", "YKien": SAID}, {"SoDienThoai": "02113 861 234"})):
            file(made, number, changes)
        yield made


def file(place: Town, number: int, changes: dict[str, str]) -> None:
    """A dossier full of personal data."""
    fields = {
        "MaTTHC": "2.000635",
        "TenTTHC": "Cấp bản sao trích lục hộ tịch",
        "ChuHoSo": NAME,
        "SoGiayToChuHoSo": ID_NUMBER,
        "SoDienThoai": f"0{PHONE}",
        "Email": EMAIL,
        "NoiDungXuLy": SAID,
        "NgayTiepNhan": datetime.now(UTC).strftime("%d/%m/%Y %H:%M:%S"),
        "TrangThaiHoSo": "2",
    }
    code = CODE if not number else f"{CODE[:-1]}{number + 1}"
    place.province.province.apply(
        Happening(after_seconds=0, code=code, changes=fields | changes, office="000.22.33.H62")
    )


def secrets_of(place: Town) -> list[str]:
    """Everything that opens something."""
    keysets = json.loads((place.folder / "keys.json").read_text("utf-8"))
    keys = [key["keyData"]["value"] for keyset in keysets.values() for key in keyset["key"]]
    with place.house() as house:
        pair = house.store.read(lambda tx: tx.vault.load(APP))
    assert pair is not None
    assert len(keys) == 2
    secrets = [
        LOGIN,
        MAIL_LOGIN,
        SECRET,
        pair.access,
        pair.refresh,
        *keys,
        *(base64.b64decode(key).hex() for key in keys),
    ]
    assert min(map(len, secrets)) > 10
    return secrets


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch, place: Town) -> Iterator[Heard]:
    """Listens to the whole process, at debug."""
    for name, text in place.environ.items():
        monkeypatch.setenv(name, text)
    made = Heard()
    root, raw = logging.getLogger(), Raw(made)
    handlers, level = list(root.handlers), root.level
    root.addHandler(raw)
    yield made
    root.handlers, root.level = handlers, level
    sys.excepthook = sys.__excepthook__
    logging.captureWarnings(capture=False)


@pytest.fixture
def say(place: Town, heard: Heard) -> Callable[..., str]:
    """Run a command; gives its standard output."""

    def run(command: str, *arguments: str, stdin: str | None = None) -> str:
        words = ["--config", str(place.folder / "motcua.toml"), *command.split(), *arguments]
        result = CliRunner().invoke(main, words, input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        heard.shown[command] = heard.shown.get(command, "") + result.stdout
        heard.errors.append(result.stderr)
        if result.exc_info:
            heard.errors.append("".join(traceback.format_exception(*result.exc_info)))
        return result.stdout

    return run


def _read_and_send(say: Callable[..., str]) -> None:
    say("mapping check")
    say("mapping templates")
    say("poll --dry-run")
    say("poll")
    say("status")
    say("deliver", "--seconds", "10", "--json")
    say("status", "--json")


def _look_and_act(say: Callable[..., str]) -> None:
    say("messages list", "--skipped")
    say("messages list", "--dossier", CODE)
    ids = [row["id"] for row in json.loads(say("messages list", "--json"))]
    assert ids
    for number in ids:
        say("messages show", number)
        say("messages show", number, "--json")
        for act in ("messages release", "messages retry", "messages cancel"):
            say(act, number, "--yes")
    say("pause", "--all", "--reason", "thử")
    say("resume", "--all")


def _link(say: Callable[..., str], folder: Path) -> None:
    heading = "uid,kind,value,proof,proved_at\n"
    good = f"{UID},phone,0{PHONE},counter,20/11/2026 09:30\n{UID},dossier,{CODE},counter,20/11/2026\n"
    bad = f"{UID}x,phone,0{PHONE}9,{NAME},{EMAIL}\n{NAME},{PHONE},{CODE},,\n"
    for name, text in (("good", good), ("bad", bad)):
        (folder / f"{name}.csv").write_text(heading + text, "utf-8")
        say("links import", str(folder / f"{name}.csv"))
    say("links list")
    links = json.loads(say("links list", "--json"))
    assert len(links) == 2
    say("links revoke", links[0]["id"])


def _tokens(say: Callable[..., str], planted: str) -> None:
    say("zalo token show")
    say("zalo token refresh")
    say("zalo token exchange", stdin=planted)
    for text in (planted, f"{planted}\n{planted} {planted}", json.dumps({"access_token": planted}), f"é{planted} x"):
        say("zalo token set", stdin=text)


def _keep(say: Callable[..., str], folder: Path) -> None:
    say("balance")
    say("audit verify")
    say("reload")
    for command in ("upgrade", "current", "check"):
        say(f"db {command}")
    say("db backup", str(folder / "kept.db"))
    say("doctor")
    say("doctor", "--json")
    say("alarms list")
    for raised in json.loads(say("alarms list", "--json")):
        say("alarms clear", raised["key"])
    say("alarms clear", "mapping", "--json")
    say("alarms test", "--json")
    say("alarms failed", "motcua.service")
    say("stop")


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[str]:
    command = command.real if isinstance(command, Late) else command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from leaves(inner, (*path, name))
    else:
        yield " ".join(path)


def test_no_command_and_no_log_line_says_a_secret_or_a_person(
    place: Town, heard: Heard, say: Callable[..., str]
) -> None:
    planted = "ma-truy-cap-duoc-gai-vao"
    secrets = [*secrets_of(place), planted]
    _read_and_send(say)
    _troubles(place, say)
    _look_and_act(say)
    _link(say, place.folder)
    _tokens(say, planted)
    _keep(say, place.folder)
    assert set(heard.shown) - {"poll --dry-run"} == set(leaves(main)) - set(NOT_WALKED)
    assert CODE in heard.shown["poll --dry-run"]
    assert NAME in heard.shown["messages show"] or SAID in heard.shown["messages show"]
    assert any("poll.done" in line for line in heard.raw)
    for where, text in heard.everything():
        assert found(secrets, text) == [], where
        if where not in SHOWS_PEOPLE:
            assert found(PEOPLE, text) == [], (where, text[-3000:])


def _troubles(place: Town, say: Callable[..., str]) -> None:
    """Both sides quote people back at us."""
    words = f"Lỗi hồ sơ {CODE} của {NAME}, CCCD {ID_NUMBER}, ĐT 0{PHONE}, mật khẩu của motcua"
    environ = pytest.MonkeyPatch()
    refusing = RawServer(reply_json({"error": -124, "message": f"{words} {UID}"}))
    with environ.context() as patched, Hostile(http(envelope(fault(words)), status=500)) as province:
        patched.setenv("MOTCUA_ONESTOP__ENDPOINT", province.url)
        patched.setenv("MOTCUA_ZALO__BUSINESS_URL", refusing.url)
        patched.setenv("MOTCUA_ZALO__OPENAPI_URL", refusing.url)
        say("poll")
        say("status")
        file(place, 4, {})
        patched.setenv("MOTCUA_ONESTOP__ENDPOINT", place.province.url)
        say("poll")
        say("deliver", "--seconds", "5")
        assert refusing.requests
    refusing.close()


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_daemon_at_debug_in_trouble_says_no_secret_and_no_person(place: Town, form: str) -> None:
    secrets = secrets_of(place)
    knobs = place.province.knobs
    for trouble in ({"status": 500}, {"truncate_after": 900}, {"control_character": True}, {"fault_in_200": True}):
        knobs.next("*", **trouble)
    for kind in ("http", "close", "truncate", "code"):
        place.zalo.fault(kind)
    process = place.process("run", MOTCUA_LOG__FORMAT=form)
    try:
        deadline = datetime.now(UTC).timestamp() + 20
        while not place.zalo.journal():
            assert datetime.now(UTC).timestamp() < deadline, place.log()[-3000:]
            assert process.poll() is None
            time.sleep(0.05)
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
    log = place.log()
    assert "poll.cut" in log
    assert "poll.done" in log
    assert found([*secrets, *secrets_of(place), *PEOPLE], log) == []


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://motcua:hush@127.0.0.1:9/motcua",
        "postgresql://motcua:hush@[::1:9/motcua",
        "postgresql://motcua:hush@127.0.0.1:9/motcua?sslrootcert=/gone&sslmode=verify-full",
        "postgresql://motcua:hush@127.0.0.1:port/motcua",
        "postgresql+psycopg2://motcua:hush@127.0.0.1/motcua",
        "mysql://motcua:hush@127.0.0.1/motcua",
        "motcua:hush@127.0.0.1/motcua",
    ],
)
def test_the_password_of_the_database_is_in_no_error(
    heard: Heard, say: Callable[..., str], monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("MOTCUA_STORE__URL", url)
    for command in ("status", "db current", "db upgrade", "db check", "poll"):
        say(command)
    assert [where for where, text in heard.everything() if "hush" in text] == []
    assert sum("motcua: " in text for text in heard.errors) == 5


def test_a_login_that_does_not_fit_the_wsdl_is_not_repeated() -> None:
    password = "hush"  # here, since a traceback shows the line of the call
    for header in (("Username", "Matkhau"), ("Ten", "Password")):
        with pytest.raises(ConfigError) as caught:
            Contract(spec(auth_fields=header), "motcua", password)
        assert password not in "".join(traceback.format_exception(caught.value))


def test_a_key_file_that_cannot_be_read_is_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text('{"seal": "hush"}', "utf-8")
    (tmp_path / "keys.json").chmod(0o600)
    with pytest.raises(StoreError) as caught:
        load_keys(tmp_path / "keys.json")
    assert "hush" not in "".join(traceback.format_exception(caught.value))


def test_a_settings_file_with_secrets_in_the_wrong_place_is_not_repeated(tmp_path: Path) -> None:
    text = "[zalo]\napp_secret = {x = 'hush'}\nproxy = ['hush']\nproxi = 'hush'\n[onestop]\npassword = 123456\n"
    (tmp_path / "motcua.toml").write_text(
        text + "[store]\nurl = ['hush']\n[sending]\nallow = ['hush 0987650123']", "utf-8"
    )
    with pytest.raises(ConfigError) as caught:
        config.load(tmp_path / "motcua.toml", {})
    shown = "".join(traceback.format_exception(caught.value))
    assert [word for word in ("hush", "123456", "0987650123") if word in shown] == []


REFUSAL: Answer = Refused(cause=Why.PERSON, code="-124", text=f"{NAME} {PHONE}")
THINGS: list[object] = [
    a_dossier(applicant=NAME, phones=f"0{PHONE}", code=CODE, identity=CODE, values={"ten": NAME}),
    a_delivery(),
    a_route(params={"ten": NAME}),
    Link(
        id="1", uid=Uid(UID), kind=LinkKind.PHONE, value=f"84{PHONE}", proof=Proof.COUNTER, proved_at=datetime.now(UTC)
    ),
    REFUSAL,
    Reply(status=200, body=f"{NAME} {PHONE}".encode()),
    Granted(access="hush", refresh="hush", seconds=1),
]


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: type(thing).__name__)
def test_a_value_shows_no_person_when_it_is_printed(thing: object) -> None:
    shown = f"{thing!r} {thing}"
    assert found([*PEOPLE, "hush", "84912345678", "Nguyễn"], shown) == []


def test_the_doors_show_nothing_when_they_are_printed(place: Town) -> None:
    settings = place.settings()
    with place.house() as house:
        shown = f"{settings!r}{settings}{zalo_settings(settings)!r}{house!r}{house.channels!r}{house.tokens!r}"
    source = SoapSource(spec(), "motcua", LOGIN, lambda: NOW)
    source.close()
    assert found(secrets_of(place), f"{shown}{source!r}") == []
