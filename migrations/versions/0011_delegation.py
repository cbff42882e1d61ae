"""Issuers whose assertions are taken (RFC 7523), and who may act for whom (RFC 8693)."""

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Nothing yet."""
