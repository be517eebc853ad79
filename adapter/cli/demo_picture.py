"""The live picture: the one-stop on the left, the citizens' phones on the right, the books and the program below."""

import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rich.console import Console, ConsoleOptions, RenderResult
from rich.layout import Layout
from rich.panel import Panel
from rich.text import Text

from adapter.cli.demo_watch import Happened, News, Rang, Watch
from adapter.cli.words import BUCKETS, SKIPS
from adapter.core.calendar import VIETNAM
from adapter.model import Bucket, SkipReason

_KEPT = 100  # lines of each side; more than the tallest terminal shows
_READING = 4.0  # seconds a message stays in the large phone, so that it can be read
_PHONE_LINES = 15
_FOOT_LINES = 6
_WIDE = 130  # columns from which a line has room for what a message says beside its title
_STATUS_STYLES = {
    "3": "red",
    "5": "yellow",
    "6": "yellow",
    "7": "magenta",
    "8": "red",
    "9": "green",
    "10": "bold green",
}
_BUCKET_STYLES = {Bucket.TOLD: "bold green", Bucket.UNKNOWN: "yellow", Bucket.HELD: "yellow"}
_ALWAYS = (Bucket.WAITING, Bucket.TOLD, Bucket.HELD, Bucket.UNKNOWN)


@dataclass(slots=True)
class Picture:
    """What stands on the terminal; draws itself at whatever size the terminal has."""

    watch: Watch
    folder: Path
    seconds: float | None
    began: float
    note: str
    _happened: deque[Happened] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _rang: deque[Rang] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _reading: Rang | None = None
    _read_since: float = 0.0

    def take(self, news: News) -> None:
        """Put what is new on top; the large phone changes when its message has been there long enough."""
        self._happened.extendleft(news.happened)
        self._rang.extendleft(sorted(news.rang, key=lambda rang: rang.at))
        ringing = [rang for rang in news.rang if not rang.refused]
        if ringing and time.monotonic() - self._read_since >= _READING:
            self._reading, self._read_since = ringing[-1], time.monotonic()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw."""
        height = options.height or console.height
        body = max(height - 2 - _FOOT_LINES, 6)
        phone = min(_PHONE_LINES, body * 3 // 5)
        layout = Layout()
        layout.split_column(
            Layout(self._head(), name="head", size=2),
            Layout(name="body"),
            Layout(self._foot(), name="foot", size=_FOOT_LINES),
        )
        layout["body"].split_row(Layout(name="left", ratio=9), Layout(name="right", ratio=11))
        layout["left"].update(_panel("Hệ thống một cửa", _feed(map(_office_lines, self._happened), body - 2), "blue"))
        layout["right"].split_column(Layout(self._phone(), size=phone), Layout(name="rang"))
        wide = options.max_width >= _WIDE
        rang = _feed([_phone_lines(one, wide=wide) for one in self._rang], body - phone - 2)
        layout["rang"].update(_panel("Điện thoại người dân", rang, "cyan"))
        yield layout

    def _head(self) -> Text:
        gone = time.monotonic() - self.began
        left = f"{gone:.0f}/{self.seconds:.0f} giây" if self.seconds else f"{gone:.0f} giây"
        first = Text(" motcua-zalo · trình diễn ", style="bold reverse")
        first.append(f"  {left} · Ctrl-C để kết thúc · {self.folder}", style="not bold not reverse dim")
        return _rows([first, Text(f" {self.note}", style="dim")])

    def _phone(self) -> Panel:
        if self._reading is None:
            waiting = Text("Chưa có tin nào. Chương trình đọc hệ thống một cửa mỗi 2 giây.", style="dim")
            return _panel("Zalo", waiting, "green")
        title, _, rest = self._reading.text.partition("\n")
        text = Text(title, style="bold")
        text.append(f"\n{rest.rstrip()}", style="not bold")
        return _panel(f"Zalo · {self._reading.to} · {_clock(self._reading.at)}", text, "green")

    def _foot(self) -> Panel:
        return _panel("Sổ sách và chương trình", _rows([self._counts(), self._skips(), self._health()]), "white")

    def _counts(self) -> Text:
        counts = Text()
        if self.watch.sheet is None:
            return Text("đang đếm…", style="dim")
        buckets = self.watch.sheet.buckets
        for bucket in Bucket:
            if bucket is not Bucket.SKIPPED and (bucket in _ALWAYS or buckets[bucket]):
                counts.append(f"{BUCKETS[bucket]} ")
                counts.append(f"{buckets[bucket]}", style=_BUCKET_STYLES.get(bucket, "bold"))
                counts.append(" · ", style="dim")
        counts.append(f"{self.watch.dossiers} hồ sơ, {self.watch.sheet.obligations} việc phải báo", style="dim")
        return counts

    def _skips(self) -> Text:
        if self.watch.sheet is None:
            return Text()
        sheet = self.watch.sheet
        reasons = ", ".join(f"{SKIPS[SkipReason(reason)]} {count}" for reason, count in sorted(sheet.skipped.items()))
        skips = Text(f"{BUCKETS[Bucket.SKIPPED]} ")
        skips.append(f"{sheet.buckets[Bucket.SKIPPED]}", style="bold")
        return skips.append(f": {reasons}" if reasons else "", style="dim")

    def _health(self) -> Text:
        health = self.watch.health
        if health is None:
            return Text()
        state = Text("● ", style="green" if health.ready else "red")
        state.append("chương trình chạy tốt" if health.ready else "; ".join(health.worries), style="default")
        return state.append(f" · sổ còn {health.unsealed} dòng chờ niêm phong", style="dim")


def _panel(title: str, content: Text, color: str) -> Panel:
    return Panel(content, title=title, title_align="left", border_style=color, padding=(0, 1))


def _feed(entries: Iterable[Sequence[Text]], height: int) -> Text:
    """As many lines as fit, newest first; a line never wraps."""
    lines = [line for entry in entries for line in entry][: max(height, 0)]
    feed = _rows(lines)
    feed.no_wrap, feed.overflow = True, "ellipsis"
    return feed


def _rows(lines: Sequence[Text]) -> Text:
    return Text("\n").join(lines)


def _office_lines(happened: Happened) -> tuple[Text, Text]:
    head = Text(f"{_clock(happened.at)} ", style="dim")
    head.append(f"{happened.code} ", style="not dim bold")
    head.append(happened.office.replace("Bộ phận Một cửa UBND", "Một cửa"), style="not dim")
    return head, Text(f"   {happened.what}", style=_STATUS_STYLES.get(happened.status, ""))


def _phone_lines(rang: Rang, *, wide: bool) -> tuple[Text]:
    head = Text(f"{_clock(rang.at)} ", style="dim")
    head.append(f"{rang.to} ", style="not dim bold")
    if rang.refused:
        return (head.append(rang.text, style="not dim not bold red"),)
    head.append(rang.title, style="not dim not bold green")
    return (head.append(f"  {rang.gist}" if wide else "", style="dim not bold"),)


def _clock(moment: datetime) -> str:
    return moment.astimezone(VIETNAM).strftime("%H:%M:%S")
