"""Signing keys: make, rotate, retire, sign, verify, publish (RFC 7517, RFC 7515).

A key is `next` until its `activates_at`, then `current` until the next one's, then `previous`: it only verifies until
no token that it signed can live. `retire` withdraws it at once.
"""

import hashlib
import json
import warnings
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from authserver import clock, opaque
from authserver.keyring.master import MasterKey
from authserver.models import signing_keys
from authserver.models.signing_keys import SigningKey
from authserver.strict_json import members_once

# joserfc warns of the name `EdDSA`, which registered clients use (decision 21).
warnings.filterwarnings("ignore", message="EdDSA is deprecated via RFC 9864")

Jwk = ECKey | RSAKey | OKPKey
RELOAD_AFTER = 5  # seconds after which rotation and retirement elsewhere are seen at the latest
REMEMBERED = 20_000  # verified tokens, by digest
LONGEST_TOKEN = 16_384  # characters
LONGEST_LIFE = 86_400 + 60  # of a signed token, seconds, with leeway: how long a previous key is published


@dataclass(frozen=True, slots=True)
class LoadedKey:
    """A key that can be used: the row and its private part, decrypted."""

    row: SigningKey
    jwk: Jwk


class _Strict(json.JSONDecoder):
    """For joserfc, which takes a decoder and no hook."""

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=members_once)


class Keyring:
    """The signing keys of this installation, as this process sees them. Needs a unit of work around it."""

    def __init__(self, master: MasterKey, *, wait: int) -> None:
        """`wait`: seconds that a new key is published before its first use."""
        self._master = master
        self._wait = wait
        self._keys: dict[str, LoadedKey] = {}
        self._loaded_at = 0
        self._verdicts: dict[bytes, tuple[str, dict[str, Any]]] = {}

    def ensure(self, algorithms: tuple[str, ...]) -> None:
        """Make a key of each algorithm that has none, or only retired ones; it signs at once. Raises WrongMasterKey."""
        keys = signing_keys.every()
        for alg in algorithms:
            own = [key for key in keys if key.alg == alg]
            if all(key.retired_at is not None for key in own):
                self._make(alg, generation=_following(own), activates_at=clock.now())
        self._reload()

    def rotate(self, alg: str, *, now: bool = False) -> str | None:
        """Make the next key and return its kid; None when another process has just made one (FT7).

        It signs after the JWKS has had time to reach everybody, or at once with `now`.
        """
        keys = [key for key in signing_keys.every() if key.alg == alg]
        kid = self._make(alg, generation=_following(keys), activates_at=clock.now() + (0 if now else self._wait))
        self._loaded_at = 0
        return kid

    def retire(self, kid: str) -> bool:
        """Withdraw a key and all that it signed. False when there is no such key in use."""
        self._loaded_at = 0
        return signing_keys.retire(kid)

    def sign(self, claims: dict[str, Any], *, alg: str, typ: str, remembered: bool = True) -> str:
        """A compact JWS of these claims under the current key of the algorithm; `remembered` if it will come back."""
        key = self._current(alg)
        if key is None:
            self.ensure((alg,))
            key = self._current(alg)
        assert key is not None  # ensured
        header = {"alg": alg, "typ": typ, "kid": key.row.kid}
        token = jwt.encode(header, claims, key.jwk, algorithms=[alg])
        if remembered:
            self._remember(_digest(token, typ), key.row.kid, claims)
        return token

    def verify(self, token: str, *, typ: str) -> dict[str, Any] | None:
        """The claims of a token that this server signed, else None. State is not asked here, nor `exp`."""
        if len(token) > LONGEST_TOKEN:
            return None
        digest = _digest(token, typ)
        known = self._verdicts.get(digest)
        if known is not None and known[0] in self._fresh():
            return dict(known[1])
        kid = _kid(token, typ)
        key = self._find(kid) if kid and _canonical(token) else None
        if key is None:
            return None
        try:
            claims = jwt.decode(token, key.jwk, algorithms=[key.row.alg], decoder_cls=_Strict).claims
        except (JoseError, ValueError):
            return None
        self._remember(digest, key.row.kid, claims)
        return dict(claims)

    def _remember(self, digest: bytes, kid: str, claims: dict[str, Any]) -> None:
        """A signature that is known to be good need not be checked again; the state behind it always is."""
        if len(self._verdicts) >= REMEMBERED:
            self._verdicts.clear()
        self._verdicts[digest] = (kid, dict(claims))

    def published(self) -> list[dict[str, Any]]:
        """The public keys of the JWKS, `next` and `previous` ones included."""
        self._reload()
        return [dict(key.row.public_jwk) for key in self._keys.values()]

    def states(self) -> list[tuple[SigningKey, str]]:
        """Every key and what it is now: next, current, previous or retired."""
        self._reload()
        rows = signing_keys.every()
        return [(row, self._state(row)) for row in rows]

    def _state(self, row: SigningKey) -> str:
        if row.retired_at is not None:
            return "retired"
        current = self._current(row.alg)
        if current is not None and current.row.kid == row.kid:
            return "current"
        return "next" if row.activates_at > clock.now() else "previous"

    def _current(self, alg: str) -> LoadedKey | None:
        own, now = [key for key in self._fresh().values() if key.row.alg == alg], clock.now()
        active = [key for key in own if key.row.activates_at <= now]
        if active:
            return max(active, key=lambda key: key.row.generation)
        # All before it were retired: what is published already is better than a key that nobody has seen.
        return min(own, key=lambda key: key.row.activates_at, default=None)

    def _find(self, kid: str) -> LoadedKey | None:
        key = self._fresh().get(kid)
        if key is None and self._loaded_at < clock.now():  # made elsewhere since; at most one look a second
            self._reload()
            key = self._keys.get(kid)
        return key

    def _fresh(self) -> dict[str, LoadedKey]:
        if not 0 <= clock.now() - self._loaded_at < RELOAD_AFTER:
            self._reload()
        return self._keys

    def _reload(self) -> None:
        now = clock.now()
        rows = [row for row in signing_keys.every() if row.retired_at is None]
        self._keys = {
            row.kid: self._keys.get(row.kid) or self._load(row) for row in rows if not _outlived(row, rows, now)
        }
        self._loaded_at = now

    def _load(self, row: SigningKey) -> LoadedKey:
        private = json.loads(self._master.decrypt(row.private_jwk, label=row.kid))
        kinds: dict[str, type[Jwk]] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}
        return LoadedKey(row, kinds[private["kty"]].import_key(private))

    def _make(self, alg: str, *, generation: int, activates_at: int) -> str | None:
        jwk, kid = _generate(alg), opaque.identifier("k")
        public: dict[str, object] = {**jwk.as_dict(private=False), "kid": kid, "use": "sig", "alg": alg}
        sealed = self._master.encrypt(json.dumps(jwk.as_dict(private=True)).encode(), label=kid)
        row = SigningKey(kid, alg, generation, public, sealed, clock.now(), activates_at, None)
        return kid if signing_keys.add(row) else None


def _outlived(row: SigningKey, rows: list[SigningKey], now: int) -> bool:
    """Whether a later key has signed for so long that nothing this one signed can live."""
    later = [other.activates_at for other in rows if other.alg == row.alg and other.generation > row.generation]
    return bool(later) and min(later) + LONGEST_LIFE < now


def _digest(token: str, typ: str) -> bytes:
    return hashlib.sha256(f"{typ}\0{token}".encode()).digest()


def _following(keys: list[SigningKey]) -> int:
    """The generation after those of one algorithm, retired ones included."""
    return max((key.generation for key in keys), default=0) + 1


def _generate(alg: str) -> Jwk:
    if alg == "ES256":
        return ECKey.generate_key("P-256", private=True)
    if alg == "EdDSA":
        return OKPKey.generate_key("Ed25519", private=True)
    return RSAKey.generate_key(2048, private=True)


def _kid(token: str, typ: str) -> str | None:
    """The kid of a header that is exactly ours: with a jwk, jku, crit or b64 it is not (JW1-JW5)."""
    encoded, _, _ = token.partition(".")
    try:
        header = json.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)), cls=_Strict)
    except (ValueError, RecursionError):
        return None
    if not isinstance(header, dict) or set(header) != {"alg", "typ", "kid"} or header["typ"] != typ:
        return None
    kid = header["kid"]
    return kid if isinstance(kid, str) else None


def _canonical(token: str) -> bool:
    """Whether the signature is spelled in the one way that its bytes have: another spelling is another string (IN2)."""
    signature = token.rpartition(".")[2]
    try:
        raw = urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except ValueError:
        return False
    return urlsafe_b64encode(raw).rstrip(b"=").decode() == signature
