"""What has ended: the table `revocations`, for those who keep answers of `/introspect` and read on from the last id.

Ids are in the order of commits, or who has read up to 7 would never see a 6 that is committed later. SQLite has one
writer at a time. On PostgreSQL the rows are written last of all in their transaction, under a lock that it keeps until
they can be seen: whoever draws a later id has waited for all earlier ones. Being the last, it is never waited for by
anybody who holds something else.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    CompoundSelect,
    Index,
    Integer,
    String,
    Table,
    column,
    delete,
    func,
    insert,
    literal,
    select,
    table,
    union_all,
)

from authserver import clock
from authserver.models import unit_of_work
from authserver.models.database import metadata
from authserver.models.hot import Lookup
from authserver.models.rows import as_many
from authserver.models.unit_of_work import read, write

#: Named like the members of an answer of `/introspect` that hold their names; but a `sub` may be pairwise.
GRANT, TOKEN, KEY, SESSION, CLIENT = "gid", "jti", "key_id", "sid", "client_id"
USER = "user"  # told only as what is theirs
EVERYTHING = "all"
#: Beyond so many at once it is shorter to ask again for all.
MANY = 1000
#: Any fixed number: who holds it on PostgreSQL is the one that writes here.
ORDER = 0x7265766F

revocations = Table(
    "revocations",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("name", String(500), nullable=False),  # the id of what has ended, or of which less is left
    Column("at", BigInteger, nullable=False),
    Index("ix_revocations_at", "at"),
)

# By their names alone: the rooms of these tables note what ends in them, so they cannot be known here.
_grants = table("grants", column("id"), column("user_id"), column("key_id"), column("revoked_at"))
_keys = table("api_keys", column("id"), column("user_id"), column("revoked_at"))
_sessions = table("sessions", column("sid"), column("user_id"), column("ended_at"))
_NEWEST = Lookup(select(func.max(revocations.c.id)))


@dataclass(frozen=True, slots=True)
class Revocation:
    """That what an answer said of this may be true no more."""

    id: int
    kind: str
    name: str
    at: int


def note(kind: str, *names: str) -> None:
    """Tell it to those who follow, in the transaction of the change."""
    if len(names) > MANY:
        kind, names = EVERYTHING, (kind,)
    if names:
        unit_of_work.before_commit(lambda: _record(kind, names))


def newest() -> int:
    """The last id, by a hot read; 0 before the first."""
    row = unit_of_work.one(_NEWEST, {})
    return int(row[0] or 0) if row is not None else 0


def after(number: int, *, limit: int) -> list[Revocation]:
    """What was noted after this id, oldest first."""
    statement = select(revocations).where(revocations.c.id > number).order_by(revocations.c.id).limit(limit)
    return as_many(Revocation, read().execute(statement))


def ended_with(found: Revocation) -> list[tuple[str, str]]:
    """Kind and name of what it stands for.

    Asked when it is read, not when it was noted: by then everything is seen that was given before it was committed.
    What is given later, or has ended by itself, does no harm here.
    """
    if found.kind == USER:
        return [(kind, name) for kind, name in read().execute(_theirs(found.name))]
    own = [(found.kind, found.name)]
    if found.kind != KEY:
        return own
    exchanged = select(_grants.c.id).where(_grants.c.key_id == found.name, _grants.c.revoked_at.is_(None))  # TX6
    return own + [(GRANT, name) for name in read().execute(exchanged).scalars()]


def purge(before: int) -> int:
    """Forget what is older than any cursor that is still taken; the last id stays, to know those to come."""
    last = select(func.max(revocations.c.id)).scalar_subquery()
    statement = delete(revocations).where(revocations.c.at < before, revocations.c.id < last)
    return write().execute(statement).rowcount


def _record(kind: str, names: tuple[str, ...]) -> None:
    connection, now = write(), clock.now()
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(ORDER)))
    connection.execute(insert(revocations), [{"kind": kind, "name": name, "at": now} for name in names])


def _theirs(user_id: str) -> CompoundSelect[Any]:
    grants, keys, sessions = _grants.c, _keys.c, _sessions.c
    return union_all(
        select(literal(GRANT), grants.id).where(grants.user_id == user_id, grants.revoked_at.is_(None)),
        select(literal(KEY), keys.id).where(keys.user_id == user_id, keys.revoked_at.is_(None)),
        select(literal(SESSION), sessions.sid).where(sessions.user_id == user_id, sessions.ended_at.is_(None)),
    )
