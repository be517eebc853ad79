"""The rule of `tests/conftest.py`: on the integration server a skip fails the run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SKIPPING = "import pytest\n\ndef test_one():\n    pytest.skip('no server')\n\ndef test_two():\n    pass\n"
SKIPPED_WHOLE = "import pytest\npytest.skip('no server', allow_module_level=True)\n"
XFAILING = "import pytest\n\n@pytest.mark.xfail(strict=True)\ndef test_one():\n    raise AssertionError\n"


@pytest.mark.parametrize(
    ("text", "ci", "workers", "code"),
    [
        (SKIPPING, "true", "0", 1),
        (SKIPPING, "true", "1", 1),
        (SKIPPED_WHOLE + SKIPPING, "true", "1", 1),
        (SKIPPING, "", "0", 0),
        (XFAILING, "true", "0", 0),
    ],
)
def test_a_skip_fails_the_run_where_ci_is_set(tmp_path: Path, text: str, ci: str, workers: str, code: int) -> None:
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    (tmp_path / "test_sample.py").write_text(text, encoding="utf-8")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")} | {"CI": ci}
    command = [sys.executable, "-m", "pytest", "-q", "-n", workers, "-p", "no:cacheprovider", str(tmp_path)]
    ended = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert ended.returncode == code, ended.stdout
