"""Why an epoch began: the database was put back from a backup, as all until now, or began empty."""

import sqlalchemy as sa
from alembic import op

revision = "0010_epoch_kind"
down_revision = "0009_canary"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("epochs", sa.Column("kind", sa.Text(), nullable=False, server_default="restored"))
