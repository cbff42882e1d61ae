"""How many requests of a key were refused for its limit alone."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("key_usage", sa.Column("limited", sa.Integer(), nullable=False, server_default="0"))
