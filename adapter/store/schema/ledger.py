"""The ledger: append-only, guarded by triggers (migrations); only ``disclosures`` and ``unsealed`` lose rows."""

from sqlalchemy import Column, Index, LargeBinary, Table, UniqueConstraint

from adapter.store.schema.columns import BigKey, Sealed, metadata, moment, word

entries = Table(
    "entries",
    metadata,
    word("id", key=True),
    moment("at"),
    word("kind"),
    Column("body", LargeBinary, nullable=False),
    Index("ix_entries_kind", "kind", "id"),
)

disclosures = Table("disclosures", metadata, word("entry_id", key=True), Column("fields", Sealed, nullable=False))

unsealed = Table("unsealed", metadata, word("entry_id", key=True))

seals = Table(
    "seals",
    metadata,
    Column("seq", BigKey, primary_key=True, autoincrement=False),
    word("entry_id"),
    Column("leaf", LargeBinary, nullable=False),
    UniqueConstraint("entry_id"),
)
