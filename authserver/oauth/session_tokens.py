"""What a session token says: the signed-in user, their own scopes, and the web session that it lives and dies with.

No row is kept of it. It hangs on the session's: `gid` stands for the session as it is now, and changes when the cookie
is exchanged (a new password, a new login) or when the user becomes or ceases to be an administrator.
"""

from dataclasses import dataclass, field
from typing import Any

from authserver import clock, opaque
from authserver.models.sessions import Session
from authserver.models.users import User
from authserver.oauth import scopes

TOKEN_USE = "session_token"
WEB_CLIENT_ID = "realmkit-web"
LIFE = 900  # seconds; never longer than the session itself


@dataclass(frozen=True, slots=True)
class SessionToken:
    """A signed token, and until when it is good."""

    value: str = field(repr=False)
    scope: str
    expires_at: int


def generation(session_digest: str, *, is_admin: bool) -> str:
    """What `gid` is while the session stays as it is; it tells nothing of the cookie."""
    return "ses_" + opaque.digest("session_generation", f"{session_digest} {int(is_admin)}")[:32]


def claims_of(user: User, session: Session, *, issuer: str) -> dict[str, Any]:
    """The claims of a new token."""
    now = clock.now()
    return {
        "iss": issuer,
        "sub": user.id,
        "aud": issuer,
        "client_id": WEB_CLIENT_ID,
        "token_use": TOKEN_USE,
        "scope": scopes.join(scope.name for scope in scopes.own(user)),
        "username": user.username,
        "iat": now,
        "exp": min(now + LIFE, session.expires_at),
        "jti": opaque.identifier("t"),
        "sid": session.sid,
        "gid": generation(session.digest, is_admin=user.is_admin),
        "auth_time": session.auth_time,
        "acr": session.acr,
        "amr": list(session.amr),
    }
