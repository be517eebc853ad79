"""Alarms: once, to every outlet, whatever is broken."""

import json
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from adapter.alarms import CommandOutlet, LogOutlet, Rung, StandingAlarm, probe, ring
from tests.alarms.conftest import Switched
from tests.fakes import Clock

SENTENCE = "Mã truy cập Zalo đã mất: hãy cấp quyền lại."


class Ear:
    """An outlet that remembers, unless it is deaf."""

    def __init__(self, name: str = "ear", *, deaf: bool = False) -> None:
        self.name, self.deaf = name, deaf
        self.heard: list[tuple[str, str, str]] = []
        self.tries = 0

    def tell(self, key: str, state: str, sentence: str) -> None:
        self.tries += 1
        if self.deaf:
            raise OSError("no such program")
        self.heard.append((key, state, sentence))

    def probe(self) -> None:
        if self.deaf:
            raise OSError("no such program")


RAISED, CLEARED = ("token", "raised", SENTENCE), ("token", "cleared", "")


def test_an_alarm_is_told_once_until_it_is_over(store: Switched, clock: Clock) -> None:
    ear = Ear()
    alarm = StandingAlarm(store, [ear])
    alarm.raise_("token", SENTENCE)
    alarm.raise_("token", SENTENCE)
    alarm.clear("token")
    alarm.clear("token")
    alarm.raise_("token", SENTENCE)
    clock.advance(hours=3)
    assert alarm.remind() == 0
    assert ear.heard == [RAISED, CLEARED, RAISED]


def test_two_processes_on_one_store_tell_it_once(store: Switched) -> None:
    ear = Ear()
    for alarm in (StandingAlarm(store, [ear]), StandingAlarm(store, [ear])):
        alarm.raise_("token", SENTENCE)
    assert len(ear.heard) == 1


def test_with_the_store_down_people_are_told_all_the_same_and_once(store: Switched, clock: Clock) -> None:
    ear = Ear()
    alarm = StandingAlarm(store, [ear])
    store.down = True
    alarm.raise_("token", SENTENCE)
    alarm.raise_("token", SENTENCE)
    store.down = False
    alarm.raise_("token", SENTENCE)
    clock.advance(minutes=5)
    assert alarm.remind() == 0
    assert ear.heard == [RAISED]
    assert store.standing() == {"token": SENTENCE}, "written down as soon as it can be"
    alarm.clear("token")
    assert ear.heard == [RAISED, CLEARED]


def test_an_alarm_that_was_never_written_down_can_be_cleared(store: Switched) -> None:
    ear = Ear()
    alarm = StandingAlarm(store, [ear])
    store.down = True
    alarm.raise_("token", SENTENCE)
    alarm.clear("token")
    store.down = False
    alarm.clear("token")
    assert ear.heard == [RAISED, CLEARED]


def test_who_is_deaf_while_the_store_is_down_is_tried_again_but_not_at_once(
    store: Switched, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    ear, other = Ear(deaf=True), Ear("other")
    alarm = StandingAlarm(store, [ear, other])
    store.down = True
    for _ in range(3):
        alarm.raise_("token", SENTENCE)
    assert ear.tries == 1
    ear.deaf = False
    now += 61.0
    alarm.raise_("token", SENTENCE)
    assert (ear.heard, other.heard) == ([RAISED], [RAISED])


def test_what_could_not_be_told_while_the_store_was_down_is_told_when_it_is_back(store: Switched, clock: Clock) -> None:
    ear, other = Ear(deaf=True), Ear("other")
    alarm = StandingAlarm(store, [ear, other])
    store.down = True
    alarm.raise_("token", SENTENCE)
    store.down, ear.deaf = False, False
    alarm.raise_("token", SENTENCE)
    assert (ear.heard, other.heard) == ([RAISED], [RAISED])
    clock.advance(hours=1)
    assert alarm.remind() == 0


def test_a_broken_outlet_does_not_silence_the_others(store: Switched, caplog: pytest.LogCaptureFixture) -> None:
    ear = Ear()
    StandingAlarm(store, [Ear("deaf", deaf=True), ear]).raise_("token", SENTENCE)
    assert len(ear.heard) == 1
    assert "alarm.outlet_failed" in caplog.messages


def test_an_outlet_that_could_not_be_told_is_told_later_even_by_another_process(store: Switched, clock: Clock) -> None:
    """The mail server was away in the night; the daemon was restarted meanwhile."""
    mail, command = Ear("mail", deaf=True), Ear("command")
    StandingAlarm(store, [mail, command]).raise_("token", SENTENCE)
    mail.deaf = False
    later = StandingAlarm(store, [mail, command])
    assert later.remind() == 0, "who raises it is still at it"
    clock.advance(minutes=1)
    assert later.remind() == 1
    assert (mail.heard, command.heard) == ([RAISED], [RAISED])
    clock.advance(hours=5)
    assert later.remind() == 0


def test_the_waits_between_the_tries_grow_to_an_hour(store: Switched, clock: Clock) -> None:
    ear = Ear(deaf=True)
    alarm = StandingAlarm(store, [ear])
    alarm.raise_("token", SENTENCE)
    tried = []
    for minute in range(1, 400):
        clock.advance(minutes=1)
        before = ear.tries
        alarm.remind()
        if ear.tries > before:
            tried.append(minute)
    assert [later - earlier for earlier, later in pairwise([0, *tried])] == [1, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]


def test_of_several_machines_one_tries(store: Switched, clock: Clock) -> None:
    ear = Ear(deaf=True)
    alarms = [StandingAlarm(store, [ear]) for _ in range(3)]
    alarms[0].raise_("token", SENTENCE)
    clock.advance(minutes=1)
    for alarm in alarms:
        alarm.remind()
    assert ear.tries == 2


def test_a_deaf_outlet_costs_a_round_one_try(store: Switched, clock: Clock) -> None:
    ear = Ear(deaf=True)
    alarm = StandingAlarm(store, [ear])
    for key in "abc":
        alarm.raise_(key, SENTENCE)
    clock.advance(minutes=1)
    alarm.remind()
    assert ear.tries == 4
    ear.deaf = False
    clock.advance(minutes=1)
    assert alarm.remind() == 3


def test_the_end_is_told_to_who_was_told_of_the_beginning(store: Switched, clock: Clock) -> None:
    deaf, ear = Ear("deaf", deaf=True), Ear()
    alarm = StandingAlarm(store, [deaf, ear])
    alarm.raise_("token", SENTENCE)
    deaf.deaf = False
    alarm.clear("token")
    clock.advance(hours=1)
    assert alarm.remind() == 0
    assert (deaf.heard, ear.heard) == ([], [RAISED, CLEARED])


def test_an_end_that_could_not_be_told_is_told_later_unless_it_stands_again(store: Switched, clock: Clock) -> None:
    ear = Ear()
    alarm = StandingAlarm(store, [ear])
    alarm.raise_("token", SENTENCE)
    ear.deaf = True
    alarm.clear("token")
    clock.advance(minutes=1)
    ear.deaf = False
    assert alarm.remind() == 1
    assert ear.heard == [RAISED, CLEARED]
    alarm.raise_("token", SENTENCE)
    ear.deaf = True
    alarm.clear("token")
    ear.deaf = False
    alarm.raise_("token", SENTENCE)
    clock.advance(hours=1)
    assert alarm.remind() == 0
    assert ear.heard == [RAISED, CLEARED, RAISED, RAISED]


def test_an_end_for_an_outlet_that_no_longer_exists_is_given_up_after_a_week(store: Switched, clock: Clock) -> None:
    ear, gone = Ear(), Ear("gone")
    StandingAlarm(store, [ear, gone]).raise_("token", SENTENCE)
    alarm = StandingAlarm(store, [ear])
    alarm.clear("token")
    clock.advance(days=8)
    assert alarm.remind() == 0
    assert StandingAlarm(store, [gone]).remind() == 0
    assert gone.heard == [RAISED]


def test_the_log_tells_the_key_and_not_the_sentence(store: Switched, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    alarm = StandingAlarm(store, [LogOutlet()])
    alarm.raise_("token", SENTENCE)
    alarm.clear("token")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "alarm.raised"),
        ("INFO", "alarm.cleared"),
    ]
    assert SENTENCE not in caplog.text


def test_ringing_tells_each_outlet_once_and_says_which_failed() -> None:
    ear, deaf = Ear(), Ear("deaf", deaf=True)
    assert ring([deaf, ear], "token", SENTENCE) == [Rung(outlet="deaf", fault="OSError"), Rung(outlet="ear")]
    assert probe([deaf, ear]) == [Rung(outlet="deaf", fault="OSError"), Rung(outlet="ear")]
    assert ear.heard == [RAISED]


def test_a_command_is_probed_without_being_run(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("#!/bin/sh\ntouch rung\n", "utf-8")
    found = [
        CommandOutlet(command, {"PATH": "/usr/bin:/bin"})
        for command in (("sh", "-c", "x"), (str(plain),), ("/no/such/program",), ("no-such-program",))
    ]
    faults = [one.fault for one in probe(found)]
    assert faults == ["", "PermissionError", "FileNotFoundError", "FileNotFoundError"]


def python(code: str, *arguments: str) -> Sequence[str]:
    return (sys.executable, "-c", code, *arguments)


def test_the_command_gets_the_alarm_and_none_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTCUA_ZALO__APP_SECRET", "hush")
    out = tmp_path / "out.json"
    code = "import json,os,sys; json.dump([json.load(sys.stdin), dict(os.environ)], open(sys.argv[1], 'w'))"
    CommandOutlet(python(code, str(out)), {"PATH": "/bin"}).tell("token", "raised", SENTENCE)
    given, environ = json.loads(out.read_text(encoding="utf-8"))
    assert given == {"key": "token", "state": "raised", "sentence": SENTENCE}
    assert environ["MOTCUA_ALARM_KEY"] == "token"
    assert environ["MOTCUA_ALARM_SENTENCE"] == SENTENCE
    assert environ["PATH"] == "/bin"
    assert "MOTCUA_ZALO__APP_SECRET" not in environ


@pytest.mark.parametrize(
    ("command", "seconds", "fault"),
    [
        (("/no/such/program",), 0.5, "FileNotFoundError"),
        (python("raise SystemExit(3)"), 30.0, "CalledProcessError 3"),  # on a busy machine python starts slowly
        (python("import time; time.sleep(60)"), 0.5, "TimeoutExpired"),
    ],
)
def test_a_command_that_fails_is_logged_and_never_raised(
    store: Switched, command: Sequence[str], seconds: float, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    started = time.monotonic()
    StandingAlarm(store, [CommandOutlet(command, {}, seconds=seconds)]).raise_("token", SENTENCE)
    (record,) = caplog.records
    assert (record.getMessage(), vars(record)["fault"]) == ("alarm.outlet_failed", fault)
    assert time.monotonic() - started < 30
