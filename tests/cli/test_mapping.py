"""`motcua mapping check` and `reload`: a bad mapping is told line by line and never asked for."""

from pathlib import Path

from click.testing import CliRunner

from adapter.cli import main
from adapter.ports import Store
from tests.cli.conftest import Run


def spoil(folder: Path) -> None:
    with (folder / "mappings/vinhphuc/messages.yaml").open("a", encoding="utf-8") as file:
        file.write("\nnonsense_key: 1\n")


def reloads(store: Store) -> int:
    return store.read(lambda tx: tx.count("reload"))


def test_a_good_set_is_called_good_and_reloaded(run: Run, store: Store) -> None:
    assert run("mapping", "check").stdout.startswith("Tốt")
    assert run("reload").exit_code == 0
    assert reloads(store) == 1


def test_a_bad_set_is_told_by_line_and_never_reloaded(installed: Path, run: Run, store: Store) -> None:
    spoil(installed)
    for command in (("mapping", "check"), ("reload",)):
        result = run(*command)
        assert result.exit_code == 65
        assert "messages.yaml:" in result.stderr
    assert reloads(store) == 0


def test_a_folder_is_checked_without_settings(made: Path, tmp_path: Path, monkeypatch: object) -> None:
    result = CliRunner().invoke(main, ["mapping", "check", str(made / "mappings/vinhphuc")])
    assert result.exit_code == 0
