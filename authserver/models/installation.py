"""What the installation as a whole remembers: the one row of `installation`."""

from sqlalchemy import BigInteger, Column, Integer, Table, select, update

from authserver.models import revocations
from authserver.models.database import metadata
from authserver.models.unit_of_work import read, write

installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1; the migration inserts it
    Column("not_before", BigInteger, nullable=False),  # every credential issued earlier is dead (IN11, FT14)
    Column("created_at", BigInteger, nullable=False),
)


def not_before() -> int:
    """Epoch seconds before which no token is good."""
    moment: int = read().execute(select(installation.c.not_before)).scalar_one()
    return moment


def bump(not_before: int) -> None:
    """End every token issued before this time; a later time that is set already stays."""
    statement = update(installation).where(installation.c.not_before < not_before)
    write().execute(statement.values(not_before=not_before))
    revocations.note(revocations.EVERYTHING, "not_before")
