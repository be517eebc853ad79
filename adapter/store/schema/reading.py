"""What was read: dossiers, their changes, the runs that read them, the mappings that read them right."""

from sqlalchemy import Boolean, Column, Index, Table

from adapter.store.schema.columns import BigKey, Sealed, metadata, moment, number, word

dossiers = Table(
    "dossiers",
    metadata,
    word("id", key=True),
    word("source"),
    Column("code", Sealed, nullable=False),
    word("code_index"),
    Column("inputs", Sealed, nullable=False),
    word("digest"),
    moment("as_of"),
    number("version"),
    word("office"),
    word("procedure"),
    word("status"),
    word("phone_index"),
    moment("seen_at"),
    Index("ix_dossiers_code_index", "code_index"),
    Index("ix_dossiers_digest", "digest"),
    Index("ix_dossiers_phone_index", "phone_index"),
)

changes = Table(
    "changes",
    metadata,
    word("key", key=True),
    word("dossier_id"),
    number("version"),
    word("events"),
    word("from_status", null=True),
    word("to_status"),
    word("office"),
    word("procedure"),
    moment("happened_at"),
    moment("seen_at"),
    word("run"),
    word("mapping"),
)

runs = Table(
    "runs",
    metadata,
    word("id", key=True),
    word("source"),
    word("partition"),
    word("kind"),
    moment("window_start"),
    moment("window_end"),
    word("state"),
    moment("started_at"),
    moment("finished_at", null=True),
    number("records", default=0),
    number("changes", default=0),
    number("messages", default=0),
    word("fault"),
    Index("ix_runs_source_started_at", "source", "started_at"),
)

coverage = Table(
    "coverage",
    metadata,
    Column("id", BigKey, primary_key=True),
    word("source"),
    word("partition"),
    moment("start"),
    moment("end"),
    Index("ix_coverage_source_partition", "source", "partition"),
)

rejects = Table(
    "rejects",
    metadata,
    word("digest", key=True),
    word("source"),
    word("run"),
    Column("inputs", Sealed, nullable=False),
    word("reason"),
    moment("seen_at"),
)

mappings = Table(
    "mappings",
    metadata,
    word("version", key=True),
    word("name"),
    word("files"),
    moment("kept_at"),
    Column("latest", Boolean, nullable=False),
)
