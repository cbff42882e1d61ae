"""How requests were checked, for the owner of the application: the table `traces`. No state (decision 6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, Index, String, Table, delete, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from authserver.models.database import metadata
from authserver.models.listing import beyond
from authserver.models.rows import Document, as_many, as_one
from authserver.models.unit_of_work import read, write

traces = Table(
    "traces",
    metadata,
    Column("id", String(32), primary_key=True),  # as in X-Request-Id
    Column("at", BigInteger, nullable=False),
    Column("endpoint", String(40), nullable=False),  # authorize token revoke ...
    Column("client_id", String(500)),  # None while nobody is known to have asked
    Column("user_id", String(40)),
    Column("error", String(60)),  # the code that the client got; None: all went well
    Column("cause", String(60)),  # which case of that error, an anchor of its page in /docs/errors
    Column("checks", Document, nullable=False),  # {"checks": [{"name", "passed", ...}]}
    Index("ix_traces_client_id_at", "client_id", "at"),
    Index("ix_traces_at", "at"),
)


@dataclass(frozen=True, slots=True)
class Trace:
    """One request. `checks` are in their order and hold nothing secret; `at` is epoch seconds."""

    id: str
    at: int
    endpoint: str
    client_id: str | None
    user_id: str | None
    error: str | None
    cause: str | None
    checks: dict[str, Any]


def add(rows: Iterable[Trace]) -> None:
    """Write a batch; an id that is there already stays as it is."""
    values = [{name: getattr(row, name) for name in Trace.__slots__} for row in rows]
    if values:
        connection = write()
        insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
        connection.execute(insert(traces).on_conflict_do_nothing(), values)


def find(trace_id: str) -> Trace | None:
    """By id."""
    return as_one(Trace, read().execute(select(traces).where(traces.c.id == trace_id)).one_or_none())


def of_client(client_id: str, *, limit: int, after: tuple[int, str] | None = None, failed: bool = False) -> list[Trace]:
    """The newest requests of a client; those that follow the one of this time and id; only the ones that failed."""
    c = traces.c
    statement = select(traces).where(c.client_id == client_id).order_by(c.at.desc(), c.id).limit(limit)
    if after is not None:
        statement = statement.where(beyond(after, at=c.at, key=c.id))
    if failed:
        statement = statement.where(c.error.is_not(None))
    return as_many(Trace, read().execute(statement))


def newest(client_ids: Iterable[str]) -> dict[str, int]:
    """When each of these clients has last sent a request, as far as it is kept."""
    c = traces.c
    statement = (
        select(c.client_id, func.max(c.at).label("latest"))
        .where(c.client_id.in_(list(client_ids)))
        .group_by(c.client_id)
    )
    return {row.client_id: row.latest for row in read().execute(statement)}


def purge(before: int) -> int:
    """Forget requests from before this time."""
    return write().execute(delete(traces).where(traces.c.at < before)).rowcount
