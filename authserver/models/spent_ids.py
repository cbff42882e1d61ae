"""One-time ids that others have made up, the jti of assertions and proofs (decision 4): the table `spent_ids`."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Index, String, Table, delete

from authserver import opaque
from authserver.models.database import metadata
from authserver.models.rows import add_once
from authserver.models.unit_of_work import write

spent_ids = Table(
    "spent_ids",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
    Index("ix_spent_ids_expires_at", "expires_at"),
)


@dataclass(frozen=True, slots=True)
class SpentId:
    """An id that was used, remembered until nothing that bears it can be good."""

    digest: str
    expires_at: int


def spend(kind: str, *, maker: str, jti: str, expires_at: int) -> bool:
    """Use it up. True for exactly one caller, also when the request fails afterwards (CA6, DP1)."""
    return add_once(spent_ids, SpentId(opaque.digest(kind, f"{maker}\0{jti}"), expires_at))


def purge(before: int) -> int:
    """Forget ids that cannot be used again since this time."""
    return write().execute(delete(spent_ids).where(spent_ids.c.expires_at < before)).rowcount
