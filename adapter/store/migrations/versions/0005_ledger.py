"""The ledger, append-only by triggers."""

from itertools import product

import sqlalchemy as sa
from alembic import op

revision = "0005_ledger"
down_revision = "0004_engine_room"
branch_labels = None
depends_on = None

APPEND_ONLY = ("entries", "seals")

SQLITE_TRIGGER = """
CREATE TRIGGER {table}_no_{act} BEFORE {act} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""

POSTGRES_FUNCTION = """
CREATE FUNCTION refuse_to_alter() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""

POSTGRES_ROWS = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION refuse_to_alter()
"""

POSTGRES_TRUNCATE = """
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_alter()
"""


def upgrade() -> None:
    _entries()
    _disclosures()
    _unsealed()
    _seals()
    _triggers()


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
    )
    op.create_index("ix_entries_kind", "entries", ["kind", "id"], unique=False)


def _disclosures() -> None:
    op.create_table(
        "disclosures",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("fields", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name="pk_disclosures"),
    )


def _unsealed() -> None:
    op.create_table(
        "unsealed",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name="pk_unsealed"),
    )


def _seals() -> None:
    op.create_table(
        "seals",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_seals"),
        sa.UniqueConstraint("entry_id", name="uq_seals_entry_id"),
    )


def _triggers() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, act in product(APPEND_ONLY, ("update", "delete")):
            op.execute(SQLITE_TRIGGER.format(table=table, act=act))
        return
    op.execute(POSTGRES_FUNCTION)
    for table in APPEND_ONLY:
        op.execute(POSTGRES_ROWS.format(table=table))
        op.execute(POSTGRES_TRUNCATE.format(table=table))
