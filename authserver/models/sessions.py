"""Web sessions, kept on the server: the table `sessions`."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Table,
    and_,
    bindparam,
    delete,
    select,
    update,
)

from authserver import clock
from authserver.models import callers, logouts, revocations
from authserver.models.callers import Caller
from authserver.models.database import metadata
from authserver.models.rows import Strings, add, as_many, as_one
from authserver.models.tiers import Tier
from authserver.models.unit_of_work import read, write
from authserver.models.users import users

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),  # of the cookie
    Column("sid", String(40), nullable=False, unique=True),  # public id: the `sid` claim
    Column("user_id", String(40), ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("browser", String(64), nullable=False),  # digest of the browser cookie (decision 34)
    Column("auth_time", BigInteger, nullable=False),
    Column("amr", Strings, nullable=False),
    Column("acr", String(40), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),  # absolute
    Column("ended_at", BigInteger),
    Column("address", String(64), nullable=False),
    Column("user_agent", String(200), nullable=False),
    Index("ix_sessions_user_browser", "user_id", "browser"),
    Index("ix_sessions_expires_at", "expires_at"),
)


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. Times are epoch seconds."""

    digest: str
    sid: str
    user_id: str
    browser: str
    auth_time: int
    amr: tuple[str, ...]
    acr: str
    created_at: int
    last_seen_at: int
    expires_at: int
    ended_at: int | None
    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What introspection needs of a live session and its enabled user."""

    digest: str
    auth_time: int
    user_id: str
    username: str
    is_admin: bool
    user_not_before: int
    email: str
    tier: Tier


_ASKED = callers.beside(
    sessions.c.digest,
    sessions.c.auth_time,
    sessions.c.user_id,
    users.c.username,
    users.c.is_admin,
    users.c.not_before,
    users.c.email,
    *callers.TIER_COLUMNS,
    joins=(
        (
            sessions,
            (sessions.c.sid == bindparam("sid"))
            & sessions.c.ended_at.is_(None)
            & (sessions.c.expires_at > bindparam("now"))
            & (sessions.c.last_seen_at > bindparam("idle_since")),
        ),
        (users, (users.c.id == sessions.c.user_id) & users.c.disabled_at.is_(None)),
        callers.TIER,
    ),
)


def ask(sid: str, *, idle_ttl: int, caller_id: str | None, secret: str = "") -> tuple[Caller | None, Asked | None]:
    """Who asks, and the live session of an enabled user, by its public id: one hot read."""
    idle_since = clock.now() - idle_ttl
    caller, row = callers.look_up(_ASKED, client_id=caller_id, secret=secret, sid=sid, idle_since=idle_since)
    if caller is None or row[0] is None or row[3] is None:
        return caller, None
    values = dict(zip(Asked.__slots__, (*row[:-3], Tier(*row[-3:])), strict=True))
    return caller, Asked(**{**values, "is_admin": bool(values["is_admin"])})


def start(session: Session) -> None:
    """Record a new session."""
    add(sessions, session)


def find(digest: str, *, idle_ttl: int) -> Session | None:
    """The session of this cookie digest, if it has neither ended nor expired."""
    now = clock.now()
    row = read().execute(select(sessions).where(sessions.c.digest == digest, *_alive(now, idle_ttl))).one_or_none()
    return as_one(Session, row)


def of_user(user_id: str, *, idle_ttl: int) -> list[Session]:
    """The live sessions of an account, newest use first."""
    statement = select(sessions).where(sessions.c.user_id == user_id, *_alive(clock.now(), idle_ttl))
    return as_many(Session, read().execute(statement.order_by(sessions.c.last_seen_at.desc())))


def seen(digest: str) -> None:
    """Note activity, for the idle limit."""
    write().execute(update(sessions).where(sessions.c.digest == digest).values(last_seen_at=clock.now()))


def reauthenticated(digest: str, *, successor: str, auth_time: int, expires_at: int, amr: tuple[str, ...]) -> bool:
    """The person has just proved again who they are: the cookie is exchanged. False if the session was over (LG3)."""
    statement = update(sessions).where(sessions.c.digest == digest, sessions.c.ended_at.is_(None))
    statement = statement.values(
        digest=successor, auth_time=auth_time, last_seen_at=auth_time, expires_at=expires_at, amr=amr
    )
    return write().execute(statement).rowcount == 1


def end(digest: str) -> None:
    """End one session."""
    _end(sessions.c.digest == digest)


def end_by_sid(sid: str, *, user_id: str) -> bool:
    """End one session of this account by its public id. True if it was alive."""
    return _end(and_(sessions.c.sid == sid, sessions.c.user_id == user_id)) == 1


def end_all(user_id: str, *, but: str | None = None) -> int:
    """End all sessions of an account, but the one with the digest `but`. How many were ended."""
    where = sessions.c.user_id == user_id
    return _end(where if but is None else and_(where, sessions.c.digest != but))


def end_every() -> int:
    """End all sessions of everybody. How many were ended."""
    return _end(sessions.c.expires_at > clock.now())


def knows(user_id: str, browser: str) -> bool:
    """Whether this browser has ever signed in to this account (decision 34)."""
    statement = select(sessions.c.sid).where(sessions.c.user_id == user_id, sessions.c.browser == browser).limit(1)
    return read().execute(statement).first() is not None


def purge(before: int) -> int:
    """Forget sessions that were over before this time."""
    return write().execute(delete(sessions).where(sessions.c.expires_at < before)).rowcount


def _alive(now: int, idle_ttl: int) -> tuple[ColumnElement[bool], ...]:
    c = sessions.c
    return c.ended_at.is_(None), c.expires_at > now, c.last_seen_at > now - idle_ttl


def _end(where: ColumnElement[bool]) -> int:
    # The one place where a session ends, so nobody forgets the applications that were used in it.
    logouts.announce(select(sessions.c.sid, sessions.c.user_id).where(where, sessions.c.ended_at.is_(None)))
    statement = update(sessions).where(where, sessions.c.ended_at.is_(None))
    ended = write().execute(statement.values(ended_at=clock.now()).returning(sessions.c.sid)).scalars().all()
    revocations.note(revocations.SESSION, *ended)
    return len(ended)
