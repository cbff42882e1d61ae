"""Software statements (RFC 7591 section 2.3): metadata that an issuer vouches for, who is trusted here.

They stand above what the application says of itself, and give it nothing that it may not register by itself.
"""

from collections.abc import Mapping
from typing import Any

from authserver import clock
from authserver.models import trusted_issuers
from authserver.models.trusted_issuers import TrustedIssuer
from authserver.oauth import client_jwt
from authserver.oauth.client_jwt import BadToken, Unverified
from authserver.oauth.client_keys import ClientKeys
from authserver.oauth.errors import Cause, Refusal

MEMBER = "software_statement"
LEEWAY = 60  # seconds that the issuer's clock may differ
CHECK = "Software statement"
#: Of the JWT, not of the metadata (RFC 7519 section 4.1).
_CLAIMS = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", MEMBER})


class InvalidSoftwareStatementError(Refusal):
    """RFC 7591 section 3.2.2: its form, its times or its signature."""

    error = "invalid_software_statement"


class UnapprovedSoftwareStatementError(Refusal):
    """RFC 7591 section 3.2.2: nobody is trusted here who says this."""

    error = "unapproved_software_statement"


def vouched(document: dict[str, Any], *, audience: str, keys: ClientKeys) -> dict[str, Any]:
    """The document with what its statement says in it; `audience`: this server. Raises 400."""
    statement = document.get(MEMBER)
    if statement is None:
        return document
    try:
        if not isinstance(statement, str):
            raise BadToken("It is no string.")
        unverified = client_jwt.parse(statement)
        claims = client_jwt.verify(unverified, _keys(_issuer(unverified), unverified, keys))
        _check(claims, audience)
    except BadToken as why:
        cause = Cause("software_statement", CHECK, str(why))
        raise InvalidSoftwareStatementError(f"The software statement is not good. {why}", cause) from None
    return {**document, **{name: value for name, value in claims.items() if name not in _CLAIMS}}


def _issuer(unverified: Unverified) -> TrustedIssuer:
    iss = unverified.claims.get("iss")
    found = trusted_issuers.find(iss) if isinstance(iss, str) and iss.isprintable() else None
    if found is None or not found.enabled:
        raise UnapprovedSoftwareStatementError("The issuer of the software statement is not trusted here.")
    return found


def _keys(issuer: TrustedIssuer, unverified: Unverified, keys: ClientKeys) -> tuple[Mapping[str, Any], ...]:
    if issuer.jwks_uri is None:
        return tuple(issuer.jwks["keys"])
    return keys.at(issuer.jwks_uri, kid=unverified.header.get("kid"))


def _check(claims: Mapping[str, Any], audience: str) -> None:
    """It need not end, and may be meant for every server; if it says so, that counts."""
    now, aud = clock.now(), claims.get("aud", audience)
    if audience not in (aud if isinstance(aud, list) else [aud]):
        raise BadToken("It is meant for another server.")
    for name in ("exp", "nbf", "iat"):
        if name in claims and not (isinstance(claims[name], int) and not isinstance(claims[name], bool)):
            raise BadToken(f"{name} is no time.")
    if claims.get("exp", now) < now - LEEWAY:
        raise BadToken("It has expired.")
    if max(claims.get("nbf", now), claims.get("iat", now)) > now + LEEWAY:
        raise BadToken("It is not good yet.")
