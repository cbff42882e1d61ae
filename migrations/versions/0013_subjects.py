"""Addresses and telephone numbers of people; subjects by sector."""

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Nothing yet."""
