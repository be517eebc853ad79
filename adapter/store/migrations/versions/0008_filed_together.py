"""Fewer pages for each message: what is filed together is claimed together.

Every index with keys by chance costs a page of the database for nearly every row of a large reading. One that nothing
asked goes; what no run has released yet is not in the senders' index; and that index ends with the order of filing,
which is the order of the table, where it ended with ids by chance.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008_filed_together"
down_revision = "0007_digest_index"
branch_labels = None
depends_on = None

CLAIM = "ix_deliveries_claim"
DUE = sa.text("state = 'pending' AND due_at IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_changes_dossier_id", "changes")
    op.drop_index(CLAIM, "deliveries")
    op.add_column("deliveries", sa.Column("filed", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index(
        CLAIM, "deliveries", ["channel", "priority", "due_at", "filed"], postgresql_where=DUE, sqlite_where=DUE
    )
