"""What a token or key is, read and verified here and not on somebody else's site; its state only for its owner."""

import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any

from authserver import clock
from authserver.models import access_tokens, api_keys, clients, grants
from authserver.models.access_tokens import AccessToken
from authserver.models.users import User
from authserver.oauth.credentials import access_token, api_key, session_token
from authserver.oauth.credentials.credential import Verifier
from authserver.oauth.issuer import ACCESS_TOKEN_TYP

ID_TOKEN_TYP = "JWT"
LONGEST = 16_384
#: What our opaque values begin with.
PREFIXES = {
    "at_": "an opaque access token",
    "rt_": "a refresh token",
    "ac_": "an authorization code",
    "cs_": "a client secret",
}
NOT_YOURS = "Whether it is live is told to its owner only."


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `passed` None: it says something and is neither good nor bad."""

    name: str
    passed: bool | None
    says: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What it is, what was found, and what stands in it."""

    kind: str
    checks: tuple[Check, ...]
    header: dict[str, Any] | None = None
    claims: dict[str, Any] | None = None


def inspect(value: str, *, user: User, verifier: Verifier) -> Inspection:
    """Whatever a person has pasted."""
    if value.startswith(("rk_live_", "rk_test_")):
        return _key(value, user)
    if value.count(".") == 2 and len(value) <= LONGEST:
        header, claims = _part(value, 0), _part(value, 1)
        if header is not None and claims is not None:
            return _jwt(value, header, claims, user=user, verifier=verifier)
    for prefix, kind in PREFIXES.items():
        if value.startswith(prefix):
            return _opaque(value, kind, user)
    nothing = Check("form", False, "It is neither a JSON Web Token nor a key or token as this server makes them.")
    return Inspection("something else", (nothing,))


def _key(value: str, user: User) -> Inspection:
    environment = value.split("_")[1]
    right = api_key.is_well_formed(value)
    says = "The checksum at its end is right." if right else "The checksum is wrong: mistyped, cut off or invented."
    checks = [Check("environment", None, f"It is a {environment} key."), Check("checksum", right, says)]
    if right:
        key = api_keys.find_by_value(value)
        if key is None or not (user.is_admin or key.user_id == user.id):
            checks.append(Check("state", None, NOT_YOURS))
        elif key.revoked_at is not None:
            checks.append(Check("state", False, f"{key.name} was revoked {_ago(key.revoked_at)}."))
        elif key.expires_at is not None and key.expires_at <= clock.now():
            checks.append(Check("state", False, f"{key.name} expired {_ago(key.expires_at)}."))
        else:
            checks.append(Check("state", True, f"{key.name} is live, for {key.scope}."))
    return Inspection("an API key", tuple(checks))


def _opaque(value: str, kind: str, user: User) -> Inspection:
    if not value.startswith("at_"):
        return Inspection(kind, (Check("state", None, "What it is good for is seen by using it; it is secret."),))
    return Inspection(kind, (_state(access_tokens.find(value), user),))


def _jwt(
    value: str, header: dict[str, Any], claims: dict[str, Any], *, user: User, verifier: Verifier
) -> Inspection:
    typ = header.get("typ")
    kind = _kind(typ, claims)
    signed = verifier.keyring.verify(value, typ=str(typ)) is not None
    ours = claims.get("iss") == verifier.issuer
    checks = [
        Check("algorithm", header.get("alg") not in {None, "none"}, f"alg is {_shown(header.get('alg'))}."),
        Check("signature", signed, "Signed by a key of this server." if signed else _unsigned(header, verifier)),
        Check("issuer", ours, f"iss is {_shown(claims.get('iss'))}." if ours else _foreign(claims, verifier)),
        _times(claims),
        Check("audience", None, f"aud is {_shown(claims.get('aud'))}."),
    ]
    if signed and ours:
        checks.append(_jwt_state(value, typ, user=user, verifier=verifier))
    return Inspection(kind, tuple(checks), header, claims)


def _jwt_state(value: str, typ: object, *, user: User, verifier: Verifier) -> Check:
    if typ == ID_TOKEN_TYP:
        return Check("state", None, "An ID token says who signed in. It opens nothing: do not send it to an API.")
    if session_token.SessionTokenCredential().recognises(value):
        read = session_token.read(value, verifier)
        if read is None or not (user.is_admin or read.sub == user.id):
            return Check("state", None, NOT_YOURS)
        return Check("state", None, "It is good while the web session lasts in which it was made.")
    return _state(access_token.read_jwt(value, verifier), user)


def _state(token: AccessToken | None, user: User) -> Check:
    """Whether an access token is good now, for the person it stands for and the owner of its application."""
    client = clients.find(token.client_id) if token is not None else None
    owner = client.owner_id if client is not None else None
    grant = grants.find(token.grant_id) if token is not None else None
    if token is None or not (user.is_admin or user.id in {owner, grant.user_id if grant is not None else None}):
        return Check("state", None, NOT_YOURS)
    standing = access_tokens.standing_of_jwt(grant_id=token.grant_id, jti=token.jti)
    now = access_token.current(token, standing)
    if now is None:
        return Check("state", False, "It has been revoked, it has expired, or what it was issued from has ended.")
    return Check("state", True, f"It is live, for {now.scope or 'no scope'}.")


def _kind(typ: object, claims: dict[str, Any]) -> str:
    if typ == ACCESS_TOKEN_TYP:
        return "a session token" if "token_use" in claims else "an access token"
    return "an ID token" if typ == ID_TOKEN_TYP else "a JSON Web Token"


def _unsigned(header: dict[str, Any], verifier: Verifier) -> str:
    kid = header.get("kid")
    known = kid in {key["kid"] for key in verifier.keyring.published()}
    if not known:
        return f"No key of this server has the kid {_shown(kid)}: it comes from elsewhere, or its key is retired."
    return "The key is ours, but the signature does not fit: the token was changed, or is cut off."


def _foreign(claims: dict[str, Any], verifier: Verifier) -> str:
    return f"iss is {_shown(claims.get('iss'))}, this server is {verifier.issuer}: they must be the same to the byte."


def _times(claims: dict[str, Any]) -> Check:
    exp = claims.get("exp")
    if not isinstance(exp, int):
        return Check("time", False, "exp is missing, or no whole number.")
    if exp <= clock.now():
        return Check("time", False, f"It expired {_ago(exp)}.")
    return Check("time", True, f"It is good for {_span(exp - clock.now())} more.")


def _part(value: str, index: int) -> dict[str, Any] | None:
    encoded = value.split(".")[index]
    try:
        found = json.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)[:300]


def _ago(at: int) -> str:
    return f"{_span(clock.now() - at)} ago"


def _span(seconds: int) -> str:
    return clock.span(seconds) if seconds else "less than a second"
