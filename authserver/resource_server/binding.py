"""What a token is bound to, and whether a request shows it: a key by DPoP (RFC 9449), a certificate (RFC 8705)."""

import hashlib
import importlib.util
import logging
import threading
import time
from base64 import urlsafe_b64encode
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from authserver.resource_server.access import Access
from authserver.resource_server.credential import Credential
from authserver.resource_server.refusals import ALGORITHMS, BadProof, InvalidToken, UnprovenToken

log = logging.getLogger("authserver.resource_server")

OLDEST, NEWEST = 300, 60  # seconds that `iat` may lie in the past and in the future
LONGEST_ID = 255
MOST_REMEMBERED = 100_000
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Call:
    """A request as far as bound tokens are concerned. `certificate`: DER of the one that was shown at TLS."""

    method: str
    url: str  # the path is decoded
    proof: str | None = field(repr=False)
    certificate: bytes | None = field(default=None, repr=False)


class Seen:
    """Proofs that were used, until they are too old to be good: in this process, and no more than so many."""

    def __init__(self, *, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._until: OrderedDict[bytes, float] = OrderedDict()
        self._lock = threading.Lock()

    def spend(self, jkt: str, jti: str, *, until: float) -> bool:
        """Remember it. True for the first time, and for one caller only."""
        name = hashlib.blake2b(f"{jkt}\0{jti}".encode(errors="replace"), digest_size=20).digest()
        now = time.time()
        with self._lock:
            while self._until and (len(self._until) >= self._most or next(iter(self._until.values())) < now):
                self._until.popitem(last=False)
            if name in self._until:
                return False
            self._until[name] = until
            return True


class Holders:
    """Looks whether whoever sends a good token is the one that it was issued to."""

    def __init__(self) -> None:
        self._seen = Seen()

    def check(self, access: Access, credential: Credential, call: Call) -> None:
        """Raises UnprovenToken, BadProof, InvalidToken."""
        if not access.sender_constrained:
            if credential.scheme != "bearer":  # a proof makes no other token better (RFC 9449 section 7.1)
                raise InvalidToken()
            return
        cnf = access.claims.get("cnf")
        if not isinstance(cnf, dict) or not cnf or not cnf.keys() <= {"jkt", "x5t#S256"}:
            raise InvalidToken()  # bound to what we do not know
        if "x5t#S256" in cnf and (call.certificate is None or _sha256(call.certificate) != cnf["x5t#S256"]):
            raise InvalidToken()
        if "jkt" in cnf:
            self._check_proof(cnf["jkt"], credential, call)
        elif credential.scheme != "bearer":
            raise InvalidToken()

    def _check_proof(self, jkt: Any, credential: Credential, call: Call) -> None:
        if credential.scheme != "dpop" or call.proof is None or not algorithms():
            raise UnprovenToken()
        from authserver.resource_server import proof  # joserfc may not be there

        try:
            claims, thumbprint = proof.read(call.proof, algorithms=algorithms())
        except proof.Unbelievable as error:
            log.info("a DPoP proof was refused: %s", error)
            raise BadProof() from None
        if (problem := _problem(claims, call)) is not None:
            log.info("a DPoP proof was refused: %s", problem)
            raise BadProof()
        if claims.get("ath") != _sha256(credential.token.encode()) or thumbprint != jkt:
            raise UnprovenToken()
        if not self._seen.spend(thumbprint, claims["jti"], until=claims["iat"] + OLDEST + NEWEST):
            raise BadProof()


def algorithms() -> tuple[str, ...]:
    """Of the proofs that are taken; none without joserfc, because the standard library knows no signatures."""
    return tuple(ALGORITHMS.split()) if importlib.util.find_spec("joserfc") is not None else ()


def _problem(claims: dict[str, Any], call: Call) -> str | None:
    """What is wrong with the claims of a proof (section 4.3)."""
    iat, jti, now = claims.get("iat"), claims.get("jti"), int(time.time())
    if claims.get("htm") != call.method or not _same(claims.get("htu"), call.url):
        return "htm and htu are those of another request"
    if not isinstance(iat, int) or isinstance(iat, bool) or not now - OLDEST <= iat <= now + NEWEST:
        return "iat is not the time of now"
    if not isinstance(jti, str) or not 1 <= len(jti) <= LONGEST_ID:
        return "jti is missing, or too long"
    return None


def _same(htu: Any, url: str) -> bool:
    """Without query and fragment, after normalisation."""
    if not isinstance(htu, str) or len(htu) > 2000:
        return False
    try:
        stated, own = urlsplit(htu), urlsplit(url)
        return _origin(stated) == _origin(own) and unquote(stated.path or "/") == (own.path or "/")
    except ValueError:
        return False


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    if "@" in parts.netloc:
        raise ValueError("a URL with a user")
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _sha256(content: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
