"""Tiers; and on PostgreSQL the counters, which are no state and live in a file of their own on SQLite."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TIERS = (("anonymous", 100), ("standard", 1000), ("premium", 5000))
HOUR = 3600


def upgrade() -> None:
    """Add the table with the tiers that ship."""
    tiers = op.create_table(
        "tiers",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tiers")),
    )
    op.bulk_insert(tiers, [{"name": name, "limit": limit, "window": HOUR} for name, limit in TIERS])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE UNLOGGED TABLE counters"
            " (key TEXT PRIMARY KEY, used BIGINT NOT NULL, resets_at BIGINT NOT NULL)"
        )
