"""Which other issuers are trusted to say for whom an application acts (RFC 7523), and how far: set by operators."""

from typing import Any

from authserver import clock
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import clients, grants, trusted_issuers
from authserver.models.trusted_issuers import TrustedIssuer
from authserver.oauth import client_jwt, scopes
from authserver.oauth.client_jwt import BadToken
from authserver.oauth.client_members.reading import asked_uri, web_uri
from authserver.oauth.errors import InvalidClientMetadataError, InvalidScopeError

#: What the `sub` of its assertions is here.
SUBJECTS = ("username", "email", "id")
BECAUSE = "issuer not trusted"


class BadIssuer(Exception):
    """It cannot be trusted like that; the text says why."""


class TakenIssuer(BadIssuer):
    """It is trusted already."""


class UnknownIssuer(BadIssuer):
    """There is no such issuer."""


def trust(
    issuer: str,
    *,
    own: str,
    jwks: object = None,
    jwks_uri: str | None = None,
    subject: str,
    scope: str = "",
    audience: tuple[str, ...] = (),
    actor: str,
) -> TrustedIssuer:
    """Take assertions of this issuer from now on. `own`: the name of this server. Raises BadIssuer."""
    if issuer == own:
        raise BadIssuer("This server does not take its own tokens for assertions.")
    row = TrustedIssuer(
        issuer=_uri(issuer),
        jwks=_keys(jwks) if jwks is not None else {},
        jwks_uri=_place(jwks_uri) if jwks_uri is not None else None,
        subject=subject,
        scope=_scope(scope),
        audience=_audience(audience),
        created_at=clock.now(),
        disabled_at=None,
    )
    if bool(row.jwks) == (row.jwks_uri is not None):
        raise BadIssuer("Give its keys either as a JWK Set or by a jwks_uri.")
    if subject not in SUBJECTS:
        raise BadIssuer(f"The subject is one of: {' '.join(SUBJECTS)}.")
    if not trusted_issuers.trust(row):
        raise TakenIssuer(f"{issuer} is trusted already.")
    record(Tag.ISSUER_TRUSTED, actor=actor, issuer=issuer, subject=subject)
    return row


def switch(issuer: str, enabled: bool, *, actor: str) -> TrustedIssuer:
    """Take its assertions again, or no longer: then what stands on its word ends at once. Raises UnknownIssuer."""
    found = _known(issuer)
    if found.enabled != enabled:
        trusted_issuers.switch(issuer, disabled_at=None if enabled else clock.now())
        record(Tag.ISSUER_TRUSTED if enabled else Tag.ISSUER_DISTRUSTED, actor=actor, issuer=issuer)
    if not enabled:
        _end(issuer)
    return _known(issuer)


def forget(issuer: str, *, actor: str) -> None:
    """Trust it no longer, and end what stands on its word. Raises UnknownIssuer."""
    _known(issuer)
    trusted_issuers.forget(issuer)
    _end(issuer)
    record(Tag.ISSUER_DISTRUSTED, actor=actor, issuer=issuer)


def _known(issuer: str) -> TrustedIssuer:
    found = trusted_issuers.find(issuer)
    if found is None:
        raise UnknownIssuer(f"There is no trusted issuer {issuer}.")
    return found


def _end(issuer: str) -> None:
    for grant_id in trusted_issuers.granted_by(issuer):
        grants.revoke(grant_id, because=BECAUSE)


def _uri(issuer: str) -> str:
    try:
        return web_uri(issuer, "The issuer")
    except InvalidClientMetadataError as error:
        raise BadIssuer(error.description) from None


def _place(jwks_uri: str) -> str:
    try:
        return asked_uri(jwks_uri, "jwks_uri")
    except InvalidClientMetadataError as error:
        raise BadIssuer(error.description) from None


def _keys(jwks: object) -> dict[str, Any]:
    try:
        return {"keys": list(client_jwt.check_set(jwks))}
    except BadToken as error:
        raise BadIssuer(str(error)) from None


def _scope(text: str) -> str:
    known = {scope.name for scope in scopes.known()}
    try:
        names = scopes.split(text.strip())
    except InvalidScopeError as error:
        raise BadIssuer(error.description) from None
    if unknown := [name for name in names if name not in known]:
        raise BadIssuer(f"There is no scope {unknown[0]}.")
    return scopes.join(names)


def _audience(names: tuple[str, ...]) -> tuple[str, ...]:
    asked = tuple(dict.fromkeys(names))
    if unknown := [name for name in asked if name not in clients.audiences(asked)]:
        raise BadIssuer(f"No resource server has the audience {unknown[0]}.")
    return asked
