"""``deploy/audit``: a known vulnerability fails the run, an unreachable database never passes for an all-clear."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SKIPPED = {"name": "lxml", "skip_reason": "Dependency not found on PyPI"}
WELL = {"name": "zeep", "version": "4.3.3", "vulns": []}
BAD = {"name": "aiohttp", "version": "3.0.0", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["3.1"]}]}


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
        (listed(WELL), 0, (0, 0), "1 looked up, 0 known vulnerabilities"),
        (listed(WELL, BAD), 1, (1, 1), "aiohttp 3.0.0: PYSEC-2026-1 (fixed in: 3.1)"),
        (listed(WELL, SKIPPED), 0, (0, 1), "not looked up: lxml"),
        (listed(SKIPPED), 0, (0, 1), "NOT audited"),
        ("<html>blocked</html>", 0, (0, 1), "NOT audited"),
        ("", 1, (0, 1), "NOT audited"),
        (listed(BAD), 2, (0, 1), "NOT audited"),
    ],
    ids=["well", "bad", "partly", "nothing known", "a page", "no connection", "broke down"],
)
def test_what_was_found_decides(tmp_path: Path, said: str, code: int, exits: tuple[int, int], sentence: str) -> None:
    usual = audit(tmp_path, said, code=code)
    assert sentence in usual.stdout
    assert (usual.returncode, audit(tmp_path, said, "--strict", code=code).returncode) == exits


def test_a_missing_pip_audit_audits_nothing(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "deploy" / "audit"), "--strict", "--program", str(tmp_path / "gone")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "NOT audited" in done.stdout) == (1, True)


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
