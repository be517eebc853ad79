"""Dossiers are found by the digest of what was read of them: whether anything is new is asked before anything else."""

from alembic import op

revision = "0007_digest_index"
down_revision = "0006_epochs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_dossiers_digest", "dossiers", ["digest"])
