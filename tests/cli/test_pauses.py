"""`motcua pause` and `resume`: exactly one scope, known by name."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapter import config
from adapter.model import PROGRAM, Pause, PauseScope
from adapter.ports import Store
from adapter.steps import duty
from adapter.wiring.books import open_alarm
from tests.cli.conftest import Run


def standing(store: Store) -> list[tuple[PauseScope, str, str]]:
    return [(pause.scope, pause.name, pause.by) for pause in store.read(lambda tx: tx.pauses.standing())]


@pytest.mark.parametrize(
    ("options", "scope", "name"),
    [
        (("--all",), PauseScope.ALL, ""),
        (("--channel", "phone"), PauseScope.CHANNEL, "phone"),
    ],
)
def test_a_scope_stands_still_until_it_is_resumed(
    run: Run, store: Store, options: tuple[str, ...], scope: PauseScope, name: str
) -> None:
    assert run("pause", *options, "--by", "Trần B").exit_code == 0
    assert standing(store) == [(scope, name, "Trần B")]
    assert "Trần B" in run("status").output
    assert run("resume", *options).exit_code == 0
    assert standing(store) == []
    assert run("resume", *options).exit_code == 1


@pytest.mark.parametrize("options", [(), ("--all", "--rule", "x"), ("--channel", "fax")])
def test_not_exactly_one_scope_is_a_usage_error(run: Run, options: tuple[str, ...]) -> None:
    assert run("pause", *options).exit_code == 2


def test_a_mistyped_rule_is_refused_with_the_right_one(run: Run, store: Store) -> None:
    result = run("pause", "--template", "tiep_nhann")
    assert result.exit_code == 2
    assert "có phải là" in result.stderr
    assert standing(store) == []


def test_a_persons_stop_stands_where_an_answer_had_paused_and_says_so(run: Run, store: Store) -> None:
    now = datetime.now(UTC)
    ours = Pause(scope=PauseScope.CHANNEL, name="phone", reason="Zalo -124", by=PROGRAM, since=now, probe_at=now)
    store.write("test", lambda tx: tx.pauses.add(ours))
    result = run("pause", "--channel", "phone", "--reason", "đang kiểm tra", "--by", "Trần B")
    assert result.exit_code == 0
    assert "motcua: Zalo -124" in result.stderr
    (pause,) = store.read(lambda tx: tx.pauses.standing())
    assert (pause.by, pause.reason, pause.probe_at) == ("Trần B", "đang kiểm tra", None)


def test_nobody_is_taken_for_the_program(run: Run, store: Store) -> None:
    run("pause", "--all", "--by", PROGRAM)
    assert standing(store) == [(PauseScope.ALL, "", "motcua (người)")]


def test_a_resume_is_told_to_who_heard_the_alarm(run: Run, store: Store, bell: Path, installed: Path) -> None:
    now = datetime.now(UTC)
    ours = Pause(scope=PauseScope.CHANNEL, name="phone", reason="Zalo -124", by=PROGRAM, since=now, probe_at=now)
    store.write("test", lambda tx: tx.pauses.add(ours))
    duty.paused(open_alarm(config.load(installed / "motcua.toml", config.environment()), store), ours)
    assert run("resume", "--channel", "phone").exit_code == 0
    assert bell.read_text("utf-8").splitlines() == ["raised pause:channel:phone", "cleared pause:channel:phone"]
