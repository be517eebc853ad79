"""Alarms: once, to every outlet, whatever is broken."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from adapter.alarms import CommandOutlet, LogOutlet, StandingAlarm
from adapter.errors import StoreError
from adapter.model import Raised
from adapter.ports import Tx

T = TypeVar("T")
SENTENCE = "Mã truy cập Zalo đã mất: hãy cấp quyền lại."


class Standing:
    """The alarms gateway, in memory."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}

    def raise_once(self, key: str, sentence: str) -> bool:
        new = key not in self.keys
        self.keys.setdefault(key, sentence)
        return new

    def clear(self, key: str) -> bool:
        return self.keys.pop(key, None) is not None

    def standing(self) -> list[Raised]:
        return [Raised(key=key, sentence=said, since=datetime.now(UTC)) for key, said in self.keys.items()]


class MemoryStore:
    """A store of alarms only, that can be switched off."""

    def __init__(self) -> None:
        self.alarms = Standing()
        self.down = False

    def write(self, label: str, work: Callable[[Tx], T]) -> T:
        assert label
        if self.down:
            raise StoreError("database is gone")
        tx: Any = self
        return work(tx)

    def read(self, work: Callable[[Tx], T]) -> T:
        return self.write("read", work)

    def clock_skew(self) -> float:
        return 0.0

    def wait_for_work(self, seconds: float) -> bool:
        return seconds < 0

    def close(self) -> None:
        """Nothing is open."""


class Ear:
    """An outlet that remembers, or breaks."""

    def __init__(self, *, deaf: bool = False) -> None:
        self.heard: list[tuple[str, str, str]] = []
        self._deaf = deaf

    def tell(self, key: str, state: str, sentence: str) -> None:
        if self._deaf:
            raise OSError("no such program")
        self.heard.append((key, state, sentence))


def test_an_alarm_is_told_once_until_it_is_over() -> None:
    ear = Ear()
    alarm = StandingAlarm(MemoryStore(), [ear])
    alarm.raise_("token", SENTENCE)
    alarm.raise_("token", SENTENCE)
    alarm.clear("token")
    alarm.clear("token")
    alarm.raise_("token", SENTENCE)
    raised = ("token", "raised", SENTENCE)
    assert ear.heard == [raised, ("token", "cleared", ""), raised]


def test_two_processes_on_one_store_tell_it_once() -> None:
    store, ear = MemoryStore(), Ear()
    for alarm in (StandingAlarm(store, [ear]), StandingAlarm(store, [ear])):
        alarm.raise_("token", SENTENCE)
    assert len(ear.heard) == 1


def test_with_the_store_down_people_are_told_all_the_same_and_once() -> None:
    store, ear = MemoryStore(), Ear()
    alarm = StandingAlarm(store, [ear])
    store.down = True
    alarm.raise_("store", SENTENCE)
    alarm.raise_("store", SENTENCE)
    store.down = False
    alarm.raise_("store", SENTENCE)
    assert len(ear.heard) == 1
    assert store.alarms.keys == {"store": SENTENCE}, "written down as soon as it can be"


def test_an_alarm_that_was_never_written_down_can_be_cleared() -> None:
    store, ear = MemoryStore(), Ear()
    alarm = StandingAlarm(store, [ear])
    store.down = True
    alarm.raise_("store", SENTENCE)
    alarm.clear("store")
    store.down = False
    alarm.clear("store")
    assert [state for _, state, _ in ear.heard] == ["raised", "cleared"]


def test_a_broken_outlet_does_not_silence_the_others(caplog: pytest.LogCaptureFixture) -> None:
    ear = Ear()
    StandingAlarm(MemoryStore(), [Ear(deaf=True), ear]).raise_("token", SENTENCE)
    assert len(ear.heard) == 1
    assert "alarm.outlet_failed" in caplog.messages


def test_the_log_tells_the_key_and_not_the_sentence(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    alarm = StandingAlarm(MemoryStore(), [LogOutlet()])
    alarm.raise_("token", SENTENCE)
    alarm.clear("token")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "alarm.raised"),
        ("INFO", "alarm.cleared"),
    ]
    assert SENTENCE not in caplog.text


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
    ("command", "fault"),
    [
        (("/no/such/program",), "FileNotFoundError"),
        (python("raise SystemExit(3)"), "CalledProcessError 3"),
        (python("import time; time.sleep(60)"), "TimeoutExpired"),
    ],
)
def test_a_command_that_fails_is_logged_and_never_raised(
    command: Sequence[str], fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    started = time.monotonic()
    StandingAlarm(MemoryStore(), [CommandOutlet(command, {}, seconds=0.5)]).raise_("token", SENTENCE)
    (record,) = caplog.records
    assert (record.getMessage(), vars(record)["fault"]) == ("alarm.outlet_failed", fault)
    assert time.monotonic() - started < 10
