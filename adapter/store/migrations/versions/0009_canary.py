"""A canary: one word sealed with the keys of this database, and its blind index (``store.canary``)."""

import sqlalchemy as sa
from alembic import op

revision = "0009_canary"
down_revision = "0008_filed_together"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "canaries",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("word", sa.LargeBinary(), nullable=False),
        sa.Column("word_index", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_canaries"),
    )
