"""JSON Web Tokens that clients sign: assertions, request objects, DPoP proofs (RFC 7515, RFC 7517, RFC 8725).

The keys are those that the client has registered, or for a proof the one in its header; nothing that a header names is
ever fetched, and its algorithm counts only if it is allowed here and fits the key (CA8, JW1-JW9).
"""

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from authserver import strict_json

#: Signatures that are taken, and the kind of key that makes each.
ALGORITHMS: Mapping[str, tuple[str, str | None]] = {
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
    "PS256": ("RSA", None),
    "RS256": ("RSA", None),
}
LONGEST = 8192  # characters of a token (DP6)
MOST_KEYS = 20
SMALLEST_RSA = 2048  # bits
#: Members that make a reader fetch a key, or take it from the token itself.
_FOREIGN = frozenset({"jku", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64"})
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_UNSIGNED = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.")
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
Key = ECKey | RSAKey | OKPKey
_KINDS: Mapping[str, type[Key]] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}


class _Registry(JWSRegistry):
    max_header_length = LONGEST  # the RSA key of a proof is longer than the 512 bytes of joserfc; `parse` has the limit


class BadToken(Exception):
    """It cannot be believed; the text says why, for the owner of the client."""


@dataclass(frozen=True, slots=True)
class Unverified:
    """The parts of a token, before its signature was looked at."""

    token: str
    header: dict[str, Any]
    claims: dict[str, Any]

    @property
    def alg(self) -> str:
        return str(self.header["alg"])


def parse(token: str, *, own_key: bool = False) -> Unverified:
    """Header and claims, if their form is right. `own_key`: whether the header holds the key, as in a DPoP proof.

    Raises BadToken.
    """
    if len(token) > LONGEST or not _COMPACT.fullmatch(token):
        raise BadToken("It is not a compact JWS.")
    header, claims = _parts(token)
    forbidden = _FOREIGN if own_key else _FOREIGN | {"jwk"}
    if found := sorted(forbidden & header.keys()):
        raise BadToken(f"Its header may not hold {found[0]}.")
    if header.get("alg") not in ALGORITHMS:
        raise BadToken("Its algorithm is not taken.")
    return Unverified(token, header, claims)


def parse_unsigned(token: str) -> Unverified:
    """The same of a token without a signature (`none`), where a client is registered for that. Raises BadToken."""
    if len(token) > LONGEST or not _UNSIGNED.fullmatch(token):
        raise BadToken("It is not a compact JWS without a signature.")
    header, claims = _parts(token)
    if header.get("alg") != "none" or _FOREIGN & header.keys():
        raise BadToken("Its algorithm must be none, for which the application is registered.")
    return Unverified(token, header, claims)


def verify(unverified: Unverified, keys: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The claims, if one of these public keys has signed them. Raises BadToken."""
    kid = unverified.header.get("kid")
    fitting = [key for key in keys if _fits(key, unverified.alg) and (kid is None or key.get("kid") in (kid, None))]
    if not fitting:
        raise BadToken("None of the registered keys has its kid and fits its algorithm.")
    for key in fitting[:MOST_KEYS]:
        try:
            registry = _Registry(algorithms=[unverified.alg])
            return dict(jwt.decode(unverified.token, import_key(key), registry=registry).claims)
        except (JoseError, ValueError):
            continue
    raise BadToken("Its signature does not fit the registered key.")


def import_key(jwk: Mapping[str, Any]) -> Key:
    """A public key as it can be used. Raises BadToken for a private, symmetric, weak or malformed one (DC4, JW8)."""
    kind = _KINDS.get(str(jwk.get("kty")))
    if kind is None or _PRIVATE & jwk.keys():
        raise BadToken("A key must be public: EC, RSA or OKP, without private members.")
    # What it says of its use is the client's own affair; only the numbers count.
    numbers = {name: value for name, value in jwk.items() if name in {"kty", "crv", "x", "y", "n", "e"}}
    if not all(isinstance(value, str) for value in numbers.values()):
        raise BadToken("A member of the key is no string.")
    try:
        if kind is RSAKey and _bits(numbers["n"]) < SMALLEST_RSA:  # joserfc only warns
            raise BadToken(f"An RSA key has at least {SMALLEST_RSA} bits.")
        return kind.import_key(numbers)
    except (JoseError, ValueError, TypeError, KeyError):
        raise BadToken("The key is malformed.") from None


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """The SHA-256 thumbprint of a key (RFC 7638). Raises BadToken."""
    return import_key(jwk).thumbprint()


def check_set(document: object) -> tuple[dict[str, Any], ...]:
    """The keys of a JWK Set that a client has registered. Raises BadToken."""
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or not 1 <= len(keys) <= MOST_KEYS or not all(isinstance(key, dict) for key in keys):
        raise BadToken(f"It must be an object with 1 to {MOST_KEYS} keys.")
    for key in keys:
        import_key(key)
    return tuple(keys)


def _fits(jwk: Mapping[str, Any], alg: str) -> bool:
    kty, crv = ALGORITHMS[alg]
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", alg) != alg:
        return False
    return jwk.get("kty") == kty and (crv is None or jwk.get("crv") == crv)


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims. What is looked up by a header is a string."""
    header, claims = (_object(part) for part in token.split(".")[:2])
    if not all(isinstance(header.get(name, ""), str) for name in ("alg", "kid", "typ")):
        raise BadToken("alg, kid and typ are strings.")
    return header, claims


def _bits(number: str) -> int:
    """Of an integer in base64url (RFC 7518 section 2); zeros in front of it count for nothing."""
    return int.from_bytes(urlsafe_b64decode(number + "=" * (-len(number) % 4))).bit_length()


def _object(part: str) -> dict[str, Any]:
    try:
        found = strict_json.parse(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadToken("One of its parts is no JSON object with each member once.")
    return found
