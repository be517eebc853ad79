"""The tables. Personal columns are ``Sealed``; they are looked up by a blind index (``*_index``, 32 hex digits)."""

from adapter.store.schema.columns import metadata
from adapter.store.schema.engine import (
    alarms,
    allowances,
    canaries,
    epochs,
    leases,
    pauses,
    requests,
    tellings,
    tokens,
)
from adapter.store.schema.ledger import disclosures, entries, seals, unsealed
from adapter.store.schema.people import links, recipients, refusals
from adapter.store.schema.reading import changes, coverage, dossiers, mappings, rejects, runs
from adapter.store.schema.sending import attempts, deliveries, messages, skips

__all__ = [
    "alarms",
    "allowances",
    "attempts",
    "canaries",
    "changes",
    "coverage",
    "deliveries",
    "disclosures",
    "dossiers",
    "entries",
    "epochs",
    "leases",
    "links",
    "mappings",
    "messages",
    "metadata",
    "pauses",
    "recipients",
    "refusals",
    "rejects",
    "requests",
    "runs",
    "seals",
    "skips",
    "tellings",
    "tokens",
    "unsealed",
]
