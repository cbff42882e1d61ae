"""Traces of requests; verified applications, what a consent has seen, scopes taken back one by one; languages."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("clients", sa.Column("verified_at", sa.BigInteger()))
    op.add_column("client_secrets", sa.Column("last_used_at", sa.BigInteger()))
    op.add_column("consents", sa.Column("seen", sa.Text()))
    op.add_column("grants", sa.Column("withdrawn_scope", sa.Text()))
    op.add_column("authorization_requests", sa.Column("decided_ttl", sa.BigInteger()))
    op.add_column("users", sa.Column("locale", sa.String(length=20)))
    op.create_table(
        "traces",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("endpoint", sa.String(length=40), nullable=False),
        sa.Column("client_id", sa.String(length=100)),
        sa.Column("user_id", sa.String(length=40)),
        sa.Column("error", sa.String(length=60)),
        sa.Column("cause", sa.String(length=60)),
        sa.Column("checks", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traces")),
    )
    op.create_index("ix_traces_client_id_at", "traces", ["client_id", "at"])
    op.create_index("ix_traces_at", "traces", ["at"])
