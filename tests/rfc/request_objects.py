"""Request objects as clients make them (RFC 9101 section 4), and as they must not."""

import json
import time
from collections.abc import Mapping
from typing import Any

from joserfc import jws

from tests.conftest import ISSUER
from tests.relying_party import Key, RelyingParty, encoded
from tests.rfc.forgery import compact

ALGORITHMS = {"EC": "ES256", "OKP": "Ed25519", "RSA": "PS256"}


def make_object(
    rp: RelyingParty,
    *,
    key: Key | None = None,
    alg: str | None = None,
    header: Mapping[str, Any] | None = None,
    claims: Mapping[str, Any] | None = None,
    **wish: Any,
) -> str:
    """The request of this party, signed. `claims` replace those of the JWT, None leaves one out."""
    key = key or rp.secret
    assert not isinstance(key, str), "make it with method=private_key_jwt"
    alg = alg or ALGORITHMS[key.key_type]
    head = {"alg": alg, "typ": "oauth-authz-req+jwt", **({"kid": key.kid} if key.kid else {}), **(header or {})}
    kept = {name: value for name, value in head.items() if value is not None}
    return jws.serialize_compact(kept, json.dumps(claims_of(rp, claims, wish)).encode(), key, algorithms=[alg])


def unsigned(rp: RelyingParty, *, claims: Mapping[str, Any] | None = None, signature: bytes = b"", **wish: Any) -> str:
    """The same with `alg: none`."""
    return compact({"alg": "none"}, claims_of(rp, claims, wish), signature)


def claims_of(rp: RelyingParty, claims: Mapping[str, Any] | None, wish: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of the JWT, and the parameters beside them."""
    now = int(time.time())
    own = {"iss": rp.client.client_id, "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 300}
    stated = {**own, **rp.wish(**wish), **(claims or {})}
    return {name: value for name, value in stated.items() if value is not None}


def ask(rp: RelyingParty, token: str, **beside: Any) -> RelyingParty:
    """Send the user with the object, and with nothing else that must not be there."""
    query = {"client_id": rp.client.client_id, "request": token, **beside}
    return rp._browse("GET", f"/authorize?{encoded(query)}")


def is_page(party: RelyingParty, error: str) -> None:
    """`P400`: nothing for the client (AZ3)."""
    assert party.reply is not None
    assert party.reply.status_code == 400, (party.reply, party.answer)
    assert "Location" not in party.reply.headers
    assert error in party.reply.text
