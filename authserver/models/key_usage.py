"""How often API keys are used, by hour: the table `key_usage`. No state (decision 6): written in batches by `usage`."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from authserver.models.database import metadata
from authserver.models.rows import as_many
from authserver.models.unit_of_work import read, write

HOUR = 3600

key_usage = Table(
    "key_usage",
    metadata,
    Column("key_id", String(40), primary_key=True),
    Column("hour", BigInteger, primary_key=True),  # its first second
    Column("requests", Integer, nullable=False),
    Column("refused", Integer, nullable=False),  # of these, by a limit or for what the key may not
    Column("limited", Integer, nullable=False, server_default="0"),  # of these, by a limit
    Index("ix_key_usage_hour", "hour"),
)


@dataclass(frozen=True, slots=True)
class KeyUsage:
    """What one key did in one hour."""

    key_id: str
    hour: int
    requests: int
    refused: int
    limited: int = 0


def add(rows: Iterable[KeyUsage]) -> None:
    """Add to what is counted already, all by one statement: a busy server flushes thousands of keys a second."""
    values = [asdict(row) for row in rows]
    if not values:
        return
    connection, c = write(), key_usage.c
    statement = (sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert)(key_usage)
    new = statement.excluded
    sums = {name: c[name] + new[name] for name in ("requests", "refused", "limited")}
    connection.execute(statement.on_conflict_do_update(index_elements=["key_id", "hour"], set_=sums), values)


def of(key_ids: Iterable[str], *, since: int) -> list[KeyUsage]:
    """What these keys did from this time on, oldest first."""
    c = key_usage.c
    statement = select(key_usage).where(c.key_id.in_(list(key_ids)), c.hour >= since).order_by(c.hour, c.key_id)
    return as_many(KeyUsage, read().execute(statement))


def purge(before: int) -> int:
    """Forget hours before this time."""
    return write().execute(delete(key_usage).where(key_usage.c.hour < before)).rowcount
