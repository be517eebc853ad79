"""What stands in the settings, the store and the mapping set on disk: no door to the outside is opened for it.

Apart from ``fittings``, so that a command that only looks at the books does not wait for the libraries of the doors.
"""

import os
import secrets
import socket
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from adapter.alarms import CommandOutlet, LogOutlet, Mailbox, MailOutlet, Outlet, StandingAlarm
from adapter.config import Settings
from adapter.core import mapping
from adapter.core.destinations import leads_to, origin
from adapter.model import Problem, Rulebook, SourceSpec
from adapter.ports import Alarm, Store
from adapter.store import open_store as open_sql_store


def utc_now() -> datetime:
    """This machine's clock."""
    return datetime.now(UTC)


def open_store(settings: Settings) -> Store:
    """The store of these settings. Raises StoreError."""
    return open_store_at(settings.store.url, settings.store.keys)


def open_store_at(url: str, keys: Path) -> Store:
    """The store of another address under the same keys: a backup. Raises StoreError."""
    return open_sql_store(url, keys)


def open_alarm(settings: Settings, store: Store) -> Alarm:
    """The alarm with its outlets: always the log, the operator's command and mail when they are set."""
    outlets: list[Outlet] = [LogOutlet()]
    if settings.alarm.command:
        outlets.append(CommandOutlet(settings.alarm.command, settings.inherited))
    if settings.alarm.smtp_host:
        outlets.append(MailOutlet(_mailbox(settings)))
    return StandingAlarm(store, outlets)


def _mailbox(settings: Settings) -> Mailbox:
    alarm = settings.alarm
    return Mailbox(
        host=alarm.smtp_host,
        port=alarm.smtp_port,
        security=alarm.smtp_security,
        username=alarm.smtp_username,
        password=alarm.smtp_password.get_secret_value(),
        ca_file=alarm.smtp_ca_file,
        sender=alarm.smtp_from,
        recipients=alarm.smtp_to,
    )


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
        hint=f'nếu đúng là hệ thống một cửa, ghi vào motcua.toml, mục [onestop]: hosts = ["{stranger}"]',
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
    return {path.name: path.read_text("utf-8", errors="replace") for path in sorted(folder.glob("*.yaml"))}


def overridden(rulebook: Rulebook, settings: Settings) -> Rulebook:
    """The set with what the operator's settings say instead."""
    source = rulebook.source
    if settings.onestop.endpoint:
        source = replace(source, endpoint=settings.onestop.endpoint)
    if settings.poll.every is not None:
        source = replace(source, every=settings.poll.every)
    return replace(rulebook, source=source)
