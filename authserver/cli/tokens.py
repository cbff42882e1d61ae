"""`authserver tokens`: one token or key, as only the operator may see it."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from authserver import clock
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.cli.failures import NotFound
from authserver.cli.output import note, show
from authserver.cli.verb import Noun
from authserver.cli.work import ACTOR, secret_line, work
from authserver.models import access_tokens, grants, installation, refresh_tokens, sessions, users
from authserver.models import api_keys as stored_keys
from authserver.oauth import api_keys, emergency
from authserver.oauth.credentials import access_token
from authserver.oauth.credentials.api_key import CLIENT_ID, ApiKeyCredential
from authserver.oauth.credentials.credential import Verifier
from authserver.oauth.credentials.refresh_token import RefreshTokenCredential
from authserver.oauth.credentials.session_token import SessionTokenCredential
from authserver.oauth.introspection import recognised

if TYPE_CHECKING:
    from authserver.composition import House

INACTIVE: dict[str, Any] = {"active": False}
COMMAND = Noun("tokens", help="Single tokens. TOKEN is `-` by default: read it from standard input.")
token_argument = click.argument("token", default="-")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a token is: its claims while it is good, else why it is not."""

    claims: dict[str, Any] | None
    why_not: str = "unknown, expired, or not of this server"


@COMMAND.command("introspect")
@token_argument
def introspect(token: str) -> None:
    """All that is known of an API key, an access token, a session token or a refresh token."""
    value = secret_line(token)
    with work() as house:
        seen = _look(value, house)
    if seen.claims is None:
        note(f"Not active: {seen.why_not}.")
    show(seen.claims or INACTIVE)


@COMMAND.command("revoke")
@token_argument
def revoke(token: str) -> None:
    """End an API key or a token at once; with a refresh token its whole grant, with a session token the session."""
    value = secret_line(token)
    with work() as house:
        kind = _revoke(value, house)
    show({"revoked": True, "token_use": kind})


@COMMAND.command("end-all")
@click.option("--yes", is_flag=True, help="Really: everybody has to sign in again, and every API key is dead.")
def end_all(yes: bool) -> None:
    """Emergency: end every session, token, API key and one-time link that was issued until now, on all workers."""
    if not yes:
        raise click.UsageError("This ends every session, token and API key of everybody. Say --yes if you mean it.")
    with work():
        ended = emergency.end_everything(actor=ACTOR)
    show(asdict(ended))
    note("What is issued from the next second on is good again.")


def _look(value: str, house: "House") -> Seen:
    if ApiKeyCredential().recognises(value):
        return _look_at_key(value, house.settings.issuer)
    if RefreshTokenCredential().recognises(value):
        return _look_at_refresh_token(value, house.settings.issuer)
    if SessionTokenCredential().recognises(value):
        return _look_at_session_token(value, house.server.verifier)
    return _look_at_access_token(value, house.server.verifier)


def _look_at_key(value: str, issuer: str) -> Seen:
    key = stored_keys.find_by_value(value)
    owner = users.find(key.user_id) if key is not None else None
    if key is None or owner is None:
        return Seen(None, "no such API key")
    if key.revoked_at is not None:
        return Seen(None, f"revoked ({key.revoked_because})")
    if key.expires_at is not None and key.expires_at <= clock.now():
        return Seen(None, "expired")
    if not owner.enabled:
        return Seen(None, "its owner is disabled")
    if key.created_at < max(owner.not_before, installation.not_before()):
        return Seen(None, "issued before the time from which credentials are good")
    claims = {
        "active": True,
        "token_type": "Bearer",
        "token_use": "api_key",
        "scope": key.scope,
        "client_id": CLIENT_ID,
        "sub": owner.id,
        "username": owner.username,
        "iss": issuer,
        "aud": list(key.audience) or [issuer],
        "iat": key.created_at,
        "jti": key.id,
        "key_id": key.id,
        "key_name": key.name,
        "environment": key.environment,
        "ip_allow": list(key.ip_allow),
        "tier": owner.tier,
    }
    return Seen(claims if key.expires_at is None else {**claims, "exp": key.expires_at})


def _look_at_session_token(value: str, verifier: Verifier) -> Seen:
    good = recognised(value, verifier=verifier, address=None)
    return Seen(None if good is None else {**good.claims, "tier": good.tier.name})


def _look_at_access_token(value: str, verifier: Verifier) -> Seen:
    found = access_token.authenticate(value, verifier)
    if found is None:
        return Seen(None)
    row, standing = found
    claims = access_token.stated(row, audience=list(row.audience) or [verifier.issuer], issuer=verifier.issuer)
    claims["gid"] = row.grant_id
    return Seen(claims if standing.username is None else {**claims, "username": standing.username})


def _look_at_refresh_token(value: str, issuer: str) -> Seen:
    token = refresh_tokens.find(value)
    grant = grants.find(token.grant_id) if token is not None else None
    if token is None or grant is None:
        return Seen(None, "no such refresh token")
    if grant.revoked_at is not None:
        return Seen(None, f"its grant was revoked ({grant.revoked_because})")
    if token.used_at is not None:
        return Seen(None, "used, and followed by another")
    if token.expires_at <= clock.now():
        return Seen(None, "expired")
    return Seen(
        {
            "active": True,
            "token_use": "refresh_token",
            "scope": " ".join(grant.scope_left),
            "client_id": grant.client_id,
            "sub": grant.user_id,
            "iss": issuer,
            "iat": token.created_at,
            "exp": token.expires_at,
            "gid": grant.id,
        }
    )


def _revoke(value: str, house: "House") -> str:
    if ApiKeyCredential().recognises(value):
        key = stored_keys.find_by_value(value)
        if key is None:
            raise NotFound("There is no such API key.")
        api_keys.revoke_and_tell(house.settings, key, actor=ACTOR, because="operator")
        return "api_key"
    if RefreshTokenCredential().recognises(value):
        _revoke_family(value)
        return "refresh_token"
    if SessionTokenCredential().recognises(value):
        _end_session(value, house.server.verifier)
        return "session_token"
    _revoke_access_token(value, house.server.verifier)
    return "access_token"


def _revoke_family(value: str) -> None:
    token = refresh_tokens.find(value)
    grant = grants.find(token.grant_id) if token is not None else None
    if grant is None:
        raise NotFound("There is no such refresh token.")
    if grants.revoke(grant.id, because="operator"):
        record(Tag.GRANT_REVOKED, actor=ACTOR, user_id=grant.user_id, client_id=grant.client_id, grant=grant.id)


def _end_session(value: str, verifier: Verifier) -> None:
    good = recognised(value, verifier=verifier, address=None)
    if good is None:
        raise NotFound("There is no such session token, or it is not active any more.")
    user_id, sid = good.claims["sub"], good.claims["sid"]
    sessions.end_by_sid(sid, user_id=user_id)
    record(Tag.SESSION_ENDED, actor=ACTOR, user_id=user_id, sid=sid)


def _revoke_access_token(value: str, verifier: Verifier) -> None:
    found = access_token.authenticate(value, verifier)
    if found is None:
        raise NotFound("There is no such token, or it is not active any more.")
    row = found[0]
    if row.digest:
        access_tokens.revoke(row)
    else:
        access_tokens.revoke_jti(row.jti, grant_id=row.grant_id, expires_at=row.expires_at)
    record(Tag.TOKEN_REVOKED, actor=ACTOR, client_id=row.client_id, jti=row.jti)
