"""What was changed, by whom: the table `audit_events`."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    String,
    Table,
    Text,
    and_,
    delete,
    or_,
    select,
    type_coerce,
)

from authserver import clock, opaque
from authserver.models.database import metadata
from authserver.models.listing import Listed, Part, listed
from authserver.models.rows import Document, add, as_many, as_one
from authserver.models.unit_of_work import read, write

audit_events = Table(
    "audit_events",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("tag", String(60), nullable=False),
    Column("actor", String(500)),  # user id, client id or `cli`
    Column("user_id", String(40)),  # whose account it touches
    Column("client_id", String(500)),
    Column("address", String(64)),
    Column("details", Document, nullable=False),
    Index("ix_audit_events_at", "at"),
    Index("ix_audit_events_user_id_at", "user_id", "at"),
)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One change; `details` hold ids and digests, never a secret (AD7)."""

    id: str
    at: int
    tag: str
    actor: str | None
    user_id: str | None
    client_id: str | None
    address: str | None
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are asked for; None is any. `tag` is one tag, or the beginning of several with its dot."""

    tag: str | None = None
    tags: tuple[str, ...] | None = None
    actor: str | None = None
    user_id: str | None = None
    client_id: str | None = None
    since: int | None = None
    until: int | None = None


ANY = Wanted()


def record(
    tag: str,
    *,
    actor: str | None,
    user_id: str | None,
    client_id: str | None,
    address: str | None,
    details: dict[str, Any],
) -> None:
    """Write it down in the transaction of the change itself (decision 6)."""
    event_id, now = opaque.identifier("ev"), clock.now()
    add(audit_events, AuditEvent(event_id, now, tag, actor, user_id, client_id, address, details))


def find(event_id: str, *, user_id: str) -> AuditEvent | None:
    """One event of an account."""
    statement = select(audit_events).where(audit_events.c.id == event_id, audit_events.c.user_id == user_id)
    return as_one(AuditEvent, read().execute(statement).one_or_none())


def latest(*, limit: int, user_id: str | None = None) -> list[AuditEvent]:
    """The newest events, of all or of one account."""
    statement = select(audit_events).order_by(audit_events.c.at.desc(), audit_events.c.id).limit(limit)
    if user_id is not None:
        statement = statement.where(audit_events.c.user_id == user_id)
    return as_many(AuditEvent, read().execute(statement))


def about(member: str, value: str, *, user_id: str, limit: int) -> list[AuditEvent]:
    """The newest events of an account in whose details this member has this value, an id."""
    # As text it is JSON, in which LIKE finds candidates; SQLite's LIKE knows no case, so the details themselves decide.
    c = audit_events.c
    likely = type_coerce(c.details, Text).contains(f'"{member}": "{value}"', autoescape=True)
    statement = select(audit_events).where(c.user_id == user_id, likely).order_by(c.at.desc(), c.id).limit(limit)
    return [event for event in as_many(AuditEvent, read().execute(statement)) if event.details.get(member) == value]


def search(wanted: Wanted, part: Part) -> Listed[AuditEvent]:
    """The events that are asked for, newest first."""
    statement = select(audit_events).where(*_that_are(wanted))
    return listed(AuditEvent, statement, part, at=audit_events.c.at, key=audit_events.c.id)


def more_than(number: int, wanted: Wanted) -> bool:
    """Whether more than so many are asked for."""
    statement = select(audit_events.c.id).where(*_that_are(wanted)).offset(number).limit(1)
    return read().execute(statement).first() is not None


def following(at: int, event_id: str, *, limit: int, wanted: Wanted = ANY) -> list[AuditEvent]:
    """The events after this one that are asked for, oldest first; with the id "", from this time on."""
    c = audit_events.c
    later = or_(c.at > at, and_(c.at == at, c.id > event_id))
    statement = select(audit_events).where(later, *_that_are(wanted)).order_by(c.at, c.id).limit(limit)
    return as_many(AuditEvent, read().execute(statement))


def purge(before: int) -> int:
    """Forget events older than this time."""
    return write().execute(delete(audit_events).where(audit_events.c.at < before)).rowcount


def _that_are(wanted: Wanted) -> list[ColumnElement[bool]]:
    c = audit_events.c
    equal = ((c.actor, wanted.actor), (c.user_id, wanted.user_id), (c.client_id, wanted.client_id))
    conditions = [column == value for column, value in equal if value is not None]
    if wanted.tag is not None:
        many = wanted.tag.endswith(".")
        conditions.append(c.tag.startswith(wanted.tag, autoescape=True) if many else c.tag == wanted.tag)
    if wanted.tags is not None:
        conditions.append(c.tag.in_(wanted.tags))
    if wanted.since is not None:
        conditions.append(c.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(c.at < wanted.until)
    return conditions
