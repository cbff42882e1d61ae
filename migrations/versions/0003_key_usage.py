"""Use of API keys: who used one last and how often, by hour; notices before they end; keys exchanged for tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("last_used_from", sa.String(length=64)))
    op.add_column("api_keys", sa.Column("last_used_by", sa.String(length=100)))
    op.add_column("api_keys", sa.Column("notified_at", sa.BigInteger()))
    with op.batch_alter_table("audit_events") as batch:  # an actor may be a client, whose id is as long as it likes
        batch.alter_column("actor", existing_type=sa.String(length=40), type_=sa.String(length=100))
    op.add_column("grants", sa.Column("key_id", sa.String(length=40)))
    op.create_table(
        "key_usage",
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "hour", name=op.f("pk_key_usage")),
    )
    op.create_index("ix_key_usage_hour", "key_usage", ["hour"])
