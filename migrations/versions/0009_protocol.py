"""What tokens are bound to (RFC 9449, RFC 8705) and what is said of them beyond scope (RFC 8693, RFC 9396)."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("grants", sa.Column("cnf", sa.String(length=140)))
    op.add_column("grants", sa.Column("details", sa.Text()))
    op.add_column("access_tokens", sa.Column("claims", sa.Text()))
    op.add_column("authorization_codes", sa.Column("dpop_jkt", sa.String(length=43)))
