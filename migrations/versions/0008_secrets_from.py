"""From where client secrets were last used."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("client_secrets", sa.Column("last_used_from", sa.String(length=64)))
