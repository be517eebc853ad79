"""The composition root: the only module that knows everybody. Joins settings, store, doors and steps into a House."""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from adapter.alarms import CommandOutlet, LogOutlet, Outlet, StandingAlarm
from adapter.config import Settings
from adapter.core import mapping
from adapter.core.obligations import Policy
from adapter.errors import MappingError
from adapter.model import Channel, Limit, Problem, Rulebook
from adapter.onestop.source import SoapSource
from adapter.ports import Alarm, Clock, Source, Store
from adapter.steps import duty
from adapter.steps.deliver import Delivering
from adapter.steps.poll import Polling
from adapter.steps.tend import Tending
from adapter.store import open_store as open_sql_store
from adapter.zalo.sender import Sender
from adapter.zalo.settings import Bases, Zalo
from adapter.zalo.tokens import Keeper

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """This machine's clock."""
    return datetime.now(UTC)


def open_store(settings: Settings) -> Store:
    """The store of these settings. Raises StoreError."""
    return open_sql_store(settings.store.url, settings.store.keys)


def open_alarm(settings: Settings, store: Store) -> Alarm:
    """The alarm with its outlets: always the log, and the operator's command when there is one."""
    outlets: list[Outlet] = [LogOutlet()]
    if settings.alarm.command:
        outlets.append(CommandOutlet(settings.alarm.command, settings.inherited))
    return StandingAlarm(store, outlets)


def zalo_settings(settings: Settings) -> Zalo:
    """What the Zalo door needs of the settings."""
    zalo = settings.zalo
    return Zalo(
        app_id=zalo.app_id,
        app_secret=zalo.app_secret.get_secret_value(),
        bases=Bases(oauth=zalo.oauth_url, openapi=zalo.openapi_url, business=zalo.business_url),
        proof=zalo.proof,
        connect_timeout=zalo.connect_timeout,
        read_timeout=zalo.read_timeout,
        slots=zalo.slots,
    )


def new_owner() -> str:
    """A name for this process that no other has: a lease renews for the same name, so two must never share one."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


def open_tokens(settings: Settings, store: Store, alarm: Alarm, owner: str = "") -> Keeper:
    """The keeper of the token pair."""
    return Keeper(store=store, settings=zalo_settings(settings), alarm=alarm, clock=utc_now, owner=owner or new_owner())


def read_mapping(settings: Settings) -> tuple[Rulebook | None, tuple[Problem, ...]]:
    """The mapping set as it lies on disk, with the operator's overrides; None with every problem when it is unfit."""
    folder = settings.mapping.folder
    try:
        rulebook, problems = mapping.load(_files(folder), str(folder))
    except OSError as error:  # an editor swaps a file while we read, or a right is missing
        name = Path(error.filename or folder).name
        return None, (Problem(file=name, line=0, column=1, text=f"không đọc được tệp: {error.strerror}"),)
    return (_overridden(rulebook, settings) if rulebook else None), problems


def _files(folder: Path) -> dict[str, str]:
    """The set's files by name; a byte that is no UTF-8 shows as the replacement character, which the checks refuse."""
    return {path.name: path.read_text("utf-8", errors="replace") for path in sorted(folder.glob("*.yaml"))}


def _overridden(rulebook: Rulebook, settings: Settings) -> Rulebook:
    source = rulebook.source
    if settings.onestop.endpoint:
        source = replace(source, endpoint=settings.onestop.endpoint)
    if settings.poll.every is not None:
        source = replace(source, every=settings.poll.every)
    return replace(rulebook, source=source)


class House:
    """Everything joined, for one process. Doors are opened when first asked for; ``close`` shuts them all."""

    def __init__(self, settings: Settings, store: Store, clock: Clock = utc_now) -> None:
        self.settings, self.store, self.clock = settings, store, clock
        self.owner = new_owner()
        self.alarm = open_alarm(settings, store)
        self._opening = threading.RLock()  # doors open once, whichever thread asks first
        self._rulebook = self._first_rulebook()
        self._source: Source | None = None
        self._tokens: Keeper | None = None
        self._channels: Sender | None = None

    @property
    def rulebook(self) -> Rulebook:
        """The mapping set that is live now."""
        return self._rulebook

    @property
    def source(self) -> Source:
        """The one-stop system of the live mapping."""
        with self._opening:
            if self._source is None:
                login, spec = self.settings.onestop, self._rulebook.source
                self._source = SoapSource(spec, login.username, login.password.get_secret_value(), self.clock)
            return self._source

    @property
    def tokens(self) -> Keeper:
        """The keeper of the token pair."""
        with self._opening:
            self._tokens = self._tokens or open_tokens(self.settings, self.store, self.alarm, self.owner)
            return self._tokens

    @property
    def channels(self) -> Sender:
        """Zalo."""
        with self._opening:
            if self._channels is None:
                self._channels = Sender(settings=zalo_settings(self.settings), keeper=self.tokens, clock=self.clock)
            return self._channels

    def policy(self) -> Policy:
        """What the operator allows."""
        sending = self.settings.sending
        return Policy(mode=sending.mode, allow=frozenset(sending.allow), shared_phone_above=sending.shared_phone_above)

    def polling(self, stopping: Callable[[], bool] = lambda: False) -> Polling:
        """What a poll works with, under the mapping that is live now."""
        sending = self.settings.sending
        return Polling(
            source=self.source,
            store=self.store,
            rulebook=self.rulebook,
            policy=self.policy(),
            alarm=self.alarm,
            owner=self.owner,
            hold_above=sending.hold_above,
            first_message_age=sending.first_message_age,
            initial_window=sending.initial_window,
            stopping=stopping,
        )

    def delivering(self) -> Delivering:
        """What a sender works with. The lease is twice the longest a send can take (DESIGN 5)."""
        zalo, sending = self.settings.zalo, self.settings.sending
        return Delivering(
            store=self.store,
            channels=self.channels,
            rulebook=self.rulebook,
            alarm=self.alarm,
            owner=self.owner,
            mode=sending.mode,
            allow=frozenset(sending.allow),
            limits=self._limits(),
            reserved_slots=zalo.reserved_slots,
            lease_seconds=2 * zalo_settings(self.settings).total_timeout,
            unknown_wait=sending.unknown_wait,
        )

    def tending(self) -> Tending:
        """What the rounds of time work with."""
        return Tending(
            store=self.store,
            channels=self.channels,
            rulebook=self.rulebook,
            policy=self.policy(),
            alarm=self.alarm,
            lapse_margin=self.settings.sending.lapse_margin,
        )

    def reload(self) -> tuple[Problem, ...]:
        """Read the mapping set again: a good one goes live at once, a bad one never does and its problems are given."""
        rulebook, problems = read_mapping(self.settings)
        if rulebook is None:
            duty.mapping_broken(self.alarm, len(problems))
            return problems
        self._keep(rulebook)
        with self._opening:
            moved = rulebook.source != self._rulebook.source
            self._rulebook = rulebook
            old, self._source = (self._source, None) if moved else (None, self._source)
        if old is not None:
            old.close()
        duty.mapping_mended(self.alarm, rulebook.source.name)
        log.info("mapping.live", extra={"version": rulebook.version})
        return ()

    def close(self) -> None:
        """Shut every door that was opened. Safe to call twice."""
        if self._channels is not None:
            self._channels.close()
        if self._source is not None:
            self._source.close()
        self.store.close()

    def _first_rulebook(self) -> Rulebook:
        """The set on disk, or the last good one when that is broken. Raises MappingError when there is neither."""
        rulebook, problems = read_mapping(self.settings)
        if rulebook is not None:
            self._keep(rulebook)
            return rulebook
        folder = self.settings.mapping.folder
        kept = self.store.read(lambda tx: tx.mappings.latest(folder.name))
        good = mapping.load(kept, str(folder))[0] if kept else None
        if good is None:
            raise MappingError(problems)
        duty.mapping_broken(self.alarm, len(problems))
        return _overridden(good, self.settings)

    def _keep(self, rulebook: Rulebook) -> None:
        name = self.settings.mapping.folder.name
        self.store.write("mapping.keep", lambda tx: tx.mappings.keep(name, rulebook.version, rulebook.files))

    def _limits(self) -> Mapping[Channel, tuple[Limit, ...]]:
        """Zalo's buckets: OA calls share a minute, phone templates have a minute and a day of their own (zalo.md 8)."""
        zalo = self.settings.zalo
        oa = Limit(bucket=f"oa:{zalo.app_id}", per="minute", cap=zalo.oa_per_minute, reserved=zalo.oa_per_minute // 20)
        minute = Limit(bucket=f"zbs:{zalo.app_id}", per="minute", cap=zalo.zbs_per_minute)
        day = Limit(bucket=f"zbs:{zalo.oa_id}", per="day", cap=zalo.zbs_per_day)
        return {Channel.UID: (oa,), Channel.PHONE: (minute, day)}


def open_house(settings: Settings) -> House:
    """Join everything for one process. Raises StoreError, MappingError, ConfigError."""
    store = open_store(settings)
    try:
        return House(settings, store)
    except BaseException:
        store.close()
        raise
