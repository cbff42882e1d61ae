"""A client as the FAPI 2.0 Security Profile wants it: private_key_jwt, DPoP, pushed requests, its three algorithms."""

from typing import Any

from flask import Flask
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.relying_party import Key
from tests.rfc.conftest import Party, party_at
from tests.rfc.proofs import new_key

SECURITY_PROFILE = {
    "method": "private_key_jwt",
    "dpop_bound_access_tokens": True,
    "require_pushed_authorization_requests": True,
    "id_token_signed_response_alg": "PS256",
}
MESSAGE_SIGNING = {
    **SECURITY_PROFILE,
    "require_signed_request_object": True,
    "authorization_signed_response_alg": "PS256",
}
#: Section 5.4.1: what keys may sign with.
KEYS: dict[str, Any] = {
    "ES256": lambda: ECKey.generate_key("P-256", auto_kid=True),
    "PS256": lambda: RSAKey.generate_key(2048, auto_kid=True),
    "Ed25519": lambda: OKPKey.generate_key("Ed25519", auto_kid=True),
}


def fapi_party(app: Flask, *, alg: str = "ES256", **metadata: Any) -> Party:
    """Such a client, and its user signed in. Its assertions are signed by `alg` and no other."""
    key: Key = KEYS[alg]()
    signing = {"token_endpoint_auth_signing_alg": alg, "request_object_signing_alg": alg}
    party = party_at(app, **{**SECURITY_PROFILE, **signing, "key": key, **metadata})
    party.dpop_key = new_key()
    return party
