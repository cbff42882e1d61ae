"""Web sessions: the cookie holds a random secret, the server everything else (LG3, LG4)."""

from dataclasses import dataclass, replace

from authserver import clock, opaque
from authserver.accounts.visitor import Visitor
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import installation, sessions, users
from authserver.models.sessions import Session
from authserver.models.users import User
from authserver.settings import Settings

KIND = "session"
PASSWORD = ("pwd",)  # RFC 8176
ACR = "1"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person and the session they are in."""

    user: User
    session: Session


@dataclass(frozen=True, slots=True)
class Started:
    """A session and, this once, the secret for its cookie."""

    secret: str
    session: Session


def start(settings: Settings, *, user: User, visitor: Visitor, amr: tuple[str, ...] = PASSWORD) -> Started:
    """Sign a person in who has just proved who they are."""
    secret, now = opaque.token("ss"), clock.now()
    session = Session(
        digest=opaque.digest(KIND, secret),
        sid=opaque.identifier("sid"),
        user_id=user.id,
        browser=visitor.browser,
        auth_time=now,
        amr=amr,
        acr=ACR,
        created_at=now,
        last_seen_at=now,
        expires_at=now + settings.session_absolute_ttl,
        ended_at=None,
        address=visitor.address[:64],
        user_agent=visitor.user_agent[:200],
    )
    sessions.start(session)
    sid, device = session.sid, visitor.device
    record(Tag.USER_SIGNED_IN, actor=user.id, user_id=user.id, address=visitor.address, sid=sid, device=device)
    return Started(secret, session)


def resolve(settings: Settings, secret: str) -> SignedIn | None:
    """Who is signed in by this cookie. Reads only; see `touch`."""
    session = sessions.find(opaque.digest(KIND, secret), idle_ttl=settings.session_idle_ttl)
    if session is None:
        return None
    user = users.find(session.user_id)
    if user is None or not user.enabled:
        return None
    if session.auth_time < max(user.not_before, installation.not_before()):
        return None
    return SignedIn(user, session)


def touch(settings: Settings, session: Session) -> None:
    """Note activity for the idle limit, at most once a minute; last thing in a request, because it is a write."""
    if clock.now() - session.last_seen_at >= min(60, settings.session_idle_ttl // 4):
        sessions.seen(session.digest)


def reauthenticate(
    settings: Settings, signed_in: SignedIn, *, visitor: Visitor, amr: tuple[str, ...] = PASSWORD
) -> Started | None:
    """The same person has proved it again: the session goes on under a new secret. None if it has ended meanwhile."""
    secret, now = opaque.token("ss"), clock.now()
    digest, old, expires_at = opaque.digest(KIND, secret), signed_in.session, now + settings.session_absolute_ttl
    if not sessions.reauthenticated(old.digest, successor=digest, auth_time=now, expires_at=expires_at, amr=amr):
        return None
    user_id = signed_in.user.id
    record(Tag.USER_REAUTHENTICATED, actor=user_id, user_id=user_id, address=visitor.address, sid=old.sid)
    # The `sid` stays: applications know the session by it (OpenID Connect Front-Channel Logout, section 3).
    return Started(secret, replace(old, digest=digest, auth_time=now, last_seen_at=now, expires_at=expires_at, amr=amr))


def end(signed_in: SignedIn, *, visitor: Visitor) -> None:
    """Sign out."""
    user_id = signed_in.user.id
    sessions.end(signed_in.session.digest)
    record(Tag.USER_SIGNED_OUT, actor=user_id, user_id=user_id, address=visitor.address, sid=signed_in.session.sid)


def end_one(signed_in: SignedIn, sid: str, *, visitor: Visitor) -> bool:
    """Sign out another browser of the same person. False when there is no such session."""
    user_id = signed_in.user.id
    if not sessions.end_by_sid(sid, user_id=user_id):
        return False
    record(Tag.SESSION_ENDED, actor=user_id, user_id=user_id, address=visitor.address, sid=sid)
    return True


def end_others(signed_in: SignedIn, *, visitor: Visitor) -> int:
    """Sign out every other browser of the same person; how many there were."""
    user_id = signed_in.user.id
    ended = sessions.end_all(user_id, but=signed_in.session.digest)
    record(Tag.SESSION_ENDED, actor=user_id, user_id=user_id, address=visitor.address, count=ended)
    return ended


def end_all_of(user: User, *, actor: str, address: str | None = None) -> int:
    """Somebody else signs a person out everywhere; how many browsers there were."""
    ended = sessions.end_all(user.id)
    record(Tag.SESSION_ENDED, actor=actor, user_id=user.id, address=address, count=ended)
    return ended
