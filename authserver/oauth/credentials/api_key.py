"""Scoped API keys, `rk_live_...` and `rk_test_...`: 26 random characters and a checksum of 6."""

import ipaddress
import re
import zlib

from authserver import opaque
from authserver.models import api_keys
from authserver.models.api_keys import Asked
from authserver.models.clients import Client
from authserver.oauth.credentials.credential import Found, Good, Question, Verifier, account_of, audience_for
from authserver.oauth.errors import UnsupportedTokenTypeError

CLIENT_ID = "realmkit-api-keys"
ENVIRONMENTS = ("live", "test")
RANDOM, CHECKSUM = 26, 6
_SHAPE = re.compile(r"(rk_(?:live|test)_[0-9A-Za-z]{26})([0-9A-Za-z]{6})")


def generate(environment: str) -> str:
    """A new key of 154 random bits."""
    body = f"rk_{environment}_{opaque.base62(RANDOM)}"
    return body + checksum(body)


def checksum(body: str) -> str:
    """CRC-32 over prefix and random part, in base62: a typo or a swapped prefix never reaches the database (AK2)."""
    number, digits = zlib.crc32(body.encode("ascii")), ""
    for _ in range(CHECKSUM):
        number, digit = divmod(number, 62)
        digits = opaque.BASE62[digit] + digits
    return digits


def is_well_formed(key: str) -> bool:
    """Whether shape and checksum are right, offline."""
    match = _SHAPE.fullmatch(key)
    return match is not None and checksum(match[1]) == match[2]


class ApiKeyCredential:
    """API keys at `/introspect`."""

    def recognises(self, token: str) -> bool:
        return token.startswith(("rk_live_", "rk_test_"))

    def introspect(self, token: str, question: Question) -> Found:
        if not is_well_formed(token):
            return None
        caller, key = api_keys.ask(token, caller_id=question.caller_id, secret=question.secret)
        if caller is None or key is None or caller.type != "resource_server":
            return caller, None
        issuer = question.verifier.issuer
        audience = audience_for(key.audience, caller=caller, issuer=issuer)
        accepted = caller.environment in ("any", key.environment)
        born = max(caller.not_before, key.not_before)
        if audience is None or not accepted or key.created_at < born or not _address_allowed(key, question.address):
            return caller, None
        claims = {
            "active": True,
            "token_type": "Bearer",
            "token_use": "api_key",
            "scope": key.scope,
            "client_id": CLIENT_ID,
            "sub": key.user_id,
            "username": key.username,
            "iss": issuer,
            "aud": audience,
            "iat": key.created_at,
            "jti": key.id,
            "key_id": key.id,
            "key_name": key.name,
            "environment": key.environment,
        }
        if key.expires_at is not None:
            claims["exp"] = key.expires_at
        return caller, Good(claims, account_of(user_id=key.user_id), key.tier)

    def revoke(self, token: str, client: Client, verifier: Verifier) -> None:
        raise UnsupportedTokenTypeError("API keys are revoked by their owner, not by clients.")


def _address_allowed(key: Asked, address: str | None) -> bool:
    if not key.ip_allow:
        return True
    if address is None:  # decision 27: the resource server must say where the key was used
        return False
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(network) for network in key.ip_allow)
