"""An installation as `motcua init` makes it, and the program as a person runs it in that folder."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapter import config
from adapter.cli import main
from adapter.model import (
    Channel,
    DossierId,
    Event,
    MappingVersion,
    Message,
    MessageId,
    Phone,
    Priority,
    Route,
    SourceName,
)
from adapter.ports import Store
from adapter.wiring.books import open_store
from tests.towns import Town, town

Run = Callable[..., Result]
SOURCE = SourceName("vinhphuc")
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    """An installation between a simulated province and a simulated Zalo."""
    with town(tmp_path) as between:
        yield between


def motcua(place: Town, *arguments: str) -> Result:
    """The program as a person runs it there."""
    settings = ("--config", str(place.folder / "motcua.toml"))
    return CliRunner().invoke(main, [*settings, *arguments], env=place.environ)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "here"
    result = CliRunner().invoke(main, ["init", str(folder)])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def installed(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh installation, which is also the working folder."""
    folder = tmp_path / "motcua"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(installed: Path) -> Run:
    """Run a command in the installation; `stdin` is what is piped into it."""

    def _run(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=stdin)

    return _run


@pytest.fixture
def store(installed: Path) -> Iterator[Store]:
    store = open_store(config.load(installed / "motcua.toml", {}))
    yield store
    store.close()


@pytest.fixture
def bell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the alarm command of this installation writes a line, state and key, for each alarm."""
    rung = tmp_path / "bell"
    rung.touch()
    command = ["/bin/sh", "-c", f'echo "$MOTCUA_ALARM_STATE $MOTCUA_ALARM_KEY" >> {rung}']
    monkeypatch.setenv("MOTCUA_ALARM__COMMAND", json.dumps(command))
    return rung


def message(number: int = 1, **changed: object) -> Message:
    facts: dict[str, object] = {
        "id": MessageId(f"{number:032x}"),
        "revision": 1,
        "position": number,
        "change": f"change-{number}",
        "rule": "tiep_nhan",
        "audience": "applicant",
        "event": Event.RECEIVED,
        "dossier_id": DossierId(f"{number:032x}"),
        "office": "H62.12",
        "procedure": "1.001",
        "priority": Priority.NOTICE,
        "routes": (
            Route(
                channel=Channel.PHONE,
                address=Phone("84912345678"),
                template="tiep_nhan",
                template_id="300001",
                params={"ten": "Nguyễn Văn A"},
            ),
        ),
        "text": "Kính gửi Ông/Bà Nguyễn Văn A",
        "mapping": MappingVersion("0" * 16),
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=14),
    }
    return Message(**(facts | changed))  # type: ignore[arg-type]  # a table of facts, each checked by the dataclass's users
