"""One-time ids that others have made up: the jti of client assertions and of DPoP proofs (decision 4)."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "spent_ids",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_ids")),
    )
    op.create_index("ix_spent_ids_expires_at", "spent_ids", ["expires_at"])
