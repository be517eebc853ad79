"""An index that nothing asked goes, and what no run has released yet is not in the senders' index.

Every index with keys by chance costs a page of the database for nearly every row of a large reading.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008_fewer_indexes"
down_revision = "0007_digest_index"
branch_labels = None
depends_on = None

CLAIM = "ix_deliveries_claim"
DUE = sa.text("state = 'pending' AND due_at IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_changes_dossier_id", "changes")
    op.drop_index(CLAIM, "deliveries")
    op.create_index(
        CLAIM, "deliveries", ["channel", "priority", "due_at", "id"], postgresql_where=DUE, sqlite_where=DUE
    )
