"""`motcua mapping check` and `reload`: a bad mapping is told line by line and never asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
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


@pytest.mark.parametrize("content", [None, "<a>", "<!DOCTYPE html><html></html>", "<a/>"])
def test_a_set_whose_wsdl_cannot_be_used_is_not_called_good(installed: Path, run: Run, content: str | None) -> None:
    """The daemon would take it over and read nothing."""
    wsdl = installed / "mappings/vinhphuc/motcua.wsdl"
    wsdl.unlink()
    if content is not None:
        wsdl.write_text(content, "utf-8")
    result = run("mapping", "check")
    assert (result.exit_code, result.stdout) == (65, "")
    assert "source.yaml:7:1: " in result.stderr


def test_a_folder_that_may_not_be_read_is_told_as_such(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not as seven files that are missing: whoever believes that copies an old set over a good one."""

    def refuse(folder: Path) -> Iterator[Path]:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "iterdir", refuse)
    result = run("mapping", "check")
    assert result.exit_code == 65
    assert result.stderr.splitlines() == ["motcua: vinhphuc:0:1: không đọc được tệp: Permission denied"]


def test_an_address_that_is_none_is_not_proposed_as_a_host(installed: Path, run: Run) -> None:
    source = installed / "mappings/vinhphuc/source.yaml"
    text = source.read_text("utf-8").replace("https://motcua.vinhphuc.example/", "http://127.0.0.1:99999/")
    source.write_text(text, "utf-8")
    (installed / "motcua.toml").write_text("[onestop]\npassword = 'x'\n", "utf-8")
    result = run("mapping", "check")
    assert result.exit_code == 65
    assert "endpoint phải là một địa chỉ" in result.stderr
    assert "hosts = " not in result.stderr
