"""`motcua doctor`: each door's trouble is named with what to do, and hides no other door."""

import json
import os
import re
import resource
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapter import daemon
from adapter.cli import checkup, main
from adapter.cli.checkup import Check, Finding, Level
from adapter.cli.doctor import CHECKS, DOORS, MARKS
from adapter.cli.session import Session
from adapter.daemon.presence import Presence
from adapter.errors import StoreError
from adapter.model import Pause, PauseScope, TokenState
from adapter.ports import Tx
from adapter.steps import poll
from adapter.wiring.books import new_owner
from tests.daemon.test_daemon import file
from tests.onestop.hostile import Hostile, http
from tests.towns import Town

Break = Callable[[Town], None]


def doctor(place: Town, *arguments: str, **environ: str) -> Result:
    config = ("--config", str(place.folder / "motcua.toml"))
    return CliRunner().invoke(main, [*config, "doctor", *arguments], env=place.environ | environ)


def findings(place: Town, **environ: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(doctor(place, "--json", **environ).stdout)
    return found


def at(door: str, found: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    """The findings of one door by level."""
    mine = [finding for finding in found if finding["door"] == door]
    return {level.value: [finding for finding in mine if finding["level"] == level] for level in Level}


def test_in_good_health_every_door_speaks_and_nothing_needs_a_person(place: Town) -> None:
    with place.house() as house:
        sign = Presence(house.store, f"{new_owner().partition(':')[0]}:{os.getppid()}:aa")
        sign.show()
        result = doctor(place, "--json")
        assert doctor(place).exit_code == 0
        sign.withdraw()
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert {finding["door"] for finding in found} == {check.door for check in CHECKS}
    assert {finding["level"] for finding in found} == {"ok"}
    assert len(at("templates", found)["ok"]) == len(place.rulebook().templates)
    assert all("200đ" in finding["said"] for finding in at("templates", found)["ok"])


def test_for_a_person_it_is_vietnamese_with_english_beside(place: Town) -> None:
    result = doctor(place)
    assert result.exit_code == 1, "no daemon is at work"
    assert "! vận hành: không có tiến trình nền nào đang chạy → khởi động dịch vụ" in result.stdout
    assert "    look: no daemon is at work" in result.stdout


def test_every_door_and_level_has_a_word() -> None:
    assert DOORS.keys() == {check.door for check in CHECKS}
    assert MARKS.keys() == set(Level)


def wrong_password(place: Town) -> None:
    place.extra["MOTCUA_ONESTOP__PASSWORD"] = "wrong"


def province_down(place: Town) -> None:
    place.extra["MOTCUA_ONESTOP__ENDPOINT"] = "http://127.0.0.1:9/ws/motcua.asmx"


def province_maintained(place: Town) -> None:
    place.province.knobs.turn(html_page=True)


def province_off(place: Town) -> None:
    place.province.knobs.turn(clock_skew=-300.0)


def wsdl_gone(place: Town) -> None:
    (place.folder / "mappings" / "vinhphuc" / "motcua.wsdl").unlink()


def mapping_broken(place: Town) -> None:
    messages = place.folder / "mappings" / "vinhphuc" / "messages.yaml"
    messages.write_text(messages.read_text("utf-8").replace("on: received", "on: reciefed"), "utf-8")


def mapping_edited(place: Town) -> None:
    with place.house():  # a daemon takes the set as it is
        pass
    messages = place.folder / "mappings" / "vinhphuc" / "messages.yaml"
    messages.write_text(messages.read_text("utf-8").replace("expires_after: 2d", "expires_after: 1d"), "utf-8")


def old_revision(place: Town) -> None:
    with closing(sqlite3.connect(place.folder / "motcua.db")) as database:
        database.executescript("UPDATE alembic_version SET version_num = '0005_ledger'")


def keys_open_to_all(place: Town) -> None:
    (place.folder / "keys.json").chmod(0o644)


def keys_gone(place: Town) -> None:
    (place.folder / "keys.json").unlink()


def shadow(place: Town) -> None:
    place.extra["MOTCUA_SENDING__MODE"] = "off"


def alarm(place: Town) -> None:
    with place.house() as house:
        house.alarm.raise_("source:vinhphuc", "Hãy xem máy chủ một cửa.")


def command_gone(place: Town) -> None:
    place.extra["MOTCUA_ALARM__COMMAND"] = "/no/such/program"


def mail_away(place: Town) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    place.extra |= {"MOTCUA_ALARM__SMTP_HOST": "127.0.0.1", "MOTCUA_ALARM__SMTP_PORT": str(port)}
    place.extra |= {"MOTCUA_ALARM__SMTP_FROM": "motcua@tinh.gov.vn", "MOTCUA_ALARM__SMTP_TO": "truc@tinh.gov.vn"}


def days_pass(path: Path, days: int) -> None:
    os.utime(path, (time.time() - days * 86_400,) * 2)


def backup_never(place: Town) -> None:
    days_pass(place.folder / "keys.json", 3)


def backup_old(place: Town) -> None:
    (place.folder / "backups").mkdir()
    for number, days in enumerate((4, 3)):
        copy = place.folder / "backups" / f"nightly-{number}.db"
        copy.touch()
        days_pass(copy, days)


def pause(place: Town) -> None:
    with place.house() as house:
        wanted = Pause(scope=PauseScope.ALL, name="", reason="bảo trì", by="chị Lan", since=house.clock())
        house.store.write("test", lambda tx: tx.pauses.add(wanted))


def dead_lease(place: Town) -> None:
    host = new_owner().partition(":")[0]
    with place.house() as house:
        house.store.write("test", lambda tx: tx.leases.take("poll:vinhphuc:", f"{host}:999999:aa", 3600))


def waiting_long(place: Town) -> None:
    file(place, 1)
    with place.house() as house:
        poll.poll(house.polling())
    with closing(sqlite3.connect(place.folder / "motcua.db")) as database:
        database.execute("UPDATE deliveries SET due_at = due_at - 7200000")
        database.commit()


def token_being_refreshed(place: Town) -> None:
    with place.house() as house:
        app = place.environ["MOTCUA_ZALO__APP_ID"]

        def begin(tx: Tx) -> None:
            pair = tx.vault.load(app)
            assert pair is not None
            assert tx.vault.save(app, replace(pair, state=TokenState.REFRESHING), pair.generation)

        house.store.write("test", begin)


def token_superseded(place: Town) -> None:
    place.zalo.issue_tokens()


def zalo_down(place: Town) -> None:
    place.extra["MOTCUA_ZALO__OPENAPI_URL"] = "http://127.0.0.1:9"
    place.extra["MOTCUA_ZALO__BUSINESS_URL"] = "http://127.0.0.1:9"


def unverified(place: Town) -> None:
    place.zalo.state.account.verified = False


def quota_gone(place: Town) -> None:
    place.zalo.state.roll_day()
    place.zalo.state.account.used_today = place.zalo.state.account.daily_quota or 0


def template(place: Town, **changed: object) -> None:
    first = min(place.zalo.state.templates)
    place.zalo.state.put_templates([{"template_id": first, **changed}])


def template_disabled(place: Town) -> None:
    template(place, status="DISABLE")


def template_gone(place: Town) -> None:
    template(place, status="DELETE")


def template_other(place: Town) -> None:
    template(place, params=[{"name": "ho_ten"}])


def template_shorter(place: Town) -> None:
    first = min(place.zalo.state.templates.values(), key=lambda one: one.template_id)
    first.params = tuple(replace(param, max_length=1) for param in first.params)


TROUBLES: list[tuple[Break, str, str, str]] = [
    (wrong_password, "onestop", "broken", "[onestop]"),
    (province_down, "onestop", "broken", "unreachable"),
    (province_maintained, "onestop", "broken", "not_soap"),
    (province_off, "onestop", "look", "so với máy chủ một cửa"),
    (wsdl_gone, "onestop", "broken", "motcua.wsdl"),
    (mapping_broken, "mapping", "broken", "messages.yaml"),
    (mapping_edited, "mapping", "look", "motcua reload"),
    (old_revision, "database", "broken", "motcua db upgrade"),
    (keys_open_to_all, "keys", "broken", "chmod 600"),
    (keys_gone, "keys", "broken", "keys.json"),
    (shadow, "settings", "look", "không gửi cho ai"),
    (alarm, "work", "look", "Hãy xem máy chủ một cửa."),
    (pause, "work", "look", "motcua resume --all"),
    (command_gone, "alarm", "broken", "motcua alarms test"),
    (mail_away, "alarm", "broken", "ConnectionRefusedError"),
    (backup_never, "backup", "look", "chưa có bản sao lưu nào"),
    (backup_old, "backup", "look", "3 ngày trước"),
    (dead_lease, "work", "look", "poll:vinhphuc"),
    (waiting_long, "work", "look", "có tin gửi được từ"),
    (token_being_refreshed, "token", "look", "đang làm mới"),
    (token_superseded, "zalo", "broken", "-220"),
    (zalo_down, "zalo", "broken", "ConnectorError"),
    (unverified, "zalo", "broken", "OA"),
    (quota_gone, "zalo", "look", "sau nửa đêm"),
    (template_disabled, "templates", "broken", "DISABLE"),
    (template_gone, "templates", "broken", "-109"),
    (template_other, "templates", "broken", "ho_ten"),
    (template_shorter, "templates", "broken", "max_length"),
]


@pytest.mark.parametrize(("trouble", "door", "level", "word"), TROUBLES, ids=[row[0].__name__ for row in TROUBLES])
def test_each_trouble_is_named_with_what_to_do(place: Town, trouble: Break, door: str, level: str, word: str) -> None:
    trouble(place)
    found = findings(place)
    assert {finding["door"] for finding in found} == {check.door for check in CHECKS}, "one door hid another"
    mine = at(door, found)[level]
    assert any(word in f"{one['said']} {one['todo']}" for one in mine), found
    assert all(finding["said"] and finding["english"] for finding in found)
    assert all("wrong" not in f"{finding['said']}" for finding in found), "no secret in a finding"
    assert_each_says_what_to_do_in_two_languages(found)


def assert_each_says_what_to_do_in_two_languages(found: list[dict[str, str]]) -> None:
    assert [finding for finding in found if finding["level"] != "ok" and not finding["todo"]] == []
    vietnamese = re.compile("[ăâđêôơưàáạảãèéẹẻẽìíịỉĩòóọỏõùúụủũ]|(?<!.)ngày|trước")
    assert [finding for finding in found if vietnamese.search(finding["english"])] == []


def test_settings_that_cannot_be_read_are_all_named(place: Town) -> None:
    found = findings(place, MOTCUA_ZALO__SLOTS="999", MOTCUA_LOG__LEVEL="loud")
    assert [finding["level"] for finding in found] == ["broken", "broken"]
    assert {finding["door"] for finding in found} == {"settings"}


def test_a_database_that_is_no_database_leaves_the_other_doors_open(place: Town) -> None:
    for path in place.folder.glob("motcua.db*"):
        path.unlink()
    (place.folder / "motcua.db").write_bytes(b"no database" * 1000)
    found = findings(place)
    for door in ("database", "integrity"):
        assert "motcua db restore TỆP" in at(door, found)["broken"][0]["todo"]
    assert at("onestop", found)["ok"]
    assert at("mapping", found)["ok"]


def database_away(place: Town) -> None:
    place.extra["MOTCUA_STORE__URL"] = "postgresql://motcua@127.0.0.1:9/motcua"


def database_closed_to_us(place: Town) -> None:
    for path in place.folder.glob("motcua.db*"):
        path.unlink()
    (place.folder / "motcua.db").mkdir()


@pytest.mark.parametrize("trouble", [database_away, database_closed_to_us, keys_gone, old_revision])
def test_when_the_database_does_not_open_each_door_behind_it_says_where_to_look(place: Town, trouble: Break) -> None:
    trouble(place)
    found = findings(place)
    behind = [
        one for one in found if one["level"] == "broken" and one["door"] in {"work", "token", "zalo", "templates"}
    ]
    assert {one["door"] for one in behind} == {"work", "token", "zalo", "templates"}
    assert {one["todo"] for one in behind} == {checkup.DEEPER}
    assert_each_says_what_to_do_in_two_languages(found)


def test_a_full_disk_is_named_before_what_it_breaks(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**10, 10**10, 5 * 2**20))
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, kept[1]))
    try:
        found = at("database", findings(place))["broken"]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)
    assert "ổ đĩa còn 0.0 GB" in found[0]["said"]
    assert "không kiểm tra được" in found[1]["said"]
    assert all(one["todo"] for one in found)


def test_a_daemon_that_was_killed_is_not_called_at_work(place: Town) -> None:
    host = new_owner().partition(":")[0]
    with place.house() as house:
        Presence(house.store, f"{host}:999999:aa").show()
        mine = at("work", findings(place))
        assert not [one for one in mine["ok"] if "999999" in one["said"]]
        assert [one for one in mine["look"] if "daemon:" in one["said"]]
        assert daemon.at_work(house.store) == []


def test_what_zalo_and_the_one_stop_say_does_not_speak_to_the_terminal(place: Town) -> None:
    template(place, params=[{"name": "\x9b2Jten"}])
    first = min(place.zalo.state.templates.values(), key=lambda one: one.template_id)
    first.status = "DISABLE\x1b]0;pwned\x07"
    with Hostile(http(b"", content_type="text/\x1b]0;pwned\x07")) as server:
        place.extra["MOTCUA_ONESTOP__ENDPOINT"] = server.url
        said = doctor(place).output + motcua(place, "poll", "--dry-run") + motcua(place, "poll")
        said += motcua(place, "status") + doctor(place, "--json").output
    assert "pwned" in said
    assert "2Jten" in said
    assert [sign for sign in said if not sign.isprintable() and sign not in "\n\t"] == []


def motcua(place: Town, *arguments: str) -> str:
    config = ("--config", str(place.folder / "motcua.toml"))
    return CliRunner().invoke(main, [*config, *arguments], env=place.environ).output


def test_nothing_reaches_a_citizen(place: Town) -> None:
    doctor(place)
    assert place.zalo.journal() == []


def ok(door: str) -> Finding:
    return Finding(door=door, level=Level.OK, said="tốt", english="well")


def test_a_check_that_hangs_breaks_or_has_a_bug_hides_nothing() -> None:
    release = threading.Event()

    def hangs(_: Session) -> Iterator[Finding]:
        yield ok("one")
        release.wait(20)

    def breaks(_: Session) -> Iterator[Finding]:
        yield ok("two")
        raise StoreError("the database is away")

    def bug(_: Session) -> Iterator[Finding]:
        yield ok("three")
        raise ValueError("0912345678")

    def well(_: Session) -> Iterator[Finding]:
        yield ok("four")

    checks = [
        Check(door=door, look=look, seconds=1.5)
        for door, look in (("one", hangs), ("two", breaks), ("three", bug), ("four", well))
    ]
    began = time.monotonic()
    found = checkup.run(checks, Session(None))
    release.set()
    assert time.monotonic() - began < 5
    assert [(one.door, one.level.value) for one in found] == [
        ("one", "ok"),
        ("one", "broken"),
        ("two", "ok"),
        ("two", "broken"),
        ("three", "ok"),
        ("three", "broken"),
        ("four", "ok"),
    ]
    assert "the database is away" in found[3].said
    assert all(one.todo for one in found if one.level is not Level.OK)
    assert "0912345678" not in found[5].said
