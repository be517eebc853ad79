"""Check-ups of the care around the program: would anybody hear an alarm, and is there a backup to put back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from adapter.cli.checkup import Finding, Level
from adapter.cli.output import since
from adapter.cli.session import Session
from adapter.store import backup as copies
from adapter.wiring.bells import probe
from adapter.wiring.books import utc_now

OLD: Final = timedelta(days=2)
"""A backup older than this, and an installation of this age without one, need a person."""

SERVICE_BACKUPS: Final = Path("/var/lib/motcua/backups")
"""Where deploy/ puts the copies of a PostgreSQL database; those of an SQLite one lie beside it."""

_WHAT = {"command": ("lệnh cảnh báo", "the alarm command"), "mail": ("máy chủ thư", "the mail server")}


def alarm(session: Session) -> Iterator[Finding]:
    """The alarm command can be run and the mail server lets us in; nobody is told anything."""
    say = partial(Finding, door="alarm")
    rung = [one for one in probe(session.bells()) if one.outlet in _WHAT]
    if not rung:
        yield say(
            level=Level.OK,
            said="ngoài nhật ký không ai được báo: chưa đặt alarm.command hay alarm.smtp_host",
            english="nobody but the log hears alarms: neither alarm.command nor alarm.smtp_host is set",
        )
    for one in rung:
        vietnamese, english = _WHAT[one.outlet]
        yield say(
            level=Level.BROKEN if one.fault else Level.OK,
            said=f"{vietnamese} không dùng được: {one.fault}" if one.fault else f"{vietnamese} dùng được",
            english=f"{english} fails: {one.fault}" if one.fault else f"{english} can be used",
            todo="sửa mục [alarm] của motcua.toml rồi thử: motcua alarms test" if one.fault else "",
        )


def backup(session: Session) -> Iterator[Finding]:
    """The newest backup is of these days; a new installation has two days to make its first one."""
    say, now = partial(Finding, door="backup"), utc_now()
    file = copies.database_file(session.settings.store.url)
    folder = SERVICE_BACKUPS if file is None else file.parent / "backups"
    made = max((_written(path) for ending in ("db", "dump") for path in folder.glob(f"*.{ending}")), default=None)
    todo = f"systemctl enable --now motcua-backup.timer, hoặc: motcua db backup {folder}"
    if made is None:
        keys = session.settings.store.keys  # as old as the installation; lost ones are another door's finding
        young = keys.exists() and now - _written(keys) < OLD
        yield say(
            level=Level.OK if young else Level.LOOK,
            said=f"chưa có bản sao lưu nào trong {folder}",
            english=f"there is no backup in {folder}",
            todo="" if young else todo,
        )
        return
    old = now - made > OLD
    yield say(
        level=Level.LOOK if old else Level.OK,
        said=f"bản sao lưu mới nhất: {since(made, now)}",
        english=f"the newest backup is of {made:%Y-%m-%d %H:%M}Z",
        todo=todo if old else "",
    )


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
