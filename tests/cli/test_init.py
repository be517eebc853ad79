"""`motcua init`: complete, private, and never over something that is there."""

import stat
import tomllib
from pathlib import Path

from click.testing import CliRunner

from adapter import config
from adapter.cli import main
from adapter.config.problems import keys_of
from adapter.model import SendingMode
from tests.cli.conftest import Run

TEMPLATE = Path(config.__file__).parents[1] / "cli" / "motcua.toml"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_makes_an_installation_that_works_and_sends_nothing(installed: Path, run: Run) -> None:
    settings = config.load(installed / "motcua.toml", {})
    assert settings.sending.mode is SendingMode.OFF
    assert run("mapping", "check").exit_code == 0
    assert run("status").exit_code == 0
    current = run("db", "current").output.split()
    assert current[0] == current[1]


def test_what_is_secret_is_private(installed: Path) -> None:
    assert mode(installed / "secrets") == 0o700
    assert mode(installed / "data") == 0o700
    assert mode(installed / "secrets/keys.json") == 0o600
    assert mode(installed / "motcua.toml") == 0o600


def test_it_overwrites_nothing(installed: Path) -> None:
    before = {path: path.read_bytes() for path in installed.rglob("*") if path.is_file()}
    result = CliRunner().invoke(main, ["init", str(installed)])
    assert result.exit_code == 1
    assert result.stderr.count("không ghi đè") == 4
    assert before == {path: path.read_bytes() for path in installed.rglob("*") if path.is_file()}


def test_a_folder_that_cannot_be_written_is_a_sentence_not_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    result = CliRunner().invoke(main, ["init", str(tmp_path / "file" / "below")])
    assert result.exit_code == 1
    assert result.stderr.startswith("motcua: ")


def test_the_settings_it_writes_name_every_key_with_its_default() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    shown = tomllib.loads("\n".join(_uncommented(line) for line in text.splitlines()))
    for section, model in config.Settings.model_fields.items():
        assert set(keys_of(section)) == set(shown[section]), section
        chosen = {key: value for key, value in shown[section].items() if not key.endswith("_file") and value != ""}
        if section != "poll":  # `every` has no default of its own to show
            assert model.annotation is not None
            assert model.annotation(**chosen) == model.default, section


def _uncommented(line: str) -> str:
    bare = line.removeprefix("# ")
    key = bare.partition(" = ")[0]
    return bare if " = " in bare and key.isidentifier() else line
