"""What clients sign: DPoP proofs (RFC 9449 section 4.2) and assertions (RFC 7523 section 3), good and bad ones."""

import json
import secrets
import time
import uuid
from collections.abc import Mapping
from typing import Any

from joserfc import jws, jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from authserver.oauth.dpop import token_hash

Key = ECKey | OKPKey | RSAKey


def new_key() -> ECKey:
    """A key pair for ES256."""
    return ECKey.generate_key("P-256")


def make_proof(
    key: Key,
    method: str,
    url: str,
    *,
    token: str | None = None,
    nonce: str | None = None,
    header: dict[str, Any] | None = None,
    alg: str = "ES256",
    **changes: Any,
) -> str:
    """A proof for this request. `changes` replace claims, None leaves one out; `header` replaces its members."""
    claims = {
        "jti": uuid.uuid4().hex,
        "htm": method,
        "htu": url,
        "iat": int(time.time()),
        "ath": None if token is None else token_hash(token),
        "nonce": nonce,
        **changes,
    }
    head = {"typ": "dpop+jwt", "alg": alg, "jwk": key.as_dict(private=False), **(header or {})}
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(head, kept, key, algorithms=[alg])


def assertion(client_id: str, key: Key, *, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
    """A JWT that proves a client, good for a minute."""
    now = int(time.time())
    alg = {"EC": "ES256", "OKP": "Ed25519", "RSA": "PS256"}[key.key_type]
    header = {"alg": alg, **({"kid": key.kid} if key.kid else {}), **(header or {})}
    stated = {
        "iss": client_id,
        "sub": client_id,
        "jti": secrets.token_urlsafe(12),
        "iat": now,
        "exp": now + 60,
        **claims,
    }
    stated = {name: value for name, value in stated.items() if value is not None}
    return jws.serialize_compact(header, json.dumps(stated), key, algorithms=[header["alg"]])
