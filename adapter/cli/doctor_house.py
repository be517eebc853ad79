"""Check-ups of what is ours: settings, keys, database, mapping, and what waits for a person."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from adapter import daemon
from adapter.cli.checkup import Finding, Level
from adapter.cli.output import ago, since, when
from adapter.cli.session import Session
from adapter.cli.status import STALE
from adapter.cli.words import SCOPES
from adapter.core import calendar
from adapter.errors import KeysError, StoreError
from adapter.model import DeliveryState, PauseScope, SendingMode, Snapshot
from adapter.ports import Store
from adapter.steps import duty, takeover
from adapter.store import backup as copies
from adapter.store import revision
from adapter.store.cipher import load_keys
from adapter.store.raw import NoDatabaseError
from adapter.wiring.books import new_owner, oldest_due, read_mapping, utc_now

_EMPTY = "nếu đã từng có dữ liệu: motcua db restore TỆP; chỉ khi chưa từng có: motcua db upgrade"

TIGHT, SCARCE = 100 * 2**20, 2**30
"""Bytes free on the disk of the database below which it is broken, and below which a person should look."""


def settings(session: Session) -> Iterator[Finding]:
    """They could be read, or we would not be here."""
    say = partial(Finding, door="settings")
    found = session.settings
    where, mode = found.path or "-", found.sending.mode
    yield say(level=Level.OK, said=f"đọc từ {where}", english=f"read from {where}")
    if mode is not SendingMode.ON:
        yield say(
            level=Level.LOOK,
            said=f"chế độ gửi là {mode}: "
            + ("không gửi cho ai" if mode is SendingMode.OFF else "chỉ gửi theo danh sách"),
            english=f"sending.mode is {mode}",
            todo='khi đã yên tâm, đổi sending.mode thành "on"',
        )


def keys(session: Session) -> Iterator[Finding]:
    """They open, nobody else may read them (``load_keys`` refuses them otherwise), and they are this database's."""
    path = session.settings.store.keys
    load_keys(path)
    try:
        with session.store():
            pass
    except KeysError:
        raise
    except StoreError:  # a database that cannot be opened is another door's finding
        yield Finding(door="keys", level=Level.OK, said=f"{path} đọc được", english=f"{path} can be read")
    else:
        yield Finding(door="keys", level=Level.OK, said=f"{path} dùng được", english=f"{path} fits the database")


def database(session: Session) -> Iterator[Finding]:
    """Reachable, at our revision, writable, with room left, its clock like ours."""
    say, url = partial(Finding, door="database"), session.settings.store.url
    file = copies.database_file(url)
    if file is not None:
        yield from _room(file)  # before anything else: what a full disk does is named by its cause
    stands, wanted = revision.current(url), revision.head()
    if stands != wanted:
        yield say(
            level=Level.BROKEN,
            said=f"phiên bản {stands or 'trống'}, chương trình cần {wanted}",
            english=f"revision {stands}, this program needs {wanted}",
            todo="motcua db upgrade" if stands else _EMPTY,
        )
        return
    with session.store() as store:
        store.write("doctor", lambda tx: tx.bump("doctor"))
        yield say(level=Level.OK, said=f"đọc và ghi được, phiên bản {stands}", english=f"writable, revision {stands}")
        skew = store.clock_skew()
    if abs(skew) > duty.MAX_SKEW:
        yield say(
            level=Level.BROKEN,
            said=f"đồng hồ máy này lệch {skew:.0f} giây so với cơ sở dữ liệu nên không gửi tin",
            english=f"this machine's clock is {skew:.0f} s off the database's",
            todo="đồng bộ giờ (NTP)",
        )


def _room(file: Path) -> Iterator[Finding]:
    free, size = shutil.disk_usage(file.parent).free, file.stat().st_size if file.exists() else 0
    tight, scarce = free < TIGHT, free < SCARCE or free < 2 * size
    yield Finding(
        door="database",
        level=Level.BROKEN if tight else Level.LOOK if scarce else Level.OK,
        said=f"ổ đĩa còn {free / 2**30:.1f} GB, cơ sở dữ liệu {size / 2**30:.2f} GB",
        english=f"{free / 2**30:.1f} GB free, the database has {size / 2**30:.2f} GB",
        todo="dọn hoặc mở rộng ổ đĩa" if tight or scarce else "",
    )


def integrity(session: Session) -> Iterator[Finding]:
    """SQLite's own examination of the file."""
    say, file = partial(Finding, door="integrity"), copies.database_file(session.settings.store.url)
    if file is None:
        yield say(level=Level.OK, said="do PostgreSQL tự trông coi", english="PostgreSQL looks after itself")
        return
    try:
        flaws = copies.flaws(file)
    except NoDatabaseError as error:
        flaws = (str(error),)
    for flaw in flaws[:5]:
        yield say(
            level=Level.BROKEN,
            said=f"tệp dữ liệu hỏng: {flaw}",
            english=f"damaged: {flaw}",
            todo="motcua stop --wait 30, giữ nguyên tệp, rồi: motcua db restore TỆP (bản sao lưu)",
        )
    if not flaws:
        yield say(level=Level.OK, said="tệp dữ liệu không có lỗi", english="the file is sound")


def mapping(session: Session) -> Iterator[Finding]:
    """The set on disk is good, and it is the one that is live."""
    say = partial(Finding, door="mapping")
    rulebook, problems = read_mapping(session.settings)
    for problem in problems[:5]:
        english = f"{problem.file}, line {problem.line}: wrong mapping"
        yield say(level=Level.BROKEN, said=str(problem), english=english, todo="sửa rồi: motcua mapping check")
    if rulebook is None:
        return
    yield say(level=Level.OK, said=f"hợp lệ, bản {rulebook.version}", english=f"good, version {rulebook.version}")
    now, days = utc_now(), rulebook.calendar
    if calendar.is_quiet(now, days):
        opens = when(calendar.next_opening(now, days))
        yield say(
            level=Level.OK, said=f"đang trong giờ yên lặng, gửi lại từ {opens}", english=f"quiet hours until {opens}"
        )
    with session.store() as store:
        live = store.read(lambda tx: tx.mappings.latest(session.settings.mapping.folder.name))
    if live is not None and dict(live) != dict(rulebook.files):
        yield say(
            level=Level.LOOK,
            said="bộ quy tắc trên đĩa khác bản được nạp gần nhất",
            english="the set on disk is not the one that went live last",
            todo="motcua reload; nhiều máy thì trước đó chép cùng một bộ sang mọi máy",
        )


def work(session: Session) -> Iterator[Finding]:
    """Daemons, leases of the dead, alarms, pauses, what is held or unknown, the unsealed tail."""
    with session.store() as store:
        yield from _daemons(store)
        snapshot, oldest = store.read(lambda tx: tx.snapshot()), oldest_due(session.settings, store)
    yield from _waiting(snapshot, oldest)
    for raised in snapshot.alarms:
        said = f"cảnh báo {raised.key} từ {when(raised.since)}: {raised.sentence}"
        yield _look(said, f"alarm {raised.key} since {raised.since:%Y-%m-%d %H:%M}Z", "làm như câu cảnh báo ấy nói")
    for pause in snapshot.pauses:
        said = f"tạm dừng {SCOPES[pause.scope]} {pause.name} từ {when(pause.since)}: {pause.reason}"
        whole = pause.scope is PauseScope.ALL
        todo = "motcua resume --all" if whole else f"motcua resume --{pause.scope} {pause.name}"
        yield _look(said, f"{pause.scope} {pause.name} is paused", f"khi xong việc: {todo}")


def _daemons(store: Store) -> Iterator[Finding]:
    """Who is at work. What a dead process of this host still held is freed first: it would be counted as working."""
    owner = new_owner()
    left = [lease.name for lease in store.read(lambda tx: takeover.left_behind(tx, owner, daemon.alive))]
    if left:
        takeover.take_over(store, owner, daemon.alive)
        names = ", ".join(left)
        yield _look(
            f"tiến trình đã chết còn giữ, nay đã thu lại: {names}",
            f"leases of dead processes, now freed: {names}",
            "xem vì sao nó chết: journalctl -u motcua -n 50; rồi khởi động dịch vụ",
        )
    running = daemon.at_work(store)
    if running:
        names = ", ".join(running)
        yield Finding(door="work", level=Level.OK, said=f"đang chạy: {names}", english=f"at work: {names}")
    else:
        yield _look(
            "không có tiến trình nền nào đang chạy", "no daemon is at work", "khởi động dịch vụ, hoặc motcua run"
        )


def _waiting(snapshot: Snapshot, oldest: datetime | None) -> Iterator[Finding]:
    at, counts = snapshot.at, snapshot.deliveries
    held, unknown = counts.get(DeliveryState.HELD, 0), counts.get(DeliveryState.UNKNOWN, 0)
    if held:
        yield _look(f"{held} tin tạm giữ", f"{held} messages held", "motcua messages list --state held")
    if unknown:
        yield _look(f"{unknown} tin chưa rõ", f"{unknown} messages unknown", "motcua messages list --state unknown")
    for source in snapshot.sources:
        if source.last_done_at is None or at - source.last_done_at > STALE:
            age = since(source.last_done_at, at)
            english = f"last whole reading: {ago(source.last_done_at, at)}"
            yield _look(f"lần đọc trọn gần nhất: {age}", english, "motcua poll")
    if oldest and at - oldest > STALE:
        english = f"a message that could go has been due since {ago(oldest, at)}"
        todo = "xem nhật ký của dịch vụ, motcua zalo token show và đường mạng đến Zalo"
        yield _look(f"có tin gửi được từ {since(oldest, at)} mà chưa gửi", english, todo)
    if snapshot.oldest_unsealed and at - snapshot.oldest_unsealed > timedelta(minutes=1):
        age = since(snapshot.oldest_unsealed, at)
        english = f"{snapshot.unsealed} entries unsealed, the oldest {ago(snapshot.oldest_unsealed, at)}"
        yield _look(f"{snapshot.unsealed} dòng sổ chưa niêm phong, cũ nhất {age}", english, "motcua run")
    waiting, sent = counts.get(DeliveryState.PENDING, 0), counts.get(DeliveryState.SENT, 0)
    yield Finding(
        door="work",
        level=Level.OK,
        said=f"{waiting} tin đang chờ, {sent} tin đã gửi",
        english=f"{waiting} messages waiting, {sent} sent",
    )


def _look(said: str, english: str, todo: str) -> Finding:
    return Finding(door="work", level=Level.LOOK, said=said, english=english, todo=todo)
