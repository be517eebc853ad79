"""``motcua db restore`` and ``restored``: put a backup back so that nobody is told twice (``steps.epoch``)."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import click

from adapter.cli.failures import Failure
from adapter.cli.progress import Stages, stages
from adapter.cli.running import refuse_while_running
from adapter.cli.session import Session, by_option, pass_session, yes_option
from adapter.errors import StoreError
from adapter.ports import Store
from adapter.steps import audit, epoch
from adapter.store import backup as copies
from adapter.store import migrate, revision
from adapter.store.raw import NoDatabaseError
from adapter.wiring.books import open_alarm, open_store_at

POSTGRES_RESTORE = (
    "cơ sở dữ liệu là PostgreSQL: dừng mọi tiến trình, chạy pg_restore --clean --if-exists --dbname=DATABASE FILE, rồi "
    "chạy `motcua db restored` trước khi khởi động lại / this is PostgreSQL: stop every daemon, pg_restore, then run "
    "`motcua db restored` before starting again"
)

COPYING, EXAMINING = "đang chép / copying", "đang kiểm tra tệp / examining"
VERIFYING, UPGRADING = "đang đối chiếu sổ / verifying the ledger", "đang nâng cấp / upgrading"
HOLDING = "đang giữ lại tin chưa gửi / holding what is unsent"
PHASES = {copies.Phase.COPYING: COPYING, copies.Phase.EXAMINING: EXAMINING}

_NOT_OURS = (
    "{file}: không phải bản sao lưu của motcua (trống, hoặc của chương trình khác); chưa thay gì / no backup of motcua "
    "(empty, or another program's); nothing was replaced"
)
_DAMAGED = (
    "{error}; bản sao này hỏng hoặc cụt, chưa thay gì, hãy dùng bản khác / this backup is damaged or cut short, "
    "nothing was replaced, use another one"
)
_ASK = "Thay cơ sở dữ liệu hiện tại bằng bản sao này? / Put this backup in place of the present database?"


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@by_option
@yes_option
@pass_session
def restore(session: Session, file: Path, by: str, yes: bool) -> None:
    """Khôi phục cơ sở dữ liệu (SQLite) từ một bản sao lưu.

    Put a backup in place of the present SQLite database, which is kept beside it. Refused while a daemon runs. What
    was unsent in the backup, and what the first reading finds, is HELD: it may have been sent since. An older backup
    is brought to this program's revision; FILE itself stays as it is. One without our tables, or made with other keys
    than the present keys.json, is refused and nothing is replaced.

    Ví dụ / Example: motcua stop --wait 30 && motcua db restore /var/backups/motcua/motcua-20261123-190000.db
    """
    settings = session.settings
    current = copies.database_file(settings.store.url)
    if current is None:
        raise Failure([POSTGRES_RESTORE])
    if current.exists():
        with contextlib.suppress(StoreError):  # a database that cannot be opened has no daemon that could tell
            refuse_while_running(settings.store.url)
    if not yes:
        click.confirm(_ASK, abort=True, err=True)
    ready = current.with_name(current.name + ".restoring")
    kept = current.with_name(f"{current.name}.replaced-{datetime.now(UTC):%Y%m%d-%H%M%S}")
    try:
        with stages() as shown:
            carried = _prepare(file, ready, current, settings.store.keys, shown)
            number, held = _begin(copies.url_of(ready), settings.store.keys, by, file.name, shown)
            copies.single(ready)
            copies.put_in_place(ready, current, kept)
    finally:
        for ending in ("", "-wal", "-shm"):
            ready.with_name(ready.name + ending).unlink(missing_ok=True)
    with session.store() as store:
        _ring(session, store, number, held)
    if carried:
        click.echo("đã giữ lại cặp mã Zalo mới hơn của cơ sở dữ liệu cũ")
    click.echo(f"đã khôi phục từ {file}" + (f"; cơ sở dữ liệu cũ: {kept}" if kept.exists() else ""))
    _say(number, held)


@click.command()
@by_option
@pass_session
def restored(session: Session, by: str) -> None:
    """Báo rằng cơ sở dữ liệu vừa được khôi phục bằng công cụ khác (pg_restore).

    Tell that the database was put back by another tool (pg_restore, a snapshot of the machine), before any daemon is
    started on it: what is unsent in it, and what the first reading finds, is HELD, because it may have been sent.

    Ví dụ / Example: motcua db restored
    """
    refuse_while_running(session.settings.store.url)
    with session.store() as store:
        number, held = epoch.begin(store, by)
        _ring(session, store, number, held)
    _say(number, held)


def telling(shown: Stages) -> copies.Tell:
    """What shows the phases of a copy."""
    return lambda phase, share: shown.at(PHASES[phase], share)


def _prepare(file: Path, ready: Path, current: Path, keys: Path, shown: Stages) -> bool:
    """A copy of the backup beside the present database, at this program's revision; True if it got newer tokens."""
    ready.unlink(missing_ok=True)
    try:
        copies.copy(file, ready, telling(shown))
    except NoDatabaseError as error:
        raise Failure([_DAMAGED.format(error=error)]) from error
    if revision.current(copies.url_of(ready)) is None:
        raise Failure([_NOT_OURS.format(file=file)])
    shown.at(UPGRADING)
    migrate.upgrade(copies.url_of(ready), keys)
    return current.exists() and copies.carry_tokens(current, ready, keys) > 0


def _begin(url: str, keys: Path, by: str, name: str, shown: Stages) -> tuple[int, int]:
    store = open_store_at(url, keys)
    try:
        shown.at(VERIFYING)
        verdict = audit.verify(store)
        if not verdict.whole:
            raise Failure(["sổ trong bản sao lưu không toàn vẹn; chưa thay gì. Hãy dùng một bản sao khác"])
        shown.at(HOLDING)
        return epoch.begin(store, by, backup=name, root=verdict.root, sealed=str(verdict.sealed))
    finally:
        store.close()


def _ring(session: Session, store: Store, number: int, held: int) -> None:
    epoch.tell(store, open_alarm(session.settings, store), number, held)


def _say(number: int, held: int) -> None:
    click.echo(f"kỷ nguyên {number}: {held} tin được giữ lại vì có thể đã gửi; đợt đọc đầu tiên cũng sẽ được giữ lại")
    click.echo("xem và xử lý: motcua messages list --state held")
