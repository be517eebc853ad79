"""The house: doors and steps joined for one process, under the mapping that is live.

Several machines: each runs the set on its own disk, and what it takes over, at a start or a reload, it keeps as the
latest. Nobody takes the set of another machine, because nobody can tell which of the two an admin meant. Whoever finds
that the latest is not what runs here rings (``agree``), and a person makes the disks equal.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from adapter.config import Settings
from adapter.core import mapping
from adapter.core.obligations import Policy
from adapter.errors import MappingError
from adapter.model import Channel, MappingVersion, Problem, Rulebook
from adapter.ports import Clock, Source, Store
from adapter.steps import duty_mapping, outlook
from adapter.steps.delivering import Delivering
from adapter.steps.line import Line
from adapter.steps.poll import Polling
from adapter.steps.tend import Tending
from adapter.wiring.books import admitted, limits, new_owner, open_alarm, open_store, read_mapping, utc_now
from adapter.wiring.fittings import open_source, open_tokens, wsdl_problems, zalo_settings
from adapter.zalo.sender import Sender
from adapter.zalo.tokens import Keeper

log = logging.getLogger(__name__)


class House:
    """Everything joined, for one process. Doors are opened when first asked for; ``close`` shuts them all."""

    def __init__(self, settings: Settings, store: Store, clock: Clock = utc_now) -> None:
        self.settings, self.store, self.clock = settings, store, clock
        self.owner = new_owner()
        self.alarm = open_alarm(settings, store)
        self._opening = threading.RLock()  # doors open once, whichever thread asks first
        self._apart: MappingVersion | None = None  #: the latest kept, where it was not ours at the last look
        self._rulebook = self._first_rulebook()
        self._source: Source | None = None
        self._tokens: Keeper | None = None
        self._channels: Sender | None = None
        self._line = Line()

    @property
    def rulebook(self) -> Rulebook:
        """The mapping set that is live now."""
        return self._rulebook

    @property
    def source(self) -> Source:
        """The one-stop system of the live mapping."""
        with self._opening:
            if self._source is None:
                self._source = open_source(self.settings, self._rulebook.source, self.clock)
            return self._source

    @property
    def tokens(self) -> Keeper:
        """The keeper of the token pair."""
        with self._opening:
            self._tokens = self._tokens or open_tokens(self.settings, self.store, self.alarm, self.owner, self.clock)
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
        sending, rulebook = self.settings.sending, self._rulebook
        return Polling(
            source=self.source,
            store=self.store,
            rulebook=rulebook,
            policy=self.policy(),
            alarm=self.alarm,
            owner=self.owner,
            hold_above=sending.hold_above,
            first_message_age=sending.first_message_age,
            initial_window=sending.initial_window,
            stopping=stopping,
            live=lambda: self._rulebook is rulebook,
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
            policy=self.policy(),
            limits=limits(self.settings),
            reserved_slots=zalo.reserved_slots,
            lease_seconds=2 * zalo_settings(self.settings).total_timeout,
            unknown_wait=sending.unknown_wait,
            line=self._line,
        )

    def tending(self) -> Tending:
        """What the rounds of time work with."""
        return Tending(
            store=self.store,
            channels=self.channels,
            rulebook=self.rulebook,
            policy=self.policy(),
            alarm=self.alarm,
            owner=self.owner,
            limits=limits(self.settings)[Channel.PHONE],
            lapse_margin=self.settings.sending.lapse_margin,
        )

    def oldest_due(self) -> datetime | None:
        """Since when the oldest message has been due that could go now; None when none lies. Raises StoreError."""
        mode = self.settings.sending.mode
        return outlook.oldest_due(self.store, self.rulebook.calendar, limits(self.settings), mode)

    def reload(self) -> tuple[Problem, ...]:
        """Read the mapping set again: a good one goes live at once, a bad one never does and its problems are given.

        Where the province is read from here, a WSDL that does not fit is such a problem.
        """
        rulebook, problems = read_mapping(self.settings)
        if rulebook is not None and self._source is not None:
            problems = wsdl_problems(rulebook)
        if rulebook is None or problems:
            duty_mapping.broken(self.alarm, self.owner, len(problems))
            return problems
        self._keep(rulebook)
        with self._opening:
            moved = rulebook.source != self._rulebook.source
            self._rulebook = rulebook
            old, self._source = (self._source, None) if moved else (None, self._source)
        if old is not None:
            old.close()
        duty_mapping.mended(self.alarm, self.owner, rulebook.source.name)
        log.info("mapping.live", extra={"version": rulebook.version})
        return ()

    def agree(self) -> None:
        """Ring when another mapping than ours was taken over last, by another machine or a command; else all is well.

        A reload reaches every machine within seconds, so a difference counts when two looks in a row have seen it.
        """
        name, running = self.settings.mapping.folder.name, self._rulebook.version
        files = self.store.read(lambda tx: tx.mappings.latest(name))
        latest = mapping.version_of(files) if files else running
        if latest == running and self._apart:
            duty_mapping.agrees(self.alarm, self.owner)
        elif latest != running and latest == self._apart:
            duty_mapping.differs(self.alarm, self.owner, running, latest)
        self._apart = latest if latest != running else None

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
            duty_mapping.good(self.alarm, self.owner)  # who ran here before us may have rung
            return rulebook
        folder = self.settings.mapping.folder
        kept = self.store.read(lambda tx: tx.mappings.latest(folder.name))
        good = mapping.load(kept, str(folder))[0] if kept else None
        found, astray = admitted(good, self.settings) if good else (None, ())
        if found is None:
            raise MappingError((*problems, *astray))
        duty_mapping.broken(self.alarm, self.owner, len(problems))
        return found

    def _keep(self, rulebook: Rulebook) -> None:
        name = self.settings.mapping.folder.name
        self.store.write("mapping.keep", lambda tx: tx.mappings.keep(name, rulebook.version, rulebook.files))


def open_house(settings: Settings) -> House:
    """Join everything for one process. Raises StoreError, MappingError, ConfigError."""
    store = open_store(settings)
    try:
        return House(settings, store)
    except BaseException:
        store.close()
        raise
