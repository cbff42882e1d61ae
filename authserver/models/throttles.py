"""Counts of failures in fixed windows, shared by all workers: the table `throttles`."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, case, delete, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from authserver import clock
from authserver.models.database import metadata
from authserver.models.unit_of_work import read, write

throttles = Table(
    "throttles",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("resets_at", BigInteger, nullable=False),
    Index("ix_throttles_resets_at", "resets_at"),
)


def wait(key: str, *, limit: int) -> int:
    """Seconds until this key may try again; 0 when it may try now."""
    statement = select(throttles.c.failures, throttles.c.resets_at).where(throttles.c.key == key)
    row = read().execute(statement).one_or_none()
    now = clock.now()
    return max(0, row.resets_at - now) if row is not None and row.failures >= limit else 0


def count(key: str, *, window: int) -> None:
    """Add one failure; the window of `window` seconds begins at its first."""
    connection, now, c = write(), clock.now(), throttles.c
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    over = c.resets_at <= now
    statement = insert(throttles).values(key=key, failures=1, resets_at=now + window)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "failures": case((over, 1), else_=c.failures + 1),
                "resets_at": case((over, now + window), else_=c.resets_at),
            },
        )
    )


def clear(key: str, *, limit: int | None = None) -> bool:
    """Forget the failures of a key; with `limit`, only while it may still try. False if it may not."""
    statement = delete(throttles).where(throttles.c.key == key)
    if limit is None:
        write().execute(statement)
        return True
    write().execute(statement.where(or_(throttles.c.failures < limit, throttles.c.resets_at <= clock.now())))
    return wait(key, limit=limit) == 0


def purge() -> int:
    """Forget windows that are over."""
    return write().execute(delete(throttles).where(throttles.c.resets_at < clock.now())).rowcount
