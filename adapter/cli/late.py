"""What this room imports only when it is needed: the commands stand on most of what the program depends on.

``--help``, ``--version`` and the shell's completion so answer at once, and each command waits for its own imports only.
"""

from importlib import import_module
from types import ModuleType
from typing import Any, cast

import click


def module(name: str) -> ModuleType:
    """A module of this room, by its short name, imported by now."""
    return import_module(f"adapter.cli.{name}")


class Late(click.Command):
    """Stands for the command of the same name in a module of this room, known by its one line until it is called.

    ``line`` must be what the command's own help begins with.
    """

    def __init__(self, name: str, home: str, line: str) -> None:
        super().__init__(name, short_help=line)
        self._home = home

    @property
    def real(self) -> click.Command:
        """The command itself, imported by now."""
        return cast(click.Command, getattr(module(self._home), self.name or ""))

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Hand over: the context, and so all that follows, is the command's own."""
        return self.real.make_context(info_name, args, parent, **extra)
