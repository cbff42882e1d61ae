"""Dynamic client registration (RFC 7591, RFC 7592) and Client ID Metadata Documents."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

#: Where ids of clients stand: some are URLs now. SQLite does not look at lengths, and so keeps its tables as they are.
WIDER = (
    ("access_tokens", "client_id"),
    ("audit_events", "actor"),
    ("audit_events", "client_id"),
    ("authorization_codes", "client_id"),
    ("authorization_requests", "client_id"),
    ("client_secrets", "client_id"),
    ("clients", "client_id"),
    ("consents", "client_id"),
    ("device_codes", "client_id"),
    ("grants", "client_id"),
    ("traces", "client_id"),
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        for table, column in WIDER:
            op.alter_column(table, column, type_=sa.String(length=500))
    op.create_table(
        "registration_tokens",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("hint", sa.String(length=8), nullable=False),
        sa.Column("owner_id", sa.String(length=40)),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("uses", sa.Integer()),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_registration_tokens_digest")),
    )
    op.create_table(
        "registrations",
        sa.Column("client_id", sa.String(length=500), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("token_id", sa.String(length=40)),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger()),
        _of_client("registrations"),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_registrations_token_digest")),
    )
    op.create_index("ix_registrations_created_at", "registrations", ["created_at"])
    op.create_table(
        "client_documents",
        sa.Column("client_id", sa.String(length=500), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.Column("fresh_until", sa.BigInteger(), nullable=False),
        _of_client("client_documents"),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_client_documents")),
    )


def _of_client(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["client_id"],
        ["clients.client_id"],
        name=op.f(f"fk_{table}_client_id_clients"),
        ondelete="CASCADE",
        onupdate="CASCADE",
    )
