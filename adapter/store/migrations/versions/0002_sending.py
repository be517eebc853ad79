"""What is to be said: messages, deliveries, attempts, skips."""

import sqlalchemy as sa
from alembic import op

revision = "0002_sending"
down_revision = "0001_reading"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _messages()
    _deliveries()
    _deliveries_indexes()
    _attempts()
    _skips()


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("dossier_id", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("follows_up", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", "revision", name="pk_messages"),
    )
    op.create_index("ix_messages_created_at", "messages", ["created_at"], unique=False)
    op.create_index("ix_messages_dossier_id", "messages", ["dossier_id"], unique=False)


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("channel_index", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("unknown_until", sa.BigInteger(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("moves", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("lapses", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("asked", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(
            ["id", "revision"], ["messages.id", "messages.revision"], name="fk_deliveries_id_revision"
        ),
    )


def _deliveries_indexes() -> None:
    op.create_index(
        "ix_deliveries_claim",
        "deliveries",
        ["channel", "priority", "due_at", "id"],
        unique=False,
        **_where("state = 'pending'"),
    )
    op.create_index(
        "ix_deliveries_lane",
        "deliveries",
        ["lane", "position"],
        unique=False,
        **_where("state IN ('pending', 'sending', 'unknown')"),
    )
    op.create_index("ix_deliveries_run", "deliveries", ["run"], unique=False)
    op.create_index(
        "ix_deliveries_sent", "deliveries", ["channel", "asked", "sent_at"], unique=False, **_where("state = 'sent'")
    )
    op.create_index("ix_deliveries_state", "deliveries", ["state", "expires_at"], unique=False)
    op.create_index(
        "ix_deliveries_unknown", "deliveries", ["asked", "unknown_until"], unique=False, **_where("state = 'unknown'")
    )
    op.create_index(
        "ix_deliveries_unreleased",
        "deliveries",
        ["source"],
        unique=False,
        **_where("state = 'pending' AND due_at IS NULL"),
    )


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("message_id", "attempt", name="pk_attempts"),
    )


def _skips() -> None:
    op.create_table(
        "skips",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("dossier_id", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_skips"),
    )
    op.create_index("ix_skips_created_at", "skips", ["created_at"], unique=False)
    op.create_index("ix_skips_dossier_id", "skips", ["dossier_id"], unique=False)
    op.create_index("ix_skips_run", "skips", ["run"], unique=False)


def _where(condition: str) -> dict[str, object]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
