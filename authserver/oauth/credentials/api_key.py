"""Scoped API keys, `rk_live_...` and `rk_test_...`: 26 random characters and a checksum of 6."""

import ipaddress
import re
import zlib

from authserver import clock, opaque
from authserver.limits import addresses
from authserver.models import api_keys, installation, users
from authserver.models.api_keys import ApiKey
from authserver.models.clients import Client
from authserver.models.users import User
from authserver.oauth.credentials.credential import (
    CHECK,
    DEAD,
    Found,
    Good,
    Question,
    Verifier,
    account_of,
    audience_for,
)
from authserver.oauth.errors import Cause, UnsupportedTokenTypeError

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
        if caller is None or key is None:
            return caller, None
        if not key.lives or not caller.asks_for_anybody:
            return caller, DEAD
        issuer = question.verifier.issuer
        audience = audience_for(key.audience, caller=caller, issuer=issuer)
        accepted = caller.environment in ("any", key.environment)
        born = max(caller.not_before, key.not_before)
        from_there = _address_allowed(key.ip_allow, question.address)
        if audience is None or not accepted or key.created_at < born or not from_there:
            return caller, DEAD
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
        account = account_of(user_id=key.user_id)
        return caller, Good(claims, account, key.tier, key.audience, key.email, announced=True)

    def revoke(self, token: str, client: Client, verifier: Verifier) -> None:
        says = "API keys are revoked by their owner, not by clients."
        raise UnsupportedTokenTypeError(says, Cause("api_key", CHECK))


def authenticate(key: str, *, address: str) -> tuple[ApiKey, User] | None:
    """A good key presented to this server itself, from this address, and its owner."""
    row = api_keys.find_by_value(key) if is_well_formed(key) else None
    owner = users.find(row.user_id) if row is not None else None
    if row is None or owner is None or not owner.enabled or not _lives(row):
        return None
    if row.created_at < max(owner.not_before, installation.not_before()):
        return None
    return (row, owner) if _address_allowed(row.ip_allow, addresses.known(address)) else None


def _lives(key: ApiKey) -> bool:
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > clock.now())


def _address_allowed(networks: tuple[str, ...], address: str | None) -> bool:
    if not networks:
        return True
    if not address:  # decision 27: the resource server must say where the key was used
        return False
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(network) for network in networks)
