"""Tokens that nobody should believe, and tokens of our own key that our own mint would never make."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from authserver import clock
from authserver.models.unit_of_work import unit_of_work

if TYPE_CHECKING:
    from authserver.composition import House

Jwk = ECKey | OKPKey | RSAKey


def b64(raw: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, not verified."""
    header, payload, _ = token.split(".")
    read = [json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in (header, payload)]
    return read[0], read[1]


def compact(header: Any, payload: Any, signature: bytes = b"") -> str:
    """A JWS of these parts; strings are taken as they are."""
    texts = [part if isinstance(part, str) else json.dumps(part) for part in (header, payload)]
    return ".".join([*(b64(text.encode()) for text in texts), b64(signature)])


class Forger:
    """Has seen one good token, and holds the server's private key where a test says so."""

    def __init__(self, house: "House", token: str) -> None:
        self.house = house
        self.token = token
        self.header, self.claims = parts(token)

    def with_our_key(self, header: Any = None, payload: Any = None) -> str:
        """Signed by the key that signed the good token. Members are merged into its own; strings replace them."""
        headed = header if isinstance(header, str) else json.dumps({**self.header, **(header or {})})
        said = payload if isinstance(payload, str) else json.dumps({**self.claims, **(payload or {})})
        return _signed(self.private_key(), self.header["alg"], headed, said)

    def with_key(self, key: Jwk, alg: str, **header: Any) -> str:
        """The good token's claims under another key."""
        return _signed(key, alg, json.dumps({**self.header, "alg": alg, **header}), json.dumps(self.claims))

    def unsigned(self, alg: Any, **header: Any) -> str:
        """The good token without a signature."""
        return compact({**self.header, "alg": alg, **header}, self.claims)

    def with_public_key_as_secret(self, form: str, alg: str = "HS256") -> str:
        """Algorithm confusion (CVE-2024-37568): HMAC with what everybody knows."""
        public = self.private_key().public_key
        if form == "jwk":
            secret = json.dumps(self.private_key().as_dict(private=False)).encode()
        else:
            encoding = serialization.Encoding.PEM if form == "PEM" else serialization.Encoding.DER
            secret = public.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
        signed = compact({**self.header, "alg": alg}, self.claims).rpartition(".")[0]
        digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[alg]
        return f"{signed}.{b64(hmac.new(secret, signed.encode(), digest).digest())}"

    def with_rsa_512(self) -> str:
        """A key that can be broken, below what libraries make."""
        key = _rsa_of_512_bits()
        signed = compact({**self.header, "alg": "RS256"}, self.claims).rpartition(".")[0]
        return f"{signed}.{b64(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def private_key(self) -> Any:
        """The key that signed the good token."""
        with unit_of_work(self.house.database):
            loaded = self.house.server.keyring._find(self.header["kid"])
        assert loaded is not None
        return loaded.jwk


def _signed(key: Jwk, alg: str, header: str, payload: str) -> str:
    """Header and payload as they are, byte for byte."""
    signing_input = f"{b64(header.encode())}.{b64(payload.encode())}"
    algorithm = jws.JWSRegistry.algorithms[alg]
    return f"{signing_input}.{b64(algorithm.sign(signing_input.encode(), key))}"


def _rsa_of_512_bits() -> rsa.RSAPrivateKey:
    p, q = _prime(256), _prime(256)
    n, e = p * q, 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(e, n)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


def _prime(bits: int) -> int:
    import secrets

    while True:
        number = secrets.randbits(bits) | 1 << (bits - 1) | 1 << (bits - 2) | 1
        if (number - 1) % 65537 and all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7, 11, 13)):
            return number


def later(seconds: int) -> int:
    """A time relative to now."""
    return clock.now() + seconds
