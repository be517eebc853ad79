"""Epochs: each time the database was put back from a backup."""

import sqlalchemy as sa
from alembic import op

revision = "0006_epochs"
down_revision = "0005_ledger"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "epochs",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_epochs"),
    )
