"""ID tokens (OpenID Connect Core section 2)."""

import base64
import hashlib
from typing import Any

from authserver import clock
from authserver.keyring.keyring import Keyring
from authserver.models.clients import Client
from authserver.models.grants import Grant
from authserver.models.users import User

#: EdDSA (Ed25519) hashes with SHA-512; the others here with SHA-256 (OpenID Connect Core section 3.1.3.6).
_HASHES = {"EdDSA": hashlib.sha512}


def id_token_claims(
    *, issuer: str, client: Client, grant: Grant, user: User, nonce: str | None, access_token: str, ttl: int
) -> dict[str, Any]:
    """The claims of an ID token. `auth_time` is when the user really signed in, on a refresh too."""
    now = clock.now()
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": user.id,
        "aud": client.client_id,
        "iat": now,
        "exp": now + ttl,
        "auth_time": grant.auth_time,
        "acr": grant.acr,
        "amr": list(grant.amr),
        "sid": grant.sid,
        "at_hash": left_half(access_token, client.id_token_signed_response_alg),
    }
    if nonce is not None:
        claims["nonce"] = nonce
    return claims


def left_half(value: str, alg: str) -> str:
    """at_hash: base64url of the left half of the hash that belongs to the algorithm."""
    digest = _HASHES.get(alg, hashlib.sha256)(value.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def subject_of_hint(hint: str, *, issuer: str, client_id: str, keyring: Keyring) -> str | None:
    """The `sub` of an `id_token_hint`, expired or not (OpenID Connect Core section 3.1.2.1); None if not ours."""
    claims = keyring.verify(hint, typ="JWT")
    if claims is None or claims.get("iss") != issuer or claims.get("aud") != client_id:
        return None
    sub = claims.get("sub")
    return sub if isinstance(sub, str) else None
