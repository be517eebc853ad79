"""Who was told of an alarm, and who is still to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0011_tellings"
down_revision = "0010_epoch_kind"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tellings",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "outlet", name="pk_tellings"),
    )
    # Until now every outlet there was counted as told; so each of them hears the end of what stands today.
    for outlet in ("log", "command", "mail"):
        op.execute(
            "INSERT INTO tellings (key, outlet, state, sentence, told, tries, due_at) "  # noqa: S608 - three words of ours
            f"SELECT key, '{outlet}', 'raised', sentence, true, 0, since FROM alarms"
        )
