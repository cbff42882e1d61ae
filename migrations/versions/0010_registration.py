"""Dynamic client registration (RFC 7591, RFC 7592) and Client ID Metadata Documents."""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Nothing yet."""
