"""Access tokens, signed (RFC 9068) and opaque."""

from dataclasses import replace
from typing import Any, TypeGuard

from authserver import clock
from authserver.models import access_tokens
from authserver.models.access_tokens import AccessToken, Standing
from authserver.models.callers import Caller
from authserver.models.clients import Client
from authserver.oauth import withdrawal
from authserver.oauth.credentials.credential import (
    DEAD,
    Found,
    Good,
    Question,
    Verifier,
    account_of,
    audience_for,
    foreign,
)
from authserver.oauth.issuer import ACCESS_TOKEN_TYP, token_type

LEEWAY = 60  # seconds that another clock may be ahead
FAR = 2**53
_TEXTS = ("jti", "gid", "client_id", "sub", "scope")
#: What a token says beyond these, as `/introspect` repeats it.
FURTHER = ("cnf", "act", "may_act", "authorization_details", "auth_time", "acr")


class AccessTokenCredential:
    """Access tokens at `/introspect` and `/revoke`."""

    def recognises(self, token: str) -> bool:
        return token.startswith("at_") or (token.startswith("ey") and token.count(".") == 2)

    def introspect(self, token: str, question: Question) -> Found:
        identity: dict[str, Any] = {"caller_id": question.caller_id, "secret": question.secret}
        row: AccessToken | None
        if token.startswith("at_"):
            caller, standing, row = access_tokens.ask_opaque(token, **identity)
        else:
            row = read_jwt(token, question.verifier)
            if row is None:
                return None
            caller, standing = access_tokens.ask_jwt(grant_id=row.grant_id, jti=row.jti, **identity)
        if caller is None or row is None:
            return caller, None
        row = current(row, standing)
        if row is None or standing is None:
            return caller, DEAD
        claims = _claims(row, standing, caller=caller, issuer=question.verifier.issuer)
        account = account_of(user_id=standing.user_id, client_id=row.client_id)
        email = standing.email if _may_tell(row, standing, "email") else None
        if claims is None:
            return caller, DEAD
        announced = standing.key_id is None  # a key that was exchanged may end by its own time
        return caller, Good(claims, account, standing.tier, row.audience, email, row.grant_id, announced)

    def revoke(self, token: str, client: Client, verifier: Verifier) -> None:
        opaque = token.startswith("at_")
        row = access_tokens.find(token) if opaque else read_jwt(token, verifier)
        if row is None:
            return
        if row.client_id != client.client_id:
            raise foreign()
        if opaque:
            access_tokens.revoke(row)
        else:
            access_tokens.revoke_jti(row.jti, grant_id=row.grant_id, expires_at=row.expires_at)


def authenticate(token: str, verifier: Verifier) -> tuple[AccessToken, Standing] | None:
    """A good access token presented to one of our own endpoints, and what stands behind it."""
    if token.startswith("at_"):
        found = access_tokens.standing_of_opaque(token)
        row, standing = (found[1], found[0]) if found else (None, None)
    else:
        row = read_jwt(token, verifier) if AccessTokenCredential().recognises(token) else None
        standing = access_tokens.standing_of_jwt(grant_id=row.grant_id, jti=row.jti) if row else None
    row = current(row, standing) if row is not None else None
    return (row, standing) if row is not None and standing is not None else None


def read_jwt(token: str, verifier: Verifier) -> AccessToken | None:
    """The claims of an access token that we signed and that has not expired. State is not asked here."""
    claims = verifier.keyring.verify(token, typ=ACCESS_TOKEN_TYP)
    if claims is None or "token_use" in claims or claims.get("iss") != verifier.issuer:
        return None
    now = clock.now()
    issued_at, expires_at = claims.get("iat"), claims.get("exp")
    if not _is_time(issued_at) or not _is_time(expires_at) or expires_at <= now or issued_at > now + LEEWAY:
        return None
    not_before = claims.get("nbf", 0)
    if not all(isinstance(claims.get(name), str) for name in _TEXTS) or not isinstance(not_before, int):
        return None
    audience = _bound_to(claims.get("aud"), verifier.issuer)
    if audience is None or not_before > now + LEEWAY:
        return None
    texts = {name: claims[name] for name in ("jti", "client_id", "sub", "scope")}
    return AccessToken(
        digest="",
        grant_id=claims["gid"],
        audience=audience,
        issued_at=issued_at,
        expires_at=expires_at,
        revoked_at=None,
        claims={name: claims[name] for name in FURTHER if name in claims},
        **texts,
    )


def current(row: AccessToken, standing: Standing | None) -> AccessToken | None:
    """The token with the scope that the user has left it; None when it is not good any more."""
    if standing is None or not row.lives or not standing.holds(issued_at=row.issued_at):
        return None
    if standing.withdrawn_scope is None:
        return row
    scope = withdrawal.left_of(row.scope, standing.withdrawn_scope)
    return replace(row, scope=scope) if scope is not None else None


def _is_time(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < FAR


def _bound_to(aud: Any, issuer: str) -> tuple[str, ...] | None:
    """Audiences of a bound token; () when `aud` is the issuer, so unbound (decision 19); None when malformed."""
    if aud == issuer:
        return ()
    names = (aud,) if isinstance(aud, str) else tuple(aud) if isinstance(aud, list) else ()
    return names if names and all(isinstance(name, str) and name for name in names) else None


def _claims(row: AccessToken, standing: Standing, *, caller: Caller, issuer: str) -> dict[str, Any] | None:
    if caller.asks_for_anybody:
        audience = audience_for(row.audience, caller=caller, issuer=issuer)
    elif caller.client_id == row.client_id:
        audience = list(row.audience) or [issuer]
    else:  # an ordinary client learns nothing of another's token (decision 25)
        audience = None
    if audience is None:
        return None
    claims = stated(row, audience=audience, issuer=issuer)
    if standing.username is None or not _may_tell(row, standing, "profile"):
        return claims
    return claims | {"username": standing.username}


def stated(row: AccessToken, *, audience: list[str], issuer: str) -> dict[str, Any]:
    """What a good token says (RFC 7662 section 2.2), for whomever."""
    claims = {
        "active": True,
        "token_type": token_type(row.claims),
        "token_use": "access_token",
        "scope": row.scope,
        "client_id": row.client_id,
        "sub": row.sub,
        "iss": issuer,
        "aud": audience,
        "iat": row.issued_at,
        "exp": row.expires_at,
        "jti": row.jti,
    }
    return claims | {name: row.claims[name] for name in FURTHER if name in row.claims}


def _may_tell(row: AccessToken, standing: Standing, scope: str) -> bool:
    """A name undoes a pairwise `sub`: it is told only where the person has allowed it (RFC 9068 section 6)."""
    return row.sub == standing.user_id or scope in row.scope.split()
