"""``motcua simulate demo``: the whole story in one command, on this machine, with nobody's data."""

import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from adapter.cli import demo_books, demo_tale, demo_town, demo_view
from adapter.cli.demo_company import Bell, Company, StoppedError
from adapter.cli.demo_tale import Teller
from adapter.cli.demo_watch import Watch
from adapter.core.balance import Sheet
from adapter.core.calendar import vietnam_day
from adapter.model import Bucket, RunState
from adapter.ports import Store
from adapter.wiring.books import open_store

_TICK = 0.25  # seconds between two looks
_FIRST_DAY = 60.0  # seconds that the first day takes when there is no --seconds
_PLAYED = 0.9  # part of --seconds in which the day passes; the rest is its evening
_LAST_WORK = 15.0  # seconds the daemon gets to finish what is due, once the province stands still
_INTERRUPTED = 130


@click.command()
@click.option(
    "--seconds",
    type=click.FloatRange(1),
    help="Tự kết thúc sau bao lâu; không ghi: đến khi Ctrl-C. / Ends by itself; without it, until Ctrl-C.",
)
@click.option(
    "--dossiers", type=click.IntRange(1), default=40, show_default=True, help="Số hồ sơ một ngày. / Dossiers a day."
)
@click.option(
    "--pace",
    type=click.FloatRange(0, min_open=True),
    help="Nhanh gấp mấy lần; không ghi: trọn một ngày. / Story seconds a second; without it, one whole day.",
)
@click.option("--keep", is_flag=True, help="Giữ thư mục làm việc để xem sau. / Keep the working folder.")
def demo(seconds: float | None, dossiers: int, pace: float | None, keep: bool) -> None:
    """Trình diễn trọn vẹn: hệ thống một cửa giả lập, chương trình thật, Zalo giả lập.

    The whole story: a simulated province, the real program, a simulated Zalo, each a process of its own, in a working
    folder of their own. Ends with a closing sheet; exit code 1 when the books do not balance or a process died.

    Ví dụ / Example: motcua simulate demo --seconds 60
    """
    bell = Bell()
    folder = Path(tempfile.mkdtemp(prefix="motcua-demo-"))
    click.echo(f"Thư mục làm việc / working folder: {folder}")
    try:
        closing = _perform(folder, bell, seconds=seconds, dossiers=dossiers, pace=pace)
    except StoppedError:
        shutil.rmtree(folder)
        raise click.exceptions.Exit(_INTERRUPTED) from None
    except BaseException:
        click.echo(f"Giữ lại để xem / kept: {folder}", err=True)
        raise
    demo_books.show(closing)
    if closing.holds and not keep:
        shutil.rmtree(folder)
    else:
        click.echo(f"Giữ lại để xem / kept: {folder}")
    raise click.exceptions.Exit(0 if closing.holds else 1)


def _perform(
    folder: Path, bell: Bell, *, seconds: float | None, dossiers: int, pace: float | None
) -> demo_books.Closing:
    """Set the stage, play, freeze, put away, and make the closing sheet. Leaves no process behind."""
    today = vietnam_day(datetime.now(UTC))
    with Company(folder, bell) as company:
        town = demo_town.set_up(company, demo_tale.cast(dossiers, today), click.echo)
        store = open_store(town.settings)
        try:
            pace = pace or demo_tale.length(dossiers, today) / (_PLAYED * (seconds or _FIRST_DAY))
            teller = Teller(town.onestop, demo_tale.chapters(dossiers, today), pace)
            frozen = _played(Watch(town, store), teller, company, seconds)
            clean = company.stop(demo_town.DAEMON)
            witnesses = demo_books.ask(town)
            return demo_books.close(store, town, witnesses, frozen=frozen, clean=clean)
        finally:
            store.close()


def _played(watch: Watch, teller: Teller, company: Company, seconds: float | None) -> bool:
    """As ``_show``; when a process is gone that we were just asking, say which, and what it said last."""
    try:
        return _show(watch, teller, company, seconds)
    except OSError:
        company.bell.pause(2 * _TICK)  # it may still be dying
        company.check()
        raise


def _show(watch: Watch, teller: Teller, company: Company, seconds: float | None) -> bool:
    """Play and show until the time is over and everything due is done, or the bell rings; False for the bell."""
    until = time.monotonic() + seconds if seconds else float("inf")
    with demo_view.screen(watch, company.folder, seconds) as screen:
        while time.monotonic() < until:
            teller.tell()
            screen.show(watch.look())
            company.check()
            if company.bell.pause(_TICK):
                return False
        return _finish(watch, company, screen)


def _finish(watch: Watch, company: Company, screen: demo_view.Screen) -> bool:
    """The province stands still: let the daemon read it once more and send what is due."""
    frozen_at, until = datetime.now(UTC), time.monotonic() + _LAST_WORK
    screen.say("Một cửa đã dừng; chương trình làm nốt việc đang có. / The province stands still: last work.")
    done = False
    while not done and time.monotonic() < until:
        if company.bell.pause(_TICK):
            return False
        company.check()
        read = _read_since(watch.store, frozen_at)
        watch.count()  # after the reading has ended, so that its messages are among the counted
        screen.show(watch.look())
        done = read and _nothing_waits(watch.sheet) and not watch.behind
    return True


def _read_since(store: Store, moment: datetime) -> bool:
    runs = store.read(lambda tx: tx.runs.recent(3))
    return any(run.window.end >= moment and run.state in (RunState.DONE, RunState.HELD) for run in runs)


def _nothing_waits(sheet: Sheet | None) -> bool:
    return sheet is not None and not sheet.buckets[Bucket.WAITING]
