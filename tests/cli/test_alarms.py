"""`motcua alarms`: what stands, called over by name, and whether anybody would hear."""

import json
import os
from pathlib import Path

import pytest

from adapter import config
from adapter.model import EntryId
from adapter.ports import Store
from adapter.wiring.books import open_alarm
from tests.cli.conftest import Run
from tests.mail_server import MailServer

KEY = "clock:may-cu"


def stands(store: Store) -> list[str]:
    return [raised.key for raised in store.read(lambda tx: tx.alarms.standing())]


def test_what_stands_is_listed_for_people_and_for_programs(run: Run, store: Store) -> None:
    store.write("test", lambda tx: tx.alarms.raise_once(KEY, "Đồng hồ lệch."))
    assert "Đồng hồ lệch." in run("alarms", "list").output
    (found,) = json.loads(run("alarms", "list", "--json").stdout)
    assert (found["key"], found["sentence"]) == (KEY, "Đồng hồ lệch.")


def test_the_list_says_who_could_not_be_told(run: Run, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_ALARM__COMMAND", "/no/such/program")
    open_alarm(config.load(None, config.environment()), store).raise_(KEY, "Đồng hồ lệch.")
    (found,) = json.loads(run("alarms", "list", "--json").stdout)
    assert found["untold"] == ["command"]
    assert "command" in run("alarms", "list").output


def test_a_person_calls_one_over_by_name(run: Run, store: Store) -> None:
    store.write("test", lambda tx: tx.alarms.raise_once(KEY, "Đồng hồ lệch."))
    assert run("alarms", "clear", KEY, "--by", "chị Lan").exit_code == 0
    assert stands(store) == []
    (entry,) = store.read(lambda tx: tx.ledger.entries(["person"], EntryId(""), 10))
    assert b'"alarm":"clock:may-cu"' in entry.body
    assert '"by":"chị Lan"'.encode() in entry.body
    assert run("alarms", "clear", KEY).exit_code == 1
    assert json.loads(run("alarms", "clear", KEY, "--json").stdout) == {"key": KEY, "cleared": False}


def test_a_test_rings_every_outlet_and_says_that_it_is_one(
    run: Run, bell: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MailServer() as server:
        for name, value in (("HOST", "127.0.0.1"), ("PORT", str(server.port)), ("SECURITY", "none")):
            monkeypatch.setenv(f"MOTCUA_ALARM__SMTP_{name}", value)
        monkeypatch.setenv("MOTCUA_ALARM__SMTP_FROM", "motcua@tinh.gov.vn")
        monkeypatch.setenv("MOTCUA_ALARM__SMTP_TO", "truc@tinh.gov.vn")
        result = run("alarms", "test")
        assert (result.exit_code, result.stderr.count("không báo được")) == (0, 0)
        assert bell.read_text("utf-8") == "raised test\n"
        (letter,) = server.letters
        assert b"motcua" in letter
        server.refuses = True
        refused = run("alarms", "test", "--json")
    told = {one["outlet"]: one["fault"] for one in json.loads(refused.stdout)}
    assert told == {"log": "", "command": "", "mail": "SMTPRecipientsRefused"}
    assert refused.exit_code == 1


def test_a_test_that_only_the_log_hears_fails(run: Run) -> None:
    result = run("alarms", "test")
    assert result.exit_code == 1
    assert "chưa đặt alarm.command" in result.stderr


def test_a_unit_that_failed_is_told_without_settings_database_or_keys(
    run: Run, bell: Path, installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (installed / "data" / "motcua.db").unlink()
    (installed / "secrets" / "keys.json").unlink()
    monkeypatch.setenv("MOTCUA_SENDING__MODE", "sometimes")  # with which the daemon does not start
    assert run("run").exit_code == 78
    monkeypatch.setenv("SERVICE_RESULT", "exit-code")
    monkeypatch.setenv("EXIT_STATUS", "78")
    assert run("alarms", "failed", "motcua.service").exit_code == 0
    assert bell.read_text("utf-8") == "raised unit:motcua.service\n"


def test_a_unit_that_ended_well_rings_nobody(run: Run, bell: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_RESULT", "success")
    assert run("alarms", "failed", "motcua.service").exit_code == 0
    assert bell.read_text("utf-8") == ""


def test_a_unit_that_fails_every_few_seconds_rings_once_an_hour(
    run: Run, bell: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("SERVICE_RESULT", "exit-code")
    for _ in range(3):
        assert run("alarms", "failed", "motcua.service").exit_code == 0
    run("alarms", "failed", "motcua-backup.service")
    first = ["raised unit:motcua.service", "raised unit:motcua-backup.service"]
    assert bell.read_text("utf-8").splitlines() == first
    stamp = tmp_path / "failed-motcua.service-command"
    os.utime(stamp, (stamp.stat().st_atime, stamp.stat().st_mtime - 3601))
    run("alarms", "failed", "motcua.service")
    assert bell.read_text("utf-8").splitlines() == [*first, first[0]]


def test_an_outlet_that_failed_is_tried_again_at_the_next_failure(
    run: Run, bell: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    rings = os.environ["MOTCUA_ALARM__COMMAND"]
    monkeypatch.setenv("MOTCUA_ALARM__COMMAND", "/no/such/program")
    assert run("alarms", "failed", "motcua.service").exit_code == 1
    monkeypatch.setenv("MOTCUA_ALARM__COMMAND", rings)
    assert run("alarms", "failed", "motcua.service").exit_code == 0
    assert bell.read_text("utf-8").splitlines() == ["raised unit:motcua.service"]
