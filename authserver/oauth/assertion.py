"""Assertions of other issuers about a person (RFC 7523 section 3): who says it, to whom, for how long, only once."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeGuard

from authserver import clock
from authserver.models import spent_ids, trusted_issuers, users
from authserver.models.trusted_issuers import TrustedIssuer
from authserver.models.users import User
from authserver.oauth import client_jwt
from authserver.oauth.client_jwt import BadToken, Unverified
from authserver.oauth.client_keys import ClientKeys, Keys

LEEWAY = 60  # seconds that the issuer's clock may differ
LONGEST_LIFE = 600  # seconds from now to `exp`
LONGEST_TEXT = 255
_TYPES = frozenset({None, "JWT", "jwt", "authorization-grant+jwt"})


@dataclass(frozen=True, slots=True)
class Assertion:
    """What it says, once it is believed; the jti is still to be spent."""

    issuer: TrustedIssuer
    user: User
    jti: str
    expires_at: int

    def spend(self) -> bool:
        """Use it up. True for the one request that does."""
        kept_until = self.expires_at + LEEWAY
        return spent_ids.spend("assertion", maker=self.issuer.issuer, jti=self.jti, expires_at=kept_until)


def believed(text: str, *, audiences: tuple[str, ...], keys: ClientKeys) -> Assertion:
    """Believe it. `audiences`: the names of this server. Raises BadToken."""
    unverified = client_jwt.parse(text)
    if unverified.header.get("typ") not in _TYPES:
        raise BadToken("Its typ is that of something else.")
    issuer = _issuer(unverified)
    claims = client_jwt.verify(unverified, _keys(issuer, unverified, keys))
    _check_audience(claims.get("aud"), audiences)
    expires_at = _check_times(claims)
    jti, sub = claims.get("jti"), claims.get("sub")
    if not _is_text(jti) or not _is_text(sub):
        raise BadToken(f"jti and sub must be strings of 1 to {LONGEST_TEXT} printable characters.")
    user = FINDERS[issuer.subject](sub)
    if user is None or not user.enabled:
        raise BadToken("No enabled account here is the one that it names.")
    return Assertion(issuer, user, jti, expires_at)


def look_for_keys(text: str, keys: ClientKeys) -> None:
    """Fetch what it takes to believe it, if it is not here: before the first write, so that no host holds that up."""
    with suppress(BadToken):
        unverified = client_jwt.parse(text)
        _keys(_issuer(unverified), unverified, keys)


def _issuer(unverified: Unverified) -> TrustedIssuer:
    iss = unverified.claims.get("iss")
    found = trusted_issuers.find(iss) if _is_text(iss) else None
    if found is None or not found.enabled:
        raise BadToken("Its issuer is not trusted here.")
    return found


def _keys(issuer: TrustedIssuer, unverified: Unverified, keys: ClientKeys) -> Keys:
    if issuer.jwks_uri is None:
        return tuple(issuer.jwks["keys"])
    return keys.at(issuer.jwks_uri, kid=unverified.header.get("kid"))


def _check_audience(aud: Any, audiences: tuple[str, ...]) -> None:
    # One that is meant for others as well could be used by them here.
    named = aud[0] if isinstance(aud, list) and len(aud) == 1 else aud
    if named not in audiences:
        raise BadToken(f"aud must be {audiences[0]} and nothing else.")


def _check_times(claims: dict[str, Any]) -> int:
    now, exp = clock.now(), claims.get("exp")
    if not _is_time(exp) or exp <= now - LEEWAY or exp > now + LONGEST_LIFE:
        raise BadToken(f"exp must be there, not be over, and be at most {LONGEST_LIFE} seconds ahead.")
    for name in ("nbf", "iat"):
        if name in claims and not (_is_time(claims[name]) and claims[name] <= now + LEEWAY):
            raise BadToken(f"{name} is in the future.")
    return exp


def _by_username(sub: str) -> User | None:
    found = users.find_by_login(sub)
    return found if found is not None and found.username == sub.lower() else None


def _by_email(sub: str) -> User | None:
    """An address that nobody has confirmed is nobody's."""
    found = users.find_by_login(sub)
    return found if found is not None and found.email == sub.lower() and found.email_verified else None


FINDERS: dict[str, Callable[[str], User | None]] = {"username": _by_username, "email": _by_email, "id": users.find}


def _is_text(value: Any) -> TypeGuard[str]:
    # JSON can spell NUL and halves of surrogate pairs, which no database takes.
    return isinstance(value, str) and 1 <= len(value) <= LONGEST_TEXT and value.isprintable()


def _is_time(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53
