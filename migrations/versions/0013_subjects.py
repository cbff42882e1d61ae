"""What people tell of themselves beside their name: telephone, postal address, and more; the scopes that tell it on."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

SCOPES = (("address", "See your postal address"), ("phone", "See your telephone number"))
POSITION = 3  # where `email` stands


def upgrade() -> None:
    op.add_column("users", sa.Column("profile", sa.Text()))
    scopes = sa.table(
        "scopes", sa.column("name"), sa.column("description"), sa.column("reserved"), sa.column("position")
    )
    # An administrator may have added one of the same name: it keeps its text.
    there = set(op.get_bind().execute(sa.select(scopes.c.name)).scalars())
    rows = [
        {"name": name, "description": description, "reserved": False, "position": POSITION}
        for name, description in SCOPES
        if name not in there
    ]
    if rows:
        op.bulk_insert(scopes, rows)
