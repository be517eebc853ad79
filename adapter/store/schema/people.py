"""Who is told: recipients, links with proof, refusals."""

from sqlalchemy import Boolean, Column, ForeignKeyConstraint, Index, Table, UniqueConstraint

from adapter.store.schema.columns import Sealed, metadata, moment, word

recipients = Table(
    "recipients",
    metadata,
    word("id", key=True),
    Column("uid", Sealed, nullable=False),
    word("uid_index"),
    Column("follows", Boolean, nullable=True),
    moment("created_at"),
    UniqueConstraint("uid_index"),
)

links = Table(
    "links",
    metadata,
    word("id", key=True),
    word("recipient_id"),
    word("kind"),
    Column("value", Sealed, nullable=False),
    word("value_index"),
    word("proof"),
    moment("proved_at"),
    moment("revoked_at", null=True),
    ForeignKeyConstraint(["recipient_id"], ["recipients.id"]),
    Index("ix_links_value_index", "value_index"),
)

refusals = Table(
    "refusals",
    metadata,
    word("address_index", key=True),
    word("channel", key=True),
    word("code"),
    moment("until"),
)
