"""Applications that are still to be told of a logout (OpenID Connect Back-Channel Logout 1.0): the table `logouts`."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Integer,
    Select,
    String,
    Subquery,
    Table,
    Text,
    and_,
    delete,
    func,
    literal,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from authserver import clock
from authserver.models import unit_of_work
from authserver.models.clients import clients
from authserver.models.database import metadata
from authserver.models.grants import grants
from authserver.models.rows import as_many
from authserver.models.unit_of_work import read, write

BACK = "backchannel_logout_uri"
FRONT = "frontchannel_logout_uri"
DEVICE = "device_code"  # kind of a grant

logouts = Table(
    "logouts",
    metadata,
    Column("sid", String(40), primary_key=True),  # of the web session that has ended
    Column("client_id", String(500), primary_key=True),
    Column("user_id", String(40), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Index("ix_logouts_due_at", "due_at"),
)


@dataclass(frozen=True, slots=True)
class Logout:
    """That one client is to be told of the end of one session; `due_at` is the next try (epoch seconds)."""

    sid: str
    client_id: str
    user_id: str
    created_at: int
    due_at: int
    attempts: int


def announce(ending: Select[Any]) -> None:
    """Queue one for each client that got tokens in these sessions, rows of `sid` and `user_id`, and wants to know.

    In the transaction that ends them; whoever delivers is told after its commit.
    """
    now, over = clock.now(), ending.subquery()
    moment = literal(now, BigInteger)
    columns = (over.c.sid, grants.c.client_id, over.c.user_id, moment, moment, literal(0))
    told = select(*columns).distinct().select_from(_given_in(over)).where(*_listening(BACK))
    connection = write()
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    statement = insert(logouts).from_select(list(Logout.__slots__), told).on_conflict_do_nothing()
    if connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount:
        unit_of_work.after_commit(unit_of_work.database().ring)


def listening_in_front(sid: str, *, user_id: str) -> list[str]:
    """The ids of the clients that got tokens in this session and are told by the browser."""
    own = select(literal(sid).label("sid"), literal(user_id).label("user_id")).subquery()
    statement = select(grants.c.client_id).distinct().select_from(_given_in(own)).where(*_listening(FRONT))
    return list(read().execute(statement.order_by(grants.c.client_id)).scalars())


def claim(*, lease: int, limit: int = 20) -> list[Logout]:
    """Those that are due, each taken by one worker for `lease` seconds."""
    now, c = clock.now(), logouts.c
    due = as_many(Logout, read().execute(select(logouts).where(c.due_at <= now).order_by(c.due_at).limit(limit)))
    return [one for one in due if _change(one, due_at=now + lease, attempts=one.attempts + 1)]


def told(logout: Logout) -> None:
    """Delivered, or given up: it is forgotten."""
    write().execute(delete(logouts).where(*_is(logout)))


def postpone(logout: Logout, *, due_at: int) -> None:
    """Not delivered: try again later."""
    write().execute(update(logouts).where(*_is(logout)).values(due_at=due_at))


def next_due() -> int | None:
    """When the next one is due; None when none waits."""
    due_at: int | None = read().execute(select(func.min(logouts.c.due_at))).scalar_one()
    return due_at


def count() -> int:
    """How many wait."""
    return read().execute(select(func.count()).select_from(logouts)).scalar_one()


def waiting() -> list[Logout]:
    """Everything that waits, oldest first."""
    return as_many(Logout, read().execute(select(logouts).order_by(logouts.c.created_at, logouts.c.client_id)))


def purge(before: int) -> int:
    """Forget those made before this time."""
    return write().execute(delete(logouts).where(logouts.c.created_at < before)).rowcount


def _given_in(sessions: Subquery) -> Any:
    """The grants that were given in these sessions, and their clients. By user first, for its index."""
    own = and_(grants.c.user_id == sessions.c.user_id, grants.c.sid == sessions.c.sid)
    return sessions.join(grants, own).join(clients, clients.c.client_id == grants.c.client_id)


def _listening(name: str) -> tuple[ColumnElement[bool], ...]:
    # Whoever has not redeemed its code knows nothing of the session, and a device is not in the browser that let it in.
    # As text the details are JSON, in which this finds candidates; whoever tells the client reads the member itself.
    likely = type_coerce(clients.c.details, Text).contains(f'"{name}"', autoescape=True)
    inside = (grants.c.last_used_at.is_not(None), grants.c.kind != DEVICE)
    return *inside, clients.c.disabled_at.is_(None), likely


def _change(logout: Logout, **values: int) -> bool:
    statement = update(logouts).where(*_is(logout), logouts.c.due_at == logout.due_at)
    return write().execute(statement.values(**values)).rowcount == 1


def _is(logout: Logout) -> tuple[ColumnElement[bool], ...]:
    return logouts.c.sid == logout.sid, logouts.c.client_id == logout.client_id
