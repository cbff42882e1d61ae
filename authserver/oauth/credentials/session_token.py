"""Session tokens: short-lived JWTs of the web login, for trying an API out (decisions 26, 30, 32 and 48)."""

from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any

from authserver import clock
from authserver.models import sessions
from authserver.models.clients import Client
from authserver.models.sessions import Asked
from authserver.oauth.credentials.credential import (
    CHECK,
    DEAD,
    Found,
    Good,
    Question,
    Verifier,
    account_of,
    audience_for,
)
from authserver.oauth.errors import Cause, UnsupportedTokenTypeError
from authserver.oauth.issuer import ACCESS_TOKEN_TYP
from authserver.oauth.session_tokens import TOKEN_USE, WEB_CLIENT_ID, generation

_MARK = b'"token_use"'  # as no string inside a JSON document can hold it: its quotes would be escaped
_TEXTS = ("jti", "sid", "gid", "sub", "scope")


@dataclass(frozen=True, slots=True)
class Read:
    """The claims of a session token that we signed and that has not expired. State is not asked here."""

    jti: str
    sid: str
    gid: str
    sub: str
    scope: str
    issued_at: int
    expires_at: int
    acr: str | None = None


class SessionTokenCredential:
    """Session tokens at `/introspect`; good while the web session is that they were made in."""

    def recognises(self, token: str) -> bool:
        """A JWT that says what it is; access tokens have the same shape."""
        return token.startswith("ey") and token.count(".") == 2 and _MARK in _payload(token)

    def introspect(self, token: str, question: Question) -> Found:
        verifier = question.verifier
        found = read(token, verifier)
        if found is None:
            return None
        caller, asked = sessions.ask(
            found.sid, idle_ttl=verifier.session_idle_ttl, caller_id=question.caller_id, secret=question.secret
        )
        if caller is None or asked is None or not caller.asks_for_anybody:
            return caller, DEAD
        born = max(caller.not_before, asked.user_not_before)
        if not _holds(found, asked) or min(found.issued_at, asked.auth_time) < born:
            return caller, DEAD
        audience = audience_for((), caller=caller, issuer=verifier.issuer)
        claims = {
            "active": True,
            "token_type": "Bearer",
            "token_use": TOKEN_USE,
            "scope": found.scope,
            "client_id": WEB_CLIENT_ID,
            "sub": found.sub,
            "username": asked.username,
            "iss": verifier.issuer,
            "aud": audience,
            "iat": found.issued_at,
            "exp": found.expires_at,
            "jti": found.jti,
            "sid": found.sid,
            "auth_time": asked.auth_time,
            **({"acr": found.acr} if found.acr is not None else {}),
        }
        return caller, Good(claims, account_of(user_id=asked.user_id), asked.tier, (), asked.email)

    def revoke(self, token: str, client: Client, verifier: Verifier) -> None:
        says = "Session tokens end with the web session, not by clients."
        raise UnsupportedTokenTypeError(says, Cause("session_token", CHECK))


def read(token: str, verifier: Verifier) -> Read | None:
    """What our own signature vouches for; None also where session tokens are switched off."""
    claims = verifier.keyring.verify(token, typ=ACCESS_TOKEN_TYP) if verifier.session_tokens else None
    if claims is None or claims.get("token_use") != TOKEN_USE or claims.get("iss") != verifier.issuer:
        return None
    if not all(isinstance(claims.get(name), str) for name in _TEXTS) or not _is_now(claims):
        return None
    texts = {name: claims[name] for name in _TEXTS}
    acr = claims.get("acr")
    return Read(**texts, issued_at=claims["iat"], expires_at=claims["exp"], acr=acr if isinstance(acr, str) else None)


def _is_now(claims: dict[str, Any]) -> bool:
    issued_at, expires_at = claims.get("iat"), claims.get("exp")
    return isinstance(issued_at, int) and isinstance(expires_at, int) and expires_at > clock.now()


def _holds(found: Read, asked: Asked) -> bool:
    return found.sub == asked.user_id and found.gid == generation(asked.digest, is_admin=asked.is_admin)


def _payload(token: str) -> bytes:
    encoded = token.split(".", 2)[1]
    try:
        return urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except ValueError:
        return b""
