"""What every command shares: the settings, read once and only when a command needs them, and the open store."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import click

from adapter import config, logs
from adapter.config import Settings
from adapter.errors import MappingError
from adapter.model import PROGRAM, Rulebook
from adapter.ports import Store
from adapter.wiring.bells import Outlet, open_outlets
from adapter.wiring.books import open_books, open_store, read_mapping


class Session:
    """One run of the program. Nothing is opened before it is asked for."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    @cached_property
    def settings(self) -> Settings:
        """The settings; logging follows them from here on. Raises ConfigError."""
        settings = config.load(self._path, config.environment())
        logs.configure(settings.log.level, settings.log.format)
        return settings

    def bells(self) -> list[Outlet]:
        """Every way to tell people, also when the other settings cannot be used. Raises ConfigError."""
        alarm, inherited = config.load_alarm(self._path, config.environment())
        return open_outlets(alarm, inherited)

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The store, closed again afterwards. Raises StoreError."""
        store = open_store(self.settings)
        try:
            yield store
        finally:
            store.close()

    @contextmanager
    def books(self) -> Iterator[Store]:
        """The store for a command that only reads: also when its disk is full, or its folder read-only."""
        store = open_books(self.settings)
        try:
            yield store
        finally:
            store.close()

    def rulebook(self) -> Rulebook:
        """The mapping set as it lies on disk. Raises MappingError with every problem."""
        rulebook, problems = read_mapping(self.settings)
        if rulebook is None:
            raise MappingError(problems)
        return rulebook


def whoami() -> str:
    """Who acts, for the ledger: the account at the operating system."""
    try:
        return _person(getpass.getuser())
    except (KeyError, OSError):  # a container may run under a number that has no name
        return "unknown"


def _person(name: str) -> str:
    """A person at the service's own account, who must not be taken for the program (``model.PROGRAM``)."""
    return f"{name} (người)" if name == PROGRAM else name


pass_session = click.make_pass_decorator(Session)

by_option = click.option(
    "--by",
    default=whoami,
    show_default="tài khoản đang dùng",
    callback=lambda _context, _option, name: _person(name),
    help="Tên người thực hiện, ghi vào sổ. / Who does it.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="In JSON cho chương trình khác đọc. / Print JSON.")
yes_option = click.option("--yes", is_flag=True, help="Không hỏi lại. / Do not ask.")
