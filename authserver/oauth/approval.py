"""The end of an authorization: decision, code, and the answer to the client (RFC 6749 section 4.1.2, RFC 9207)."""

from dataclasses import dataclass
from urllib.parse import urlencode

from authserver import clock, opaque
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import authorization_codes, authorization_requests, consents, grants
from authserver.models.grants import Grant
from authserver.models.sessions import Session
from authserver.models.users import User
from authserver.oauth import connection, interaction, scopes, standing_consent
from authserver.oauth.answer import error_uri
from authserver.oauth.authorization import RejectedRequest
from authserver.oauth.errors import AccessDeniedError, Cause, OAuth2Error
from authserver.oauth.interaction import Progress
from authserver.settings import Settings


@dataclass(frozen=True, slots=True)
class AuthorizationResponse:
    """What goes to the client's redirect URI, in the response mode that it asked for."""

    redirect_uri: str
    response_mode: str
    parameters: tuple[tuple[str, str], ...]

    @property
    def location(self) -> str:
        """The redirect URI with the parameters in its query."""
        separator = "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{separator}{urlencode(self.parameters)}"


class AlreadyAnswered(Exception):
    """The request was spent, or decided, before."""


def decide(
    progress: Progress, *, allow: bool, chosen: tuple[str, ...], ttl: int | None = None, settings: Settings
) -> None:
    """Record the answer of the present user, once (AZ24). Raises AlreadyAnswered.

    `chosen` counts only where the client lets users deselect scopes (decision 11); nothing granted is a denial.
    `ttl`: seconds until the application must ask again, None for as long as this server allows.
    """
    user = progress.user
    if user is None:
        raise AlreadyAnswered
    scope = granted(progress, user, chosen) if allow else ()
    decision = "allow" if scope else "deny"
    ttl = ttl if scope and refreshable(progress, scope) else None
    if not authorization_requests.decide(
        progress.request, decision=decision, user_id=user.id, scope=scopes.join(scope), ttl=ttl
    ):
        raise AlreadyAnswered
    decided(progress, user, scope, ttl, settings)


def decided(progress: Progress, user: User, scope: tuple[str, ...], ttl: int | None, settings: Settings) -> None:
    """What follows from an answer, wherever it was given; without a scope it was no."""
    if scope:
        _remember(progress, user, scope, ttl, settings)
    tag, client = Tag.CONSENT_GRANTED if scope else Tag.CONSENT_DENIED, progress.client
    record(tag, actor=user.id, user_id=user.id, client_id=client.client_id, scope=scopes.join(scope))


def granted(progress: Progress, user: User, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """What the application gets when this user allows it with these boxes checked."""
    scope = interaction.grantable(progress, user)
    if not progress.client.allow_scope_deselect or scope == ("openid",):  # nothing to choose from
        return scope
    return tuple(name for name in scope if name in chosen or name == "openid") if chosen else ()


def finish(progress: Progress, settings: Settings) -> AuthorizationResponse:
    """Spend the stored request for a code or an error. Raises AlreadyAnswered, RejectedRequest."""
    user, session = progress.user, progress.session
    assert user is not None  # no step is left
    assert session is not None
    if not authorization_requests.spend(progress.request):
        raise AlreadyAnswered
    scope = interaction.grantable(progress, user)
    if progress.decided:
        decided = (progress.request.decided_scope or "").split()
        scope = tuple(name for name in scope if name in decided)
    if not scope:
        raise rejected(progress, AccessDeniedError("The user did not allow it.", Cause("denied", "Consent")))
    grant = open_grant(progress, user, session, scope, settings)
    parameters = progress.parameters
    code = authorization_codes.issue(
        grant_id=grant.id,
        client_id=progress.client.client_id,
        redirect_uri=parameters.redirect_uri if parameters.redirect_uri_sent else None,
        code_challenge=parameters.code_challenge,
        nonce=parameters.nonce,
        ttl=settings.code_ttl,
    )
    return _response(parameters.redirect_uri, parameters.response_mode, parameters.state, settings, code=code)


def reject(progress: Progress, error: OAuth2Error) -> RejectedRequest:
    """Spend the stored request for an error. Raises AlreadyAnswered."""
    if not authorization_requests.spend(progress.request, refused=True):
        raise AlreadyAnswered
    return rejected(progress, error)


def rejected(progress: Progress, error: OAuth2Error) -> RejectedRequest:
    """The error on its way to the client of this request."""
    parameters = progress.parameters
    return RejectedRequest(
        error, redirect_uri=parameters.redirect_uri, response_mode=parameters.response_mode, state=parameters.state
    )


def error_response(rejection: RejectedRequest, settings: Settings) -> AuthorizationResponse:
    """The error as the client gets it."""
    details = {"error": rejection.error.error}
    if rejection.error.description:
        details["error_description"] = rejection.error.description
    details["error_uri"] = error_uri(rejection.error, issuer=settings.issuer)
    return _response(rejection.redirect_uri, rejection.response_mode, rejection.state, settings, **details)


def _response(uri: str, mode: str, state: str | None, settings: Settings, **parameters: str) -> AuthorizationResponse:
    if state is not None:
        parameters["state"] = state
    # RFC 9207: every answer names its issuer, so that a client of several servers cannot be confused.
    return AuthorizationResponse(uri, mode, (*parameters.items(), ("iss", settings.issuer)))


def _remember(progress: Progress, user: User, scope: tuple[str, ...], ttl: int | None, settings: Settings) -> None:
    """Keep the decision and the application as it was seen; the user is told of what is new by mail (C19)."""
    client, before = progress.client, standing_consent.recall(user.id, progress.client, locked=True)
    asked = interaction.grantable(progress, user)
    # What was asked now is as it was answered now; the rest stays, where it stood.
    together = dict.fromkeys((*(name for name in before.scope if name not in asked), *scope))
    until = before.until
    if refreshable(progress, scope):
        until = clock.now() + ttl if ttl is not None and ttl < settings.refresh_absolute_ttl else None
    seen = {**standing_consent.snapshot(client), "until": until}
    consents.record(user_id=user.id, client_id=client.client_id, scope=scopes.join(together), seen=seen)
    if not client.trusted and not set(scope) <= set(before.given):
        connection.announce(settings, user, client, target=progress.parameters.redirect_uri, scope=scope)


def open_grant(
    progress: Progress,
    user: User,
    session: Session,
    scope: tuple[str, ...],
    settings: Settings,
    *,
    kind: str = "authorization_code",
) -> Grant:
    """What all tokens of this answer hang on (decision 15)."""
    now = clock.now()
    grant = Grant(
        id=opaque.identifier("g"),
        kind=kind,
        client_id=progress.client.client_id,
        user_id=user.id,
        sid=session.sid,
        scope=scopes.join(scope),
        audience=progress.parameters.resource,
        auth_time=session.auth_time,
        amr=session.amr,
        acr=session.acr,
        created_at=now,
        last_used_at=None,
        refresh_expires_at=_family_end(progress, now, settings) if refreshable(progress, scope) else None,
        revoked_at=None,
        revoked_because=None,
    )
    grants.open_(grant)
    record(
        Tag.GRANT_OPENED, actor=user.id, user_id=user.id, client_id=grant.client_id, grant=grant.id, scope=grant.scope
    )
    return grant


def refreshable(progress: Progress, scope: tuple[str, ...]) -> bool:
    """Decision 18: with offline_access, or where plain OAuth has no such scope to ask for."""
    return "refresh_token" in progress.client.grant_types and ("offline_access" in scope or "openid" not in scope)


def _family_end(progress: Progress, now: int, settings: Settings) -> int:
    """When refreshing ends: never after what this server allows, and not after what the user has chosen (C10)."""
    latest = now + settings.refresh_absolute_ttl
    if progress.decided:
        ttl = progress.request.decided_ttl
        return latest if ttl is None else min(latest, now + ttl)
    until = interaction.standing(progress).until
    return latest if until is None else min(latest, until)
