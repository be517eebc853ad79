"""The systemd units: hardened, valid, and in step with the program they start."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from adapter.cli.failures import BAD_DATA, CONFIGURATION, FAILURE, TRY_LATER
from adapter.config.problems import SECRETS
from adapter.daemon.running import STOP_SECONDS

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SERVICES = ("motcua.service", "motcua-failed@.service", "motcua-backup.service")
MOTCUA = str(Path(sys.prefix, "bin", "motcua"))


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    assert program, "systemd-analyze is missing; run ./deploy/tools (Debian: apt-get install systemd)"
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, check=False)


def unit(name: str) -> dict[str, list[str]]:
    """Each setting with its values, in order."""
    found = defaultdict(list)
    for line in (DEPLOY / name).read_text("utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found[key].append(value)
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_exposure_is_at_most_one_and_a_half(name: str) -> None:
    answer = analyze("security", "--offline=true", "--no-pager", "--threshold=15", str(DEPLOY / name))
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_check_of_exposure_can_fail(tmp_path: Path) -> None:
    soft = tmp_path / "motcua.service"
    text = (DEPLOY / "motcua.service").read_text("utf-8")
    soft.write_text(text.replace("CapabilityBoundingSet=\n", "").replace("SystemCallFilter=", "#"), encoding="utf-8")
    assert analyze("security", "--offline=true", "--no-pager", "--threshold=15", str(soft)).returncode != 0


def test_systemd_finds_nothing_to_say_about_the_units(tmp_path: Path) -> None:
    names = [*SERVICES, "motcua-backup.timer"]
    for name in names:  # verify looks for the programs; on this machine they lie here
        text = (DEPLOY / name).read_text("utf-8").replace("/opt/motcua/.venv/bin/motcua", MOTCUA)
        (tmp_path / name).write_text(text.replace("/opt/motcua/", f"{ROOT}/"), encoding="utf-8")
    answer = analyze("verify", "--man=no", "--recursive-errors=no", *(str(tmp_path / name) for name in names))
    said = [line for line in (answer.stdout + answer.stderr).splitlines() if "motcua" in line]
    assert (answer.returncode, said) == (0, [])


def test_every_credential_is_one_the_settings_read() -> None:
    known = {"store.keys", *(f"{section}.{key}" for section, key in SECRETS)}
    for name in SERVICES:
        handed = {value.partition(":")[0] for value in unit(name)["LoadCredential"]}
        assert handed <= known
    handed = {value.partition(":")[0] for value in unit("motcua.service")["LoadCredential"]}
    # store.url and zalo.proxy are for few; they come from *_file, or by a drop-in.
    assert known - handed == {"store.url", "zalo.proxy"}


def test_what_starting_again_cannot_mend_stays_down_and_everything_else_comes_back() -> None:
    service = unit("motcua.service")
    stays_down = set(service["RestartPreventExitStatus"][0].split())
    assert {str(CONFIGURATION), str(BAD_DATA)} <= stays_down
    assert not {str(FAILURE), str(TRY_LATER)} & stays_down
    assert service["Restart"] == ["on-failure"]  # a stop that a person asked for ends with 0 and stays
    assert service["StartLimitIntervalSec"] == ["0"]


def test_the_daemon_has_time_to_stop_and_is_not_killed_for_waiting() -> None:
    service = unit("motcua.service")
    assert int(service["TimeoutStopSec"][0]) >= 2 * (2 * STOP_SECONDS + 5)
    # A thread may be silent for 60 s and the main thread wait 60 s for the same database (store.engine).
    assert int(service["WatchdogSec"][0]) > 60 + 60


def test_the_command_line_is_one_the_program_takes(tmp_path: Path) -> None:
    (command,) = unit("motcua.service")["ExecStart"]
    _, *arguments = shlex.split(command)
    config = tmp_path / "motcua.toml"
    config.write_text("[sending]\nmode = 'never'\n", encoding="utf-8")
    arguments[arguments.index("--config") + 1] = str(config)
    answer = subprocess.run([MOTCUA, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == CONFIGURATION, answer.stderr  # it got as far as reading that very file
    assert "sending.mode" in answer.stderr


def rings(tmp_path: Path, arguments: list[str], unit: str, **environ: str) -> list[str]:
    """What the alarm command hears of a unit's end, when the command line of a unit is run as systemd runs it."""
    bell, config = tmp_path / "bell", tmp_path / "motcua.toml"
    bell.touch()
    command = ["/bin/sh", "-c", f'echo "$MOTCUA_ALARM_KEY" >> {bell}']
    config.write_text(f"[sending]\nmode = 'never'\n[alarm]\ncommand = {command!r}\n", encoding="utf-8")
    arguments[arguments.index("--config") + 1] = str(config)
    words = [word.replace("%n", unit).replace("%i", unit) for word in arguments]
    environ |= {"PATH": os.environ["PATH"], "RUNTIME_DIRECTORY": str(tmp_path)}
    subprocess.run([MOTCUA, *words], env=environ, check=True, timeout=60)
    return bell.read_text("utf-8").splitlines()


@pytest.mark.parametrize(("result", "told"), [("exit-code", 1), ("oom-kill", 1), ("watchdog", 1), ("success", 0)])
def test_people_hear_of_every_end_of_the_daemon_but_a_good_one(tmp_path: Path, result: str, told: int) -> None:
    (command,) = unit("motcua.service")["ExecStopPost"]
    _, *arguments = shlex.split(command)
    rung = rings(tmp_path, arguments, "motcua.service", SERVICE_RESULT=result, EXIT_STATUS="1")
    assert rung == ["unit:motcua.service"] * told


@pytest.mark.parametrize("name", ["motcua.service", "motcua-backup.service"])
def test_a_unit_that_fails_for_good_is_told_by_another_one(tmp_path: Path, name: str) -> None:
    assert unit(name)["OnFailure"] == ["motcua-failed@%n.service"]
    (command,) = unit("motcua-failed@.service")["ExecStart"]
    _, *arguments = shlex.split(command)
    assert rings(tmp_path, arguments, name) == [f"unit:{name}"]
    assert rings(tmp_path, arguments, name) == [f"unit:{name}"], "within the hour nobody hears it twice"


def test_setup_installs_every_unit() -> None:
    setup = (DEPLOY / "setup").read_text("utf-8")
    units = {path.name for ending in ("service", "timer") for path in DEPLOY.glob(f"*.{ending}")}
    assert units == {*SERVICES, "motcua-backup.timer"}
    assert [name for name in units if f"deploy/{name}" not in setup] == []


@pytest.mark.parametrize("script", ["backup", "dump", "motcua", "setup", "tools"])
def test_the_scripts_are_executable_shell(script: str) -> None:
    assert os.access(DEPLOY / script, os.X_OK)
    shell = (DEPLOY / script).read_text("utf-8").splitlines()[0].removeprefix("#!").split()
    assert subprocess.run([*shell, "-n", str(DEPLOY / script)], check=False, timeout=10).returncode == 0


def test_setup_leaves_no_credential_of_the_units_without_a_file(tmp_path: Path) -> None:
    """``init`` makes the keys; for every other secret setup lays an empty file, which the settings take as absent."""
    (made,) = re.findall(r"for secret in (.*?);", (DEPLOY / "setup").read_text("utf-8"))
    subprocess.run([MOTCUA, "init", str(tmp_path)], check=True, timeout=60, capture_output=True)
    there = {f"/etc/motcua/secrets/{secret}" for secret in made.split()}
    there |= {f"/etc/motcua/{path.relative_to(tmp_path)}" for path in tmp_path.rglob("*") if path.is_file()}
    for name in SERVICES:
        assert {value.partition(":")[2] for value in unit(name)["LoadCredential"]} <= there


def test_setup_makes_no_database_anew_that_was_lost(tmp_path: Path) -> None:
    (function,) = re.findall(
        r"^database\(\) \{.*?^\}$", (DEPLOY / "setup").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    (tmp_path / "motcua.toml").write_text(f'url = "sqlite:///{tmp_path}/motcua.db"\n', encoding="utf-8")
    script = f"set -euo pipefail; etc={tmp_path} data={tmp_path}\n{function}\ndatabase\n"

    def said() -> str:
        answer = subprocess.run(["/bin/bash", "-c", script], capture_output=True, text=True, timeout=10, check=True)
        return answer.stdout

    lost = said()
    assert 0 < lost.index("motcua db restore") < lost.index("motcua db upgrade")
    assert not (tmp_path / "motcua.db").exists()
    (tmp_path / "motcua.db").touch()
    assert said() == ""


def test_setup_moves_the_database_of_init_to_where_the_service_may_write(tmp_path: Path) -> None:
    subprocess.run([MOTCUA, "init", str(tmp_path)], check=True, timeout=60, capture_output=True)
    (pattern,) = re.findall(r's\|\^(# url = \\"sqlite:)', (DEPLOY / "setup").read_text("utf-8"))
    lines = (tmp_path / "motcua.toml").read_text("utf-8").splitlines()
    assert len([line for line in lines if line.startswith(pattern.replace("\\", ""))]) == 1
