"""Why an access token was refused: for the trace of the application that it was issued to (RFC 6750 section 3.1)."""

from typing import Any

from authserver import clock
from authserver.models import access_tokens
from authserver.oauth import withdrawal
from authserver.oauth.credentials.credential import CHECK, Verifier
from authserver.oauth.errors import Cause
from authserver.oauth.issuer import ACCESS_TOKEN_TYP
from authserver.traces import of_grant


def why(token: str, verifier: Verifier) -> Cause:
    """What is known of it, found out after it was refused. The public text is the same for all of these."""
    opaque = access_tokens.find(token) if token.startswith("at_") else None
    if opaque is not None:
        times, revoked = (opaque.issued_at, opaque.expires_at), opaque.revoked_at is not None
        return _told(opaque.client_id, opaque.grant_id, opaque.jti, times, scope=opaque.scope, revoked=revoked)
    claims = verifier.keyring.verify(token, typ=ACCESS_TOKEN_TYP) if token.startswith("ey") else None
    if claims is None or claims.get("iss") != verifier.issuer or not _is_complete(claims):
        return Cause("token_unknown", CHECK, "It is no access token of this server.")
    times = (claims["iat"], claims["exp"])
    return _told(claims["client_id"], claims["gid"], claims["jti"], times, scope=claims["scope"], revoked=False)


def _is_complete(claims: dict[str, Any]) -> bool:
    texts, times = ("client_id", "gid", "jti", "scope"), ("iat", "exp")
    known = all(isinstance(claims.get(name), str) for name in texts)
    return known and all(isinstance(claims.get(name), int) for name in times) and "token_use" not in claims


def _told(client_id: str, grant_id: str, jti: str, times: tuple[int, int], *, scope: str, revoked: bool) -> Cause:
    of_grant(grant_id)
    issued_at, expires_at = times
    if expires_at <= clock.now():
        says = f"It expired {clock.now() - expires_at} s ago."
        return Cause("token_expired", CHECK, says, client_id=client_id)
    standing = access_tokens.standing_of_jwt(grant_id=grant_id, jti=jti)
    if revoked or standing is None or standing.revoked_jti is not None:
        return Cause("token_revoked", CHECK, "It has been revoked.", client_id=client_id)
    if not standing.holds(issued_at=issued_at):
        says = "What it was issued from has ended: the grant, the account of the person, or the application."
        return Cause("token_revoked", CHECK, says, client_id=client_id)
    if withdrawal.left_of(scope, standing.withdrawn_scope or "") is None:
        says = "The person has taken back all that it was good for."
        return Cause("token_revoked", CHECK, says, client_id=client_id)
    return Cause("token_bound", CHECK, "It is bound to other audiences and is not for this door.", client_id=client_id)
