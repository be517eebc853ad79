"""How the demo is shown: a live picture on a terminal, plain lines in a pipe."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import click
from rich.console import Console
from rich.live import Live

from adapter.cli.demo_picture import Picture
from adapter.cli.demo_watch import Happened, News, Rang, Watch
from adapter.core.calendar import VIETNAM

NOTE = "Giờ yên tĩnh đã tắt, để trình diễn được mọi lúc. / Quiet hours are off in this demo."


class Screen(Protocol):
    """Where news is shown."""

    def show(self, news: News) -> None:
        """Show what is new."""

    def say(self, sentence: str) -> None:
        """Tell the viewer something about the demo itself."""


@contextmanager
def screen(watch: Watch, folder: Path, seconds: float | None) -> Iterator[Screen]:
    """The screen that fits where we print. The live picture gives the terminal back as it was."""
    console = Console()
    if not console.is_terminal or console.is_dumb_terminal:
        click.echo(NOTE)
        yield _Lines()
        return
    picture = Picture(watch=watch, folder=folder, seconds=seconds, began=time.monotonic(), note=NOTE)
    with Live(picture, console=console, screen=True, auto_refresh=False) as live:
        yield _Live(picture, live)


class _Lines:
    """One line for each happening, no escape codes."""

    def show(self, news: News) -> None:
        """Print what is new, in the order it happened."""
        lines: list[Happened | Rang] = [*news.happened, *news.rang]
        for line in sorted(lines, key=lambda line: line.at):
            click.echo(_plain(line))

    def say(self, sentence: str) -> None:
        """Print it."""
        click.echo(sentence)


class _Live:
    def __init__(self, picture: Picture, live: Live) -> None:
        self._picture, self._live = picture, live

    def show(self, news: News) -> None:
        """Draw the picture again."""
        self._picture.take(news)
        self._live.refresh()

    def say(self, sentence: str) -> None:
        """Put it at the top."""
        self._picture.note = sentence


def _plain(one: Happened | Rang) -> str:
    clock = one.at.astimezone(VIETNAM).strftime("%H:%M:%S")
    if isinstance(one, Happened):
        return f"{clock}  MỘT CỬA  {one.code}  {one.office} · {one.what}"
    text = " / ".join(line for line in one.text.splitlines() if line)
    return f"{clock}  {'TỪ CHỐI' if one.refused else 'ZALO   '}  {one.to}  {text}"
