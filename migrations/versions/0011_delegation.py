"""Issuers whose assertions are taken (RFC 7523), and grants that end with another one (RFC 8693)."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("grants", sa.Column("parent_id", sa.String(length=140)))
    op.add_column("grants", sa.Column("subject_jti", sa.String(length=40)))
    op.create_index("ix_grants_parent_id", "grants", ["parent_id"])
    op.create_index("ix_grants_subject_jti", "grants", ["subject_jti"])
    op.create_table(
        "trusted_issuers",
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("jwks", sa.Text()),
        sa.Column("jwks_uri", sa.String(length=500)),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("issuer", name=op.f("pk_trusted_issuers")),
    )
