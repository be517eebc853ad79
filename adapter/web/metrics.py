"""The series Prometheus scrapes, made from one look at the store. Labels come from closed sets only."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from adapter.model import DeliveryState, Snapshot
from adapter.ports import Store


class StoreCollector(Collector):
    """Asks the store at each scrape. Ages are seconds; a series whose age is unknown is left out."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every series. Raises StoreError when the store is away, which makes the scrape fail visibly."""
        snapshot = self._store.read(lambda tx: tx.snapshot())
        yield _deliveries(snapshot)
        yield _sources(snapshot)
        for name, text, value in (
            ("motcua_outbox_oldest_due_seconds", "Age of the oldest message that could go now", snapshot.oldest_due),
            ("motcua_ledger_oldest_unsealed_seconds", "Age of the oldest unsealed entry", snapshot.oldest_unsealed),
        ):
            yield GaugeMetricFamily(name, text, value=_age(snapshot, value))
        yield GaugeMetricFamily("motcua_skipped", "Obligations without a message", value=snapshot.skipped)
        yield GaugeMetricFamily("motcua_alarms", "Alarms that stand", value=len(snapshot.alarms))
        yield GaugeMetricFamily("motcua_pauses", "Scopes that stand still", value=len(snapshot.pauses))
        if snapshot.token is not None:
            left = (snapshot.token.expires_at - snapshot.at).total_seconds()
            yield GaugeMetricFamily("motcua_token_expires_in_seconds", "Life left of the access token", value=left)


def _deliveries(snapshot: Snapshot) -> GaugeMetricFamily:
    family = GaugeMetricFamily("motcua_deliveries", "Messages by state", labels=["state"])
    for state in DeliveryState:
        family.add_metric([state], snapshot.deliveries.get(state, 0))
    return family


def _sources(snapshot: Snapshot) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "motcua_poll_age_seconds", "Time since a source was last read to its end", labels=["source"]
    )
    for source in snapshot.sources:
        if source.last_done_at is not None:
            family.add_metric([source.source], _age(snapshot, source.last_done_at))
    return family


def _age(snapshot: Snapshot, moment: datetime | None) -> float:
    return max((snapshot.at - moment).total_seconds(), 0.0) if moment else 0.0
