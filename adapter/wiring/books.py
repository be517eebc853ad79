"""What stands in the settings, the store and the mapping set on disk: no door to the outside is opened for it.

Apart from ``fittings``, so that a command that only looks at the books does not wait for the libraries of the doors.
"""

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from adapter.alarms import StandingAlarm
from adapter.config import Settings
from adapter.core import mapping
from adapter.core.destinations import leads_to, origin
from adapter.model import Channel, Limit, Problem, Rulebook, SourceSpec
from adapter.ports import Alarm, Store
from adapter.steps import outlook
from adapter.store import open_store as open_sql_store
from adapter.store import open_to_read
from adapter.wiring.bells import open_outlets


def utc_now() -> datetime:
    """This machine's clock."""
    return datetime.now(UTC)


def open_store(settings: Settings) -> Store:
    """The store of these settings. Raises StoreError."""
    return open_store_at(settings.store.url, settings.store.keys)


def open_store_at(url: str, keys: Path) -> Store:
    """The store of another address under the same keys: a backup. Raises StoreError."""
    return open_sql_store(url, keys)


def open_books(settings: Settings) -> Store:
    """The store of these settings, only to be read, and soon closed. Raises StoreError."""
    return open_to_read(settings.store.url, settings.store.keys)


def open_alarm(settings: Settings, store: Store) -> Alarm:
    """The alarm with its outlets."""
    return StandingAlarm(store, open_outlets(settings.alarm, settings.inherited))


def limits(settings: Settings) -> Mapping[Channel, tuple[Limit, ...]]:
    """Zalo's buckets: OA calls share a minute, phone templates have a minute and a day of their own (zalo.md 8)."""
    zalo = settings.zalo
    oa = Limit(bucket=f"oa:{zalo.app_id}", per="minute", cap=zalo.oa_per_minute, reserved=zalo.oa_per_minute // 20)
    minute = Limit(bucket=f"zbs:{zalo.app_id}", per="minute", cap=zalo.zbs_per_minute)
    day = Limit(bucket=f"zbs:{zalo.oa_id}", per="day", cap=zalo.zbs_per_day)
    return {Channel.UID: (oa,), Channel.PHONE: (minute, day)}


def oldest_due(settings: Settings, store: Store) -> datetime | None:
    """Since when the oldest message has been due that could go now, by the mapping that is live; None: none lies."""
    if not store.read(lambda tx: tx.outbox.waits()):
        return None  # nothing is due at all, so no mapping need be read
    folder = settings.mapping.folder
    kept = store.read(lambda tx: tx.mappings.latest(folder.name))
    live = mapping.load(kept, str(folder))[0] if kept else read_mapping(settings)[0]
    return outlook.oldest_due(store, live.calendar if live else None, limits(settings), settings.sending.mode)


def new_owner() -> str:
    """A name for this process that no other has: a lease renews for the same name, so two must never share one."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


def read_mapping(settings: Settings) -> tuple[Rulebook | None, tuple[Problem, ...]]:
    """The mapping set as it lies on disk, with the operator's overrides; None with every problem when it is unfit.

    Unfit is also one that would lead our password to a host that the operator has not named.
    """
    folder = settings.mapping.folder
    try:
        rulebook, problems = mapping.load(_files(folder), str(folder))
    except OSError as error:  # an editor swaps a file while we read, or a right is missing
        name = Path(error.filename or folder).name
        return None, (Problem(file=name, line=0, column=1, text=f"không đọc được tệp: {error.strerror}"),)
    return admitted(rulebook, settings) if rulebook else (None, problems)


def admitted(rulebook: Rulebook, settings: Settings) -> tuple[Rulebook | None, tuple[Problem, ...]]:
    """A sound set with the operator's overrides; None with the problem when it leads our password astray."""
    found = overridden(rulebook, settings)
    stranger = strange_host(found.source, settings)
    if not stranger:
        return found, ()
    lines = rulebook.files.get("source.yaml", "").splitlines()
    problem = Problem(
        file="source.yaml",
        line=next((number for number, line in enumerate(lines, 1) if line.startswith("endpoint:")), 0),
        column=1,
        text=f"mật khẩu một cửa không được gửi đến {stranger}: người vận hành chưa ghi máy chủ này",
        hint=f'nếu đúng là hệ thống một cửa, ghi vào motcua.toml, mục [onestop]: hosts = ["{stranger}"]'
        if origin(found.source.endpoint)
        else "endpoint phải là một địa chỉ như https://motcua.tinh.gov.vn/ws",
    )
    return None, (problem,)


def strange_host(source: SourceSpec, settings: Settings) -> str:
    """Where our password would go without the operator's word; empty when there is none or it may go there."""
    onestop = settings.onestop
    if not onestop.password.get_secret_value() or leads_to(source.endpoint, (onestop.endpoint, *onestop.hosts)):
        return ""
    return origin(source.endpoint) or "địa chỉ không rõ"


def _files(folder: Path) -> dict[str, str]:
    """The set's files by name; a byte that is no UTF-8 shows as the replacement character, which the checks refuse."""
    if folder.exists():
        next(folder.iterdir(), None)  # glob tells a folder that may not be read like an empty one
    return {path.name: path.read_text("utf-8", errors="replace") for path in sorted(folder.glob("*.yaml"))}


def overridden(rulebook: Rulebook, settings: Settings) -> Rulebook:
    """The set with what the operator's settings say instead."""
    source = rulebook.source
    if settings.onestop.endpoint:
        source = replace(source, endpoint=settings.onestop.endpoint)
    if settings.poll.every is not None:
        source = replace(source, every=settings.poll.every)
    return replace(rulebook, source=source)
