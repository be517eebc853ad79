"""The series Prometheus scrapes, made from one look at the store. Labels come from closed sets only."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from adapter.model import PROGRAM, DeliveryState, PauseScope, Snapshot, TokenState
from adapter.ports import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What the engine of this process tells of itself, asked at each look."""

    silent: Callable[[], list[str]]  #: threads that stopped turning
    failing: Callable[[], list[str]]  #: jobs that fail again and again
    oldest_due: Callable[[], datetime | None]  #: since when the oldest message has been due that could go now


class StoreCollector(Collector):
    """Asks the store at each scrape. Ages are seconds; a series whose age is unknown is left out.

    With several daemons on one database each tells the same of it; what is of this process alone is said to be.
    """

    def __init__(self, store: Store, signs: Signs) -> None:
        self._store, self._signs = store, signs

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every series. Raises StoreError when the store is away, which makes the scrape fail visibly."""
        snapshot = self._store.read(lambda tx: tx.snapshot())
        yield _deliveries(snapshot)
        yield from _sources(snapshot)
        for name, text, value in (
            (
                "motcua_outbox_oldest_due_seconds",
                "Age of the oldest message that could go now",
                self._signs.oldest_due(),
            ),
            ("motcua_ledger_oldest_unsealed_seconds", "Age of the oldest unsealed entry", snapshot.oldest_unsealed),
        ):
            yield GaugeMetricFamily(name, text, value=_age(snapshot, value))
        yield GaugeMetricFamily("motcua_skipped", "Obligations without a message", value=snapshot.skipped)
        yield GaugeMetricFamily("motcua_alarms", "Alarms that stand", value=len(snapshot.alarms))
        yield _by(
            "motcua_alarms_by_kind", "Alarms that stand, by the first word of their key", "kind", _kinds(snapshot)
        )
        yield GaugeMetricFamily("motcua_pauses", "Scopes that stand still", value=len(snapshot.pauses))
        yield _pauses(snapshot)
        yield _by("motcua_token", "1 for the state of Zalo's token pair", "state", _token_states(snapshot))
        if snapshot.token is not None:
            left = (snapshot.token.expires_at - snapshot.at).total_seconds()
            yield GaugeMetricFamily("motcua_token_expires_in_seconds", "Life left of the access token", value=left)
        skew = self._store.clock_skew()
        yield GaugeMetricFamily("motcua_clock_skew_seconds", "This host's clock ahead of the database's", value=skew)
        silent, failing = len(self._signs.silent()), len(self._signs.failing())
        yield GaugeMetricFamily("motcua_silent_threads", "Threads of this process that stopped turning", value=silent)
        yield GaugeMetricFamily("motcua_failing_jobs", "Jobs of this process that fail again and again", value=failing)


def _deliveries(snapshot: Snapshot) -> GaugeMetricFamily:
    counts = [(state, snapshot.deliveries.get(state, 0)) for state in DeliveryState]
    return _by("motcua_deliveries", "Messages by state", "state", counts)


def _sources(snapshot: Snapshot) -> Iterator[GaugeMetricFamily]:
    """A source that was never read to its end has no age, but it fails."""
    ages = [(s.source, _age(snapshot, s.last_done_at)) for s in snapshot.sources if s.last_done_at is not None]
    failing = [(source.source, float(bool(source.last_fault))) for source in snapshot.sources]
    yield _by("motcua_poll_age_seconds", "Time since a source was last read to its end", "source", ages)
    yield _by("motcua_poll_failing", "1 when the last reading of a source did not reach its end", "source", failing)


def _kinds(snapshot: Snapshot) -> Iterable[tuple[str, float]]:
    """The part of a key before its colon; what follows names a source, a run or a day and is no label."""
    return sorted(Counter(alarm.key.partition(":")[0] for alarm in snapshot.alarms).items())


def _pauses(snapshot: Snapshot) -> GaugeMetricFamily:
    """By scope, and by whom: the program itself, whose pause nobody has decided on, or a person."""
    counts = Counter((pause.scope, pause.by == PROGRAM) for pause in snapshot.pauses)
    family = GaugeMetricFamily("motcua_pauses_by_scope", "Scopes that stand still", labels=["scope", "by"])
    for scope, ours in product(PauseScope, (True, False)):
        family.add_metric([scope, PROGRAM if ours else "person"], counts[scope, ours])
    return family


def _token_states(snapshot: Snapshot) -> Iterable[tuple[str, float]]:
    """All 0 when there is no pair."""
    stands = None if snapshot.token is None else snapshot.token.state
    return [(state, float(state is stands)) for state in TokenState]


def _by(name: str, text: str, label: str, values: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, count in values:
        family.add_metric([value], count)
    return family


def _age(snapshot: Snapshot, moment: datetime | None) -> float:
    return max((snapshot.at - moment).total_seconds(), 0.0) if moment else 0.0
