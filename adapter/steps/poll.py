"""Read a source's window, page by page, and at its end let the messages go, or hold them.

A run:
1. takes the lease of its source, so that only one machine reads it;
2. reads whatever no closed interval covers, each time with an overlap before it, up to now; a window longer than the
   source allows is read in pieces;
3. writes each page as it comes (``steps.page``): dossiers, changes, unreleased messages, skips, ledger entries;
4. in one last write the breaker decides, the interval closes, and the messages are released or HELD.

A reading that breaks off keeps its records, releases nothing and closes nothing; the next one reads the window again
and releases what both found. Waits for the network only between writes.
"""

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adapter.core import changes, spans, windows
from adapter.core.obligations import Policy
from adapter.errors import LeaseLostError, SourceError
from adapter.model import Interval, Lease, Priority, Record, Rulebook, Run, RunKind, RunState
from adapter.ports import Alarm, Source, Store, Tx
from adapter.steps import accounts, duty, epoch, page
from adapter.steps.batches import batches
from adapter.steps.differing import Reading, moved, parse, stands

log = logging.getLogger(__name__)

LEASE_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """What a poll works with."""

    source: Source
    store: Store
    rulebook: Rulebook
    policy: Policy
    alarm: Alarm
    owner: str
    hold_above: int
    first_message_age: timedelta
    initial_window: timedelta
    stopping: Callable[[], bool]  #: asked between pages: a run that must stop is cut, and the next one goes on
    live: Callable[[], bool]  #: whether its mapping is still the one in use


def poll(polling: Polling, partition: str = "") -> list[Run]:
    """Read everything that is new at one partition of the source. Empty when another machine is at it."""
    return list(_pieces(polling, partition, RunKind.POLL, None))


def sweep(polling: Polling, reach: timedelta, partition: str = "") -> list[Run]:
    """The slow second reader: read a long window again and name what the fast one missed.

    A dossier found changed is confirmed by a single look-up before anybody calls it a gap, because it may have moved
    a moment ago. What it finds is written and told like any other change.
    """
    return list(_pieces(polling, partition, RunKind.SWEEP, reach))


def _pieces(polling: Polling, partition: str, kind: RunKind, reach: timedelta | None) -> Iterator[Run]:
    # One lease for all partitions, because the end of a run releases whatever waits from its source: were two read at
    # once, the one that ends first would let out what the other has not judged yet. The kind stands in the owner's
    # name, because a poll and a sweep of one process may not share the lease either.
    name, owner = f"poll:{polling.rulebook.source.name}", f"{polling.owner}-{kind}"
    lease = polling.store.write("poll.lease", lambda tx: tx.leases.take(name, owner, LEASE_SECONDS))
    if lease is None:
        return
    gaps = rejects = 0
    try:
        for window in _windows(polling, partition, reach):
            reader = _Reader(polling, partition, lease, kind)
            run = reader.run(window)
            gaps += reader.gaps
            rejects += reader.count.rejected
            yield run
            if run.state is RunState.CUT or (kind is RunKind.POLL and not polling.live()):
                break  # the next poll reads the rest, and with the mapping that is live then
        else:
            if kind is RunKind.SWEEP:
                duty.swept(polling.alarm, polling.rulebook.source.name, gaps=gaps, rejects=rejects)
    except LeaseLostError:
        log.warning("poll.lease_lost", extra={"source": polling.rulebook.source.name})
    else:
        polling.store.write("poll.drop", lambda tx: tx.leases.drop(lease))


def _windows(polling: Polling, partition: str, reach: timedelta | None) -> list[Interval]:
    """What to read now, in pieces the source accepts."""
    spec = polling.rulebook.source
    covered, now = polling.store.read(lambda tx: (tx.runs.covered(spec.name, partition), tx.now))
    open_ = spans.unread(covered, now, overlap=spec.overlap, first=polling.initial_window)
    wanted = open_ if reach is None else [Interval(start=now - reach, end=now)]
    return [piece for span in wanted for piece in spans.pieces(span, spec.max_window)]


class _Reader:
    """One run over one window."""

    def __init__(self, polling: Polling, partition: str, lease: Lease, kind: RunKind) -> None:
        self.polling, self.partition, self.lease, self.kind = polling, partition, lease, kind
        self.count = page.PageCount()
        self.gaps = 0
        self._renewed = time.monotonic()  #: when the lease was, about
        self.closed = polling.store.read(lambda tx: tx.runs.covered(polling.rulebook.source.name, partition))

    def run(self, window: Interval) -> Run:
        """Read, write, close. Never raises for a fault of the source: the run says how it ended."""
        spec, store = self.polling.rulebook.source, self.polling.store
        run = store.write("poll.begin", lambda tx: self._begin(tx, window))
        try:
            for records in batches(self.polling.source.changes(window, self.partition)):
                self._page(run, records)
                if self.polling.stopping():
                    return self._cut(run, "stopping")
        except SourceError as error:
            ended = self._cut(run, str(error))
            log.warning("poll.cut", extra={"source": spec.name, "run": run.id, "fault": error.fault})
            if self.polling.live():  # else a reload may have shut the door, and the next reading tells
                duty.source_unread(self.polling.alarm, spec.name, error.fault)
            return ended
        ended = store.write("poll.end", lambda tx: self._close(tx, run))
        self._report(ended)
        return ended

    def _cut(self, run: Run, fault: str) -> Run:
        ended = replace(run, state=RunState.CUT, fault=fault)

        def write(tx: Tx) -> Run:
            tx.leases.check(self.lease)  # whoever has it now has cut this run already, and reads on
            return self._finish(tx, ended)

        cut = self.polling.store.write("poll.cut", write)
        if self.count.held:
            why = self.polling.store.read(epoch.reason)
            duty.run_held(self.polling.alarm, replace(cut, messages=self.count.held, fault=why))
        return cut

    def _begin(self, tx: Tx, window: Interval) -> Run:
        tx.leases.check(self.lease)
        run = Run(
            id=f"{tx.now:%y%m%d-%H%M%S}-{secrets.token_hex(3)}",
            source=self.polling.rulebook.source.name,
            kind=self.kind,
            window=window,
            state=RunState.OPEN,
            started_at=tx.now,
        )
        tx.runs.begin(run, self.partition)
        return run

    def _page(self, run: Run, records: Sequence[Record]) -> None:
        polling = self.polling
        news = polling.store.read(lambda tx: moved(tx, records, polling.rulebook))
        if not news and time.monotonic() - self._renewed < LEASE_SECONDS / 4:
            self.count = page.add(self.count, page.PageCount(records=len(records)))
            return  # nothing to write, so no commit either: most pages of most polls
        read, rejected = parse(news, polling.rulebook)
        reading = Reading(
            rulebook=polling.rulebook,
            policy=polling.policy,
            first_message_age=polling.first_message_age,
            run=run.id,
        )

        def write(tx: Tx) -> page.PageCount:
            tx.leases.check(self.lease)  # before it is renewed: whoever held it in between has read what we have read
            tx.leases.take(self.lease.name, self.lease.owner, LEASE_SECONDS)
            got = page.write(tx, read, rejected, reading)
            return replace(got, held=epoch.hold_back(tx, run, self.partition))

        got = polling.store.write("poll.page", write)
        self._renewed = time.monotonic()
        self.count = page.add(self.count, replace(got, records=got.records + len(records) - len(news)))
        if self.kind is RunKind.SWEEP:
            self.gaps += sum(self._missed(code, as_of) for code, as_of in got.found)

    def _missed(self, code: str, as_of: datetime) -> bool:
        """Whether the fast reader missed this change: its time was closed already, and a look-up confirms it."""
        if not spans.holds(self.closed, as_of):
            return False
        try:
            record = self.polling.source.lookup(code)
        except SourceError:
            return True  # cannot be told; a gap named too many harms less than one hidden
        if record is None:
            return False
        return self.polling.store.read(lambda tx: stands(tx, record, self.polling.rulebook))

    def _close(self, tx: Tx, run: Run) -> Run:
        tx.leases.check(self.lease)
        polling, spec = self.polling, self.polling.rulebook.source
        waiting = tx.outbox.unreleased(spec.name) + self.count.held
        reason = epoch.reason(tx) if self.count.held else self._surprising(tx, run, waiting)
        if reason:
            held = tx.outbox.hold_unreleased(spec.name, run.id, reason)
            tx.ledger.write([accounts.held_act(delivery, reason) for delivery in held])
        elif waiting:
            tx.outbox.release(spec.name, _due(tx.now, polling.rulebook))
        settled = min(run.window.end, tx.now - spec.settle_lag)
        if settled > run.window.start:
            tx.runs.cover(spec.name, self.partition, Interval(start=run.window.start, end=settled))
        state = RunState.HELD if reason else RunState.DONE
        return self._finish(tx, replace(run, state=state, fault=reason, messages=waiting))

    def _surprising(self, tx: Tx, run: Run, waiting: int) -> str:
        """Judged with what earlier runs left that broke off: it is released with ours, and nobody else judges it."""
        polling = self.polling
        left = tx.outbox.left_over(run.source, run.id) if waiting else []
        back = sum(count for before, after, count in left if changes.ran_back(before, after, polling.rulebook))
        batch = changes.Batch(
            messages=waiting,
            changes=self.count.changes + sum(count for _, _, count in left),
            backwards=self.count.backwards + back,
        )
        return changes.surprising(batch, polling.hold_above)

    def _finish(self, tx: Tx, run: Run) -> Run:
        ended = replace(run, finished_at=tx.now, records=self.count.records, changes=self.count.changes)
        tx.runs.finish(ended)
        if ended.changes or ended.fault:  # a quiet poll every three minutes is no act worth keeping for ever
            tx.ledger.write([accounts.run_act(ended)])
        return ended

    def _report(self, run: Run) -> None:
        """Tell the people on duty what they must know of a run that ended."""
        alarm, name = self.polling.alarm, run.source
        duty.source_read(alarm, name)
        if run.state is RunState.HELD:
            duty.run_held(alarm, run)
        if self.count.rejected and self.polling.live():  # else the next reading or the sweep will tell
            duty.records_rejected(alarm, name, self.count.rejected)
        if self.gaps:
            duty.gaps_found(alarm, name, self.gaps)
        facts = {"records": run.records, "changes": run.changes, "messages": run.messages, "state": run.state}
        version = self.polling.rulebook.version
        log.info("poll.done", extra={"source": name, "run": run.id, "kind": run.kind, "version": version, **facts})


def _due(now: datetime, rulebook: Rulebook) -> dict[Priority, datetime]:
    return {priority: windows.due(now, priority, rulebook.calendar) for priority in Priority}
