"""Logout tokens that applications are still to be told (OpenID Connect Back-Channel Logout 1.0)."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "logouts",
        sa.Column("sid", sa.String(length=40), nullable=False),
        sa.Column("client_id", sa.String(length=500), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sid", "client_id", name=op.f("pk_logouts")),
    )
    op.create_index("ix_logouts_due_at", "logouts", ["due_at"])
