"""private_key_jwt: a client proves itself by a short-lived JWT that it has signed (RFC 7523 sections 2.2 and 3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from authserver import clock
from authserver.oauth import client_jwt
from authserver.oauth.client_jwt import BadToken, Unverified

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
METHOD = "private_key_jwt"
LEEWAY = 60  # seconds that the client's clock may differ
LONGEST_LIFE = 600  # seconds from now to `exp` (CA7)
LONGEST_ID = 255
_NAMES = {"Ed25519": "EdDSA"}  # RFC 9864 renamed it
_TYPES = frozenset({None, "JWT", "jwt", "client-authentication+jwt"})


@dataclass(frozen=True, slots=True)
class Assertion:
    """What it says, once it is believed; the jti is still to be spent."""

    client_id: str
    jti: str
    expires_at: int


def claimed_client(assertion: str) -> tuple[Unverified, str]:
    """Its parts, and the client that it names, not yet believed. Raises BadToken."""
    unverified = client_jwt.parse(assertion)
    if unverified.header.get("typ") not in _TYPES:
        raise BadToken("Its typ is that of something else.")
    sub = unverified.claims.get("sub")
    if not _is_text(sub) or unverified.claims.get("iss") != sub:
        raise BadToken("iss and sub must both be the client_id.")
    return unverified, sub


def check_alg(unverified: Unverified, registered: str | None) -> None:
    """`token_endpoint_auth_signing_alg` leaves one algorithm only. Raises BadToken."""
    if registered is not None and _NAMES.get(unverified.alg, unverified.alg) != _NAMES.get(registered, registered):
        raise BadToken(f"Its algorithm is {unverified.alg}, and the application is registered for {registered}.")


def verify(
    unverified: Unverified,
    *,
    client_id: str,
    keys: Iterable[Mapping[str, Any]],
    audiences: tuple[str, ...],
    lists: bool = False,
) -> Assertion:
    """Believe it. `audiences`: what `aud` may be; `lists`: whether it may stand among others (a client's exception).

    Raises BadToken.
    """
    claims = client_jwt.verify(unverified, keys)
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise BadToken("iss and sub must both be the client_id.")
    aud = claims.get("aud")
    named = aud if lists and isinstance(aud, list) else [aud]
    if not any(one in audiences for one in named):
        raise BadToken(f"aud must be {audiences[0]} and nothing else.")
    now, exp, jti = clock.now(), claims.get("exp"), claims.get("jti")
    if not _is_time(exp) or exp <= now - LEEWAY or exp > now + LONGEST_LIFE:
        raise BadToken(f"exp must be there, not be over, and be at most {LONGEST_LIFE} seconds ahead.")
    for name in ("nbf", "iat"):
        if name in claims and not (_is_time(claims[name]) and claims[name] <= now + LEEWAY):
            raise BadToken(f"{name} is in the future.")
    if not _is_text(jti):
        raise BadToken(f"jti must be a string of 1 to {LONGEST_ID} printable characters.")
    return Assertion(client_id, jti, exp)


def _is_text(value: Any) -> TypeGuard[str]:
    # JSON can spell NUL and halves of surrogate pairs, which no database takes.
    return isinstance(value, str) and 1 <= len(value) <= LONGEST_ID and value.isprintable()


def _is_time(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53
