"""The engine room: leases, allowances, pauses, tokens, alarms and who was told, requests, epochs, the keys' canary."""

from sqlalchemy import Boolean, Column, Integer, Table, Text

from adapter.store.schema.columns import Sealed, metadata, moment, number, word

leases = Table("leases", metadata, word("name", key=True), word("owner"), number("fence"), moment("expires_at"))

allowances = Table(
    "allowances", metadata, word("bucket", key=True), word("period", key=True), number("used"), moment("ends_at")
)

pauses = Table(
    "pauses",
    metadata,
    word("scope", key=True),
    word("name", key=True),
    word("reason"),
    word("by"),
    moment("since"),
    moment("probe_at", null=True),
)

tokens = Table(
    "tokens",
    metadata,
    word("app", key=True),
    Column("access", Sealed, nullable=False),
    Column("refresh", Sealed, nullable=False),
    moment("issued_at"),
    moment("expires_at"),
    number("generation"),
    word("state"),
    moment("refreshing_since", null=True),
)

alarms = Table("alarms", metadata, word("key", key=True), word("sentence"), moment("since"))

tellings = Table(
    "tellings",
    metadata,
    word("key", key=True),
    word("outlet", key=True),
    word("state"),
    word("sentence"),
    Column("told", Boolean, nullable=False),
    number("tries"),
    moment("due_at"),
)

requests = Table("requests", metadata, word("name", key=True), number("count"))

epochs = Table(
    "epochs",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    moment("began_at"),
    Column("kind", Text, nullable=False, server_default="restored"),
)

canaries = Table(
    "canaries", metadata, word("name", key=True), Column("word", Sealed, nullable=False), word("word_index")
)
