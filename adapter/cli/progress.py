"""What a long command is at, on a terminal only: one line on stderr that is gone when it has ended."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Stages:
    """The stages of one command, one after the other."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._name = ""

    def at(self, name: str, share: float | None = None) -> None:
        """Say what is being done, and how much of it is done (0 to 1; None: nobody knows). Safe to call often."""
        if self._task is None or name != self._name:
            if self._task is not None:
                self._progress.remove_task(self._task)
            self._task, self._name = self._progress.add_task(name, total=None), name
        if share is not None:
            self._progress.update(self._task, total=1.0, completed=min(share, 1.0))


@contextmanager
def stages() -> Iterator[Stages]:
    """Show stages until the block ends. Says nothing in a pipe, a file or a timer's journal."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    shown = console.is_terminal and not console.is_dumb_terminal
    with Progress(*columns, console=console, transient=True, disable=not shown) as progress:
        yield Stages(progress)
