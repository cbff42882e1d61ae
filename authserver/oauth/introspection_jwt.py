"""Introspection answers as JWTs (RFC 9701): signed for whoever asked, so that it can show them to others."""

import re

from authserver import clock
from authserver.models import clients
from authserver.oauth.errors import ClientAuthenticationError
from authserver.oauth.introspection import Introspected
from authserver.oauth.sealing import Sealer

MEDIA_TYPE = "application/token-introspection+jwt"
TYP = "token-introspection+jwt"
ALG = "RS256"  # unless the resource server is registered for another (section 6)
_QUALITY = re.compile(r";\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)")
_JSON = ("application/json", "application/*", "*/*")


def wanted(accept: str | None) -> bool:
    """Whether a JWT is asked for (section 4), and JSON is not liked better."""
    if not accept or MEDIA_TYPE not in accept.lower():
        return False
    liked: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, _, _ = part.partition(";")
        quality = _QUALITY.search(part)
        liked[name.strip()] = float(quality[1]) if quality else 1.0
    return 0 < liked.get(MEDIA_TYPE, 0) >= max(liked.get(name, 0) for name in _JSON)


def write(found: Introspected, *, issuer: str, sealer: Sealer) -> str:
    """The answer inside a JWT (section 5). Raises invalid_request when it cannot be encrypted as it should be."""
    client = clients.find(found.caller_id)
    if client is None:  # deleted in this very moment
        raise ClientAuthenticationError
    claims = {
        "iss": issuer,
        "aud": client.client_id,
        "iat": clock.now(),
        # No `sub` and no `exp` beside it: section 5 forbids what would make it look like the token itself.
        "token_introspection": found.document or {"active": False},
    }
    alg = client.details.get("introspection_signed_response_alg", ALG)
    return sealer.seal(claims, client, answer="introspection", typ=TYP, alg=alg)
