"""``deploy/install`` mends what an upgrade of the system's Python broke; ``deploy/setup`` what an interruption left."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"

VENV_PYTHON = f"""#!/bin/sh
case "$*" in
  "-m pip install"*) echo "$*" >> "$INSTALLED" ;;
  *) exec {sys.executable} "$@" ;;
esac
"""
SYSTEM_PYTHON = f"""#!/bin/sh
case "$*" in
  "-m venv .venv") mkdir -p .venv/bin && cp "$VENV_PYTHON" .venv/bin/python ;;
  *) exec {sys.executable} "$@" ;;
esac
"""


class Checkout:
    """A checkout with a lock, on a system whose Python makes environments that only note what is installed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._system = folder / "checkout", folder / "system"
        for name, text in (
            ("checkout/deploy/install", (DEPLOY / "install").read_text("utf-8")),
            ("checkout/deploy/requirements.lock", "zeep==4.3.3\n"),
            ("checkout/pyproject.toml", ""),
            ("checkout/adapter/__init__.py", ""),
            ("system/python3.14", SYSTEM_PYTHON),
            ("system/venv-python", VENV_PYTHON),
        ):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            path.chmod(0o700)
        self._installed = folder / "installed"
        self.python = self.folder / ".venv" / "bin" / "python"
        self.stamp = self.folder / ".venv" / "requirements.lock.stamp"

    def install(self) -> list[str]:
        """Run it; what pip was asked for."""
        self._installed.write_text("", "utf-8")
        environ = os.environ | {
            "PATH": f"{self._system}:{os.environ['PATH']}",
            "INSTALLED": str(self._installed),
            "VENV_PYTHON": str(self._system / "venv-python"),
        }
        command = [str(self.folder / "deploy" / "install"), "requirements.lock"]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return self._installed.read_text("utf-8").splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_it_installs_once_and_again_when_the_lock_has_changed(checkout: Checkout) -> None:
    assert len(checkout.install()) == 2
    assert checkout.install() == []
    (checkout.folder / "deploy" / "requirements.lock").write_text("zeep==4.3.4\n", "utf-8")
    assert len(checkout.install()) == 2


def test_a_link_to_a_python_that_is_gone_is_made_anew(checkout: Checkout) -> None:
    checkout.install()
    checkout.python.unlink()
    checkout.python.symlink_to("/usr/bin/python2.9")
    assert len(checkout.install()) == 2
    assert checkout.install() == []


def test_an_environment_whose_python_has_lost_its_packages_is_made_anew(checkout: Checkout) -> None:
    """The link leads to the next minor version, which looks for them in a folder of its own."""
    checkout.install()
    checkout.python.write_text("#!/bin/sh\ncase \"$*\" in *'import pip'*) exit 1 ;; *) exit 0 ;; esac\n", "utf-8")
    assert len(checkout.install()) == 2


def test_what_was_installed_for_another_python_is_installed_again(checkout: Checkout) -> None:
    checkout.install()
    tag, digest = checkout.stamp.read_text("utf-8").split()
    assert tag == sys.implementation.cache_tag
    checkout.stamp.write_text(f"cpython-310 {digest}\n", "utf-8")
    assert len(checkout.install()) == 2


NO_OWNERS = """
chown() { :; }
install() {  # as it is, but for the owner: there is no user motcua here
  local words=()
  while [ $# -gt 0 ]; do
    case $1 in -o | -g) shift 2 ;; *) words+=("$1"); shift ;; esac
  done
  command install "${words[@]}"
}
"""


def settings(etc: Path, *, broken_off_at: str = "") -> int:
    """The part of ``deploy/setup`` that makes the settings, for another folder; broken off before a word of it."""
    script = (DEPLOY / "setup").read_text("utf-8")
    functions = "\n".join(
        re.findall(r"^(?:first_settings|settings)\(\) [({].*?^[)}]$", script, re.MULTILINE | re.DOTALL)
    )
    assert "motcua init" in functions
    functions = functions.replace(".venv/bin/motcua", str(Path(sys.prefix, "bin", "motcua")))
    if broken_off_at:
        assert broken_off_at in functions
        functions = functions.replace(broken_off_at, f"kill -9 $BASHPID; {broken_off_at}", 1)
    text = f"set -euo pipefail\numask 022\netc={etc} data={etc.parent}/data\n{NO_OWNERS}\n{functions}\nsettings\n"
    bash = shutil.which("bash")
    assert bash
    return subprocess.run([bash, "-c", text], cwd=ROOT, check=False, timeout=60, capture_output=True).returncode


def contents(etc: Path) -> dict[str, bytes]:
    return {str(path.relative_to(etc)): path.read_bytes() for path in sorted(etc.rglob("*")) if path.is_file()}


def test_setup_makes_the_settings_once(tmp_path: Path) -> None:
    etc = tmp_path / "etc"
    assert settings(etc) == 0
    made = contents(etc)
    assert {"motcua.toml", "secrets/keys.json", "secrets/onestop.password", "mappings/vinhphuc/source.yaml"} <= set(
        made
    )
    assert f'\nurl = "sqlite:///{tmp_path}/data/motcua.db"\n'.encode() in made["motcua.toml"]
    assert [name for name in made if name.startswith("data")] == []
    assert list(tmp_path.glob("etc.new.*")) == []
    assert oct((etc / "secrets" / "keys.json").stat().st_mode & 0o777) == "0o640"
    assert settings(etc) == 0
    assert contents(etc) == made


@pytest.mark.parametrize(
    "moment",
    ["sed -i", '[ -e "$etc/mappings" ]', 'mv "$made/motcua.toml"', "chmod -R"],
)
def test_setup_that_was_broken_off_can_run_again_and_keeps_its_keys(tmp_path: Path, moment: str) -> None:
    etc = tmp_path / "etc"
    assert settings(etc, broken_off_at=moment) != 0
    keys = contents(etc).get("secrets/keys.json") if etc.exists() else None
    assert settings(etc) == 0
    made = contents(etc)
    assert {"motcua.toml", "secrets/keys.json", "mappings/vinhphuc/source.yaml", "mappings/README.md"} <= set(made)
    assert keys in {None, made["secrets/keys.json"]}
    assert b"\nurl = " in made["motcua.toml"]
    assert list(tmp_path.glob("etc.new.*")) == []


def test_setup_puts_nothing_over_what_was_put_back(tmp_path: Path) -> None:
    """A lost server: keys and rules of the old one lie there already, the settings are still to come."""
    etc = tmp_path / "etc"
    (etc / "secrets").mkdir(parents=True)
    (etc / "secrets" / "keys.json").write_text("the old keys", "utf-8")
    (etc / "mappings" / "vinhphuc").mkdir(parents=True)
    (etc / "mappings" / "vinhphuc" / "source.yaml").write_text("the old rules", "utf-8")
    assert settings(etc) == 0
    made = contents(etc)
    assert made["secrets/keys.json"] == b"the old keys"
    assert made["mappings/vinhphuc/source.yaml"] == b"the old rules"
    assert "mappings/vinhphuc/fields.yaml" not in made
    assert "motcua.toml" in made
