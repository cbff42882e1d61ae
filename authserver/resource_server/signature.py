"""What the issuer has signed for us (RFC 7515): the only file that knows joserfc, loaded when it is needed."""

import json
from collections.abc import Callable
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ["ES256", "RS256", "PS256", "EdDSA", "Ed25519"]


class NotSigned(Exception):
    """Not by the issuer, or not for us."""


class Verifier:
    """Knows the issuer's keys; `fetch` brings its JWK Set, once more when a key is new."""

    def __init__(self, *, issuer: str, audience: str, fetch: Callable[[], bytes]) -> None:
        self._stated = (issuer, audience)
        self._fetch = fetch
        self._keys: KeySet | None = None

    def claims(self, token: str, *, typ: str) -> dict[str, Any]:
        """The claims. Raises NotSigned."""
        for keys in (self._keys, None):
            try:
                decoded = jwt.decode(token, keys or self._fetched(), algorithms=ALGORITHMS)
            except (JoseError, ValueError):
                continue
            claims = dict(decoded.claims)
            if decoded.header.get("typ") == typ and (claims.get("iss"), claims.get("aud")) == self._stated:
                return claims
            break
        raise NotSigned("it is not signed by the issuer, or not for us")

    def _fetched(self) -> KeySet:
        try:
            self._keys = KeySet.import_key_set(json.loads(self._fetch()))
        except (JoseError, ValueError, KeyError, TypeError):
            raise NotSigned("the keys of the issuer are not understood") from None
        return self._keys
