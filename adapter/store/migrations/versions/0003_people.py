"""Who is told: recipients, links, refusals."""

import sqlalchemy as sa
from alembic import op

revision = "0003_people"
down_revision = "0002_sending"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _recipients()
    _links()
    _refusals()


def _recipients() -> None:
    op.create_table(
        "recipients",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("uid", sa.LargeBinary(), nullable=False),
        sa.Column("uid_index", sa.Text(), nullable=False),
        sa.Column("follows", sa.Boolean(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recipients"),
        sa.UniqueConstraint("uid_index", name="uq_recipients_uid_index"),
    )


def _links() -> None:
    op.create_table(
        "links",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("value_index", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("proved_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.ForeignKeyConstraint(["recipient_id"], ["recipients.id"], name="fk_links_recipient_id"),
    )
    op.create_index("ix_links_value_index", "links", ["value_index"], unique=False)


def _refusals() -> None:
    op.create_table(
        "refusals",
        sa.Column("address_index", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address_index", "channel", name="pk_refusals"),
    )
