"""What the engine asks of the outside, as Protocols. A package for the 250-line law only; import from here."""

from adapter.ports.books import Alarms, Dossiers, Ledger, Mappings, Runs, Vault
from adapter.ports.doors import Alarm, Channels, Source, TokenKeeper
from adapter.ports.outbox import Allowances, Epochs, Leases, Outbox, Pauses, Recipients
from adapter.ports.store import Clock, Store, Tx

__all__ = [
    "Alarm",
    "Alarms",
    "Allowances",
    "Channels",
    "Clock",
    "Dossiers",
    "Epochs",
    "Leases",
    "Ledger",
    "Mappings",
    "Outbox",
    "Pauses",
    "Recipients",
    "Runs",
    "Source",
    "Store",
    "TokenKeeper",
    "Tx",
    "Vault",
]
