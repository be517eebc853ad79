"""``deploy/audit``: a known vulnerability fails the run, an unreachable database never passes for an all-clear."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SKIPPED = {"name": "lxml", "skip_reason": "Dependency not found on PyPI"}
WELL = {"name": "zeep", "version": "4.3.3", "vulns": []}
BAD = {
    "name": "aiohttp",
    "version": "3.0.0",
    "vulns": [{"id": "PYSEC-2026-1", "aliases": ["CVE-2026-9"], "fix_versions": ["3.1"]}],
}


def audit(folder: Path, said: str, *options: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the script with a pip-audit that says this, or writes it where it is told to with ``-o``."""
    (folder / "said").write_text(said, "utf-8")
    program = folder / "pip-audit"
    program.write_text(
        f"#!{sys.executable}\n"
        "import pathlib, sys\n"
        f"said = pathlib.Path({str(folder / 'said')!r}).read_text('utf-8')\n"
        "if '-o' in sys.argv:\n"
        "    pathlib.Path(sys.argv[sys.argv.index('-o') + 1]).write_text(said, 'utf-8')\n"
        "else:\n"
        "    print(said)\n"
        f"sys.exit({code})\n",
        "utf-8",
    )
    program.chmod(0o700)
    command = [sys.executable, str(ROOT / "deploy" / "audit"), "--program", str(program), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def listed(*dependencies: object) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


@pytest.mark.parametrize(
    ("said", "code", "exits", "sentence"),
    [
        (listed(WELL), 0, 0, "1 looked up, 0 known vulnerabilities"),
        (listed(WELL, BAD), 1, 1, "aiohttp 3.0.0: PYSEC-2026-1 (fixed in: 3.1)"),
        (listed(WELL, SKIPPED), 0, 1, "not looked up: lxml"),
        (listed(SKIPPED), 0, 75, "NOTHING was looked up"),
        ("<html>blocked</html>", 0, 75, "NOTHING was looked up"),
        ("", 1, 75, "NOTHING was looked up"),
        (listed(BAD), 2, 75, "NOTHING was looked up"),
    ],
    ids=["well", "bad", "partly", "nothing known", "a page", "no connection", "broke down"],
)
def test_what_was_found_decides(tmp_path: Path, said: str, code: int, exits: int, sentence: str) -> None:
    done = audit(tmp_path, said, code=code)
    assert sentence in done.stdout
    assert done.returncode == exits


def test_a_missing_pip_audit_audits_nothing(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "deploy" / "audit"), "--program", str(tmp_path / "gone")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "NOTHING was looked up" in done.stdout) == (75, True)


@pytest.mark.parametrize(
    ("line", "exits"),
    [
        ("PYSEC-2026-1 {tomorrow} no fix yet", 0),
        ("CVE-2026-9 {tomorrow} known by its other name", 0),
        ("PYSEC-2026-1 {yesterday} no fix yet", 1),
        ("PYSEC-2026-1 {tomorrow}", 1),
        ("# PYSEC-2026-1 {tomorrow} no fix yet", 1),
        ("PYSEC-2026-2 {tomorrow} another one", 1),
    ],
    ids=["waived", "alias", "over", "no reason", "comment", "another"],
)
def test_a_waiver_holds_until_its_day(tmp_path: Path, line: str, exits: int) -> None:
    today = dt.datetime.now().astimezone().date()
    days = {"tomorrow": today + dt.timedelta(days=1), "yesterday": today - dt.timedelta(days=1)}
    (tmp_path / "waivers").write_text(line.format(**days), "utf-8")
    done = audit(tmp_path, listed(BAD), "--waivers", str(tmp_path / "waivers"), code=1)
    assert done.returncode == exits
    assert ("waived" in done.stdout) == (exits == 0)


@pytest.mark.parametrize(("code", "exits"), [(0, 0), (1, 1), (2, 2), (75, 0)])
def test_the_integration_server_fails_on_findings_and_says_when_nothing_was_looked_up(
    tmp_path: Path, code: int, exits: int
) -> None:
    for name, text in (
        (".ci/run", (ROOT / ".ci" / "run").read_text("utf-8")),
        ("deploy/test", "#!/bin/sh\n"),
        ("deploy/audit", f"#!/bin/sh\nexit {code}\n"),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        path.chmod(0o700)
    done = subprocess.run([tmp_path / ".ci" / "run"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == exits
    assert ("AUDIT LEFT OUT" in done.stderr) == (code == 75)


def test_a_bill_of_materials_is_complete_or_not_there(tmp_path: Path) -> None:
    lock = (ROOT / "deploy" / "requirements.lock").read_text("utf-8")
    names = [line.partition("==")[0] for line in lock.splitlines() if "==" in line and not line.startswith(" ")]
    target = tmp_path / "sbom.json"
    for components in ([], names[1:]):
        said = json.dumps({"components": [{"name": name} for name in components]})
        assert audit(tmp_path, said, "--sbom", str(target)).returncode == 75
        assert not target.exists()
    said = json.dumps({"components": [{"name": name} for name in names]})
    assert audit(tmp_path, said, "--sbom", str(target)).returncode == 0
    assert json.loads(target.read_text("utf-8")) == json.loads(said)
