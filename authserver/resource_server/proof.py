"""DPoP proofs (RFC 9449 section 4.3) as far as form, key and signature go; knows joserfc, and is loaded late."""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

LONGEST = 8192  # characters of a proof
SMALLEST_RSA = 2048  # bits
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_KINDS: Mapping[str, type[ECKey | RSAKey | OKPKey]] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_PUBLIC = frozenset({"kty", "crv", "x", "y", "n", "e"})


class _Registry(JWSRegistry):
    max_header_length = LONGEST  # joserfc's 512 bytes are too few for an RSA key


class Unbelievable(Exception):
    """It is no proof, or not by the key that it names; the text says why, for our own log."""


def read(text: str, *, algorithms: tuple[str, ...]) -> tuple[dict[str, Any], str]:
    """The claims of a proof, and the thumbprint of the key that has signed them. Raises Unbelievable."""
    if len(text) > LONGEST or not _COMPACT.fullmatch(text):
        raise Unbelievable("it is not one compact JWS")
    header = _object(text.partition(".")[0])
    alg, jwk = header.get("alg"), header.get("jwk")
    if header.get("typ") != "dpop+jwt" or alg not in algorithms or not isinstance(jwk, dict) or "crit" in header:
        raise Unbelievable("its header is not that of a DPoP proof")
    key = _key(jwk)
    try:
        claims = jwt.decode(text, key, registry=_Registry(algorithms=[alg])).claims
        return dict(claims), key.thumbprint()
    except (JoseError, ValueError, RecursionError):
        raise Unbelievable("its signature does not fit the key in its header") from None


def _key(jwk: dict[str, Any]) -> ECKey | RSAKey | OKPKey:
    kind = _KINDS.get(str(jwk.get("kty")))
    numbers = {name: value for name, value in jwk.items() if name in _PUBLIC}
    if kind is None or _PRIVATE & jwk.keys() or not all(isinstance(value, str) for value in numbers.values()):
        raise Unbelievable("jwk is no public key")
    try:
        if kind is RSAKey and _bits(numbers["n"]) < SMALLEST_RSA:
            raise Unbelievable("its RSA key is too short")
        return kind.import_key(numbers)
    except (JoseError, ValueError, TypeError, KeyError):
        raise Unbelievable("jwk is malformed") from None


def _bits(number: str) -> int:
    return int.from_bytes(urlsafe_b64decode(number + "=" * (-len(number) % 4))).bit_length()


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Unbelievable("its header is no JSON object with each member once")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands there twice")
    return found
