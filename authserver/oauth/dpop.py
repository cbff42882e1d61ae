"""DPoP proofs (RFC 9449): a JWT that shows possession of the key to which a token is bound.

Nonces are stateless: a keyed digest of the time, the same in every process, good for five to ten minutes.
"""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from authserver import clock, opaque
from authserver.oauth import client_jwt
from authserver.oauth.client_jwt import BadToken

TYP = "dpop+jwt"
OLDEST, NEWEST = 300, 60  # seconds that `iat` may lie in the past and in the future (DP1)
NONCE_PERIOD = 300
LONGEST_ID = 255
_DEFAULT_PORTS = {"https": 443, "http": 80}


class MissingNonce(BadToken):
    """The proof needs a nonce of this server, or a newer one (RFC 9449 section 8)."""


class OtherToken(BadToken):
    """A proof of this request, but made for another access token (RFC 9449 section 7.1)."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that is believed: the thumbprint of its key; its jti is still to be spent, until `expires_at`."""

    jkt: str
    jti: str
    expires_at: int
    nonce_due: bool = False  # its nonce is getting old: the answer should bring the next one


def nonce() -> str:
    """The nonce that clients are given now."""
    return _nonce(clock.now() // NONCE_PERIOD)


def verify(proof: str, *, method: str, url: str, access_token: str | None = None, needs_nonce: bool = True) -> Proof:
    """Believe a proof for this request (RFC 9449 section 4.3). `access_token`: the one that it is presented with.

    Raises MissingNonce, OtherToken; BadToken for everything else.
    """
    unverified = client_jwt.parse(proof, own_key=True)
    jwk, claims = unverified.header.get("jwk"), unverified.claims
    if unverified.header.get("typ") != TYP or not isinstance(jwk, dict):
        raise BadToken(f"typ must be {TYP}, and jwk the public key.")
    jkt = client_jwt.thumbprint(jwk)  # also refuses a private one
    plain = {name: value for name, value in jwk.items() if name not in {"kid", "use", "alg"}}
    client_jwt.verify(client_jwt.Unverified(proof, {**unverified.header, "kid": None}, claims), [plain])
    if claims.get("htm") != method or not same(claims.get("htu"), url):
        raise BadToken(f"htm and htu must be those of the request: {method} {url}.")
    now, iat, jti = clock.now(), claims.get("iat"), claims.get("jti")
    if not isinstance(iat, int) or isinstance(iat, bool) or not now - OLDEST <= iat <= now + NEWEST:
        raise BadToken("iat is not the time of now.")
    if not isinstance(jti, str) or not 1 <= len(jti) <= LONGEST_ID:
        raise BadToken(f"jti must be a string of 1 to {LONGEST_ID} characters.")
    if access_token is not None and claims.get("ath") != token_hash(access_token):
        raise OtherToken("ath is not the hash of the access token.")
    if needs_nonce and not _is_fresh(claims.get("nonce")):
        raise MissingNonce("The proof needs the nonce of this server.")
    return Proof(jkt, jti, iat + OLDEST + NEWEST, nonce_due=needs_nonce and claims["nonce"] != nonce())


def token_hash(access_token: str) -> str:
    """`ath`: the base64url of the SHA-256 of the token (RFC 9449 section 4.2)."""
    digest = hashlib.sha256(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _nonce(period: int) -> str:
    return opaque.digest("dpop_nonce", str(period))[:32]


def _is_fresh(given: Any) -> bool:
    period = clock.now() // NONCE_PERIOD
    return isinstance(given, str) and any(opaque.equal(given, _nonce(period - age)) for age in (0, 1))


def same(htu: Any, url: str) -> bool:
    """Whether they name one place (RFC 9449 section 4.3): without query and fragment, after normalisation."""
    return isinstance(htu, str) and len(htu) <= 2000 and _normal(htu) == _normal(url) is not None


def _normal(url: str) -> tuple[str, str, int | None, str] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port, parts.path or "/"
