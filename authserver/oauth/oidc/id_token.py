"""ID tokens (OpenID Connect Core section 2)."""

import base64
import hashlib
from typing import Any

from authserver import clock
from authserver.keyring.keyring import Keyring
from authserver.models.clients import Client
from authserver.models.grants import Grant
from authserver.models.users import User
from authserver.oauth.oidc.subject import session_of, subject_of

#: EdDSA (Ed25519) hashes with SHA-512; the others here with SHA-256 (OpenID Connect Core section 3.1.3.6).
_HASHES = {"EdDSA": hashlib.sha512}


def id_token_claims(
    *, issuer: str, client: Client, grant: Grant, user: User, nonce: str | None, access_token: str, ttl: int
) -> dict[str, Any]:
    """The claims of an ID token. `auth_time` is when the user really signed in, on a refresh too."""
    now = clock.now()
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": subject_of(user, client),
        "aud": client.client_id,
        "iat": now,
        "exp": now + ttl,
        "auth_time": grant.auth_time,
        "acr": grant.acr,
        "amr": list(grant.amr),
        "sid": session_of(grant.sid, client) if grant.sid is not None else None,
        "at_hash": left_half(access_token, client.id_token_signed_response_alg),
    }
    if nonce is not None:
        claims["nonce"] = nonce
    return claims


def left_half(value: str, alg: str) -> str:
    """at_hash: base64url of the left half of the hash that belongs to the algorithm."""
    digest = _HASHES.get(alg, hashlib.sha256)(value.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def read_hint(hint: str, *, issuer: str, keyring: Keyring) -> dict[str, Any] | None:
    """The claims of an ID token of ours, expired or not.

    Other answers that we sign are none: those of userinfo have no `exp`, those of JARM no `sub`.
    """
    claims = keyring.verify(hint, typ="JWT")
    return claims if claims is not None and claims.get("iss") == issuer and {"sub", "exp"} <= claims.keys() else None


def subject_of_hint(hint: str, *, issuer: str, client_id: str, keyring: Keyring) -> str | None:
    """The `sub` of an `id_token_hint`, expired or not (OpenID Connect Core section 3.1.2.1); None if not ours."""
    claims = read_hint(hint, issuer=issuer, keyring=keyring)
    if claims is None or claims.get("aud") != client_id:
        return None
    sub = claims.get("sub")
    return sub if isinstance(sub, str) else None
