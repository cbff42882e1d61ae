"""The end of an authorization: the decision, and the code for it (RFC 6749 section 4.1.2)."""

from authserver import clock, opaque
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import authorization_codes, authorization_requests, consents, grants
from authserver.models.grants import Grant
from authserver.models.sessions import Session
from authserver.models.users import User
from authserver.oauth import authorization_response, beside_scope, connection, interaction, scopes, standing_consent
from authserver.oauth.authorization import RejectedRequest
from authserver.oauth.authorization_response import AuthorizationResponse, Destination
from authserver.oauth.errors import AccessDeniedError, Cause, OAuth2Error
from authserver.oauth.interaction import Progress
from authserver.oauth.sealing import Sealer
from authserver.settings import Settings


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
    allowed = allow and is_something(progress, scope)
    decision = "allow" if allowed else "deny"
    ttl = ttl if allowed and refreshable(progress, scope) else None
    if not authorization_requests.decide(
        progress.request, decision=decision, user_id=user.id, scope=scopes.join(scope), ttl=ttl
    ):
        raise AlreadyAnswered
    decided(progress, user, scope, ttl, settings, allowed=allowed)


def decided(
    progress: Progress, user: User, scope: tuple[str, ...], ttl: int | None, settings: Settings, *, allowed: bool
) -> None:
    """What follows from an answer, wherever it was given."""
    if allowed:
        _remember(progress, user, scope, ttl, settings)
    tag, client = Tag.CONSENT_GRANTED if allowed else Tag.CONSENT_DENIED, progress.client
    record(tag, actor=user.id, user_id=user.id, client_id=client.client_id, scope=scopes.join(scope))


def granted(progress: Progress, user: User, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """What the application gets when this user allows it with these boxes checked."""
    scope = interaction.grantable(progress, user)
    if not progress.client.allow_scope_deselect or scope == ("openid",):  # nothing to choose from
        return scope
    if not chosen and not progress.parameters.authorization_details:
        return ()
    return tuple(name for name in scope if name in chosen or name == "openid")


def is_something(progress: Progress, scope: tuple[str, ...]) -> bool:
    """Whether there is anything to grant: these scopes, or details beside them (RFC 9396)."""
    return bool(scope or progress.parameters.authorization_details)


def finish(progress: Progress, settings: Settings, sealer: Sealer) -> AuthorizationResponse:
    """Spend the stored request for a code or an error. Raises AlreadyAnswered, RejectedRequest."""
    user, session = progress.user, progress.session
    assert user is not None  # no step is left
    assert session is not None
    scope, denied = _decided_scope(progress, user), progress.decided and progress.request.decision != "allow"
    if denied or not is_something(progress, scope):
        raise reject(progress, AccessDeniedError("The user did not allow it.", Cause("denied", "Consent")))
    code = authorization_codes.draw()
    answer = _answer(progress, settings, sealer, code=code)  # signing comes before the first write
    if not authorization_requests.spend(progress.request):
        raise AlreadyAnswered
    grant = open_grant(progress, user, session, scope, settings)
    parameters = progress.parameters
    authorization_codes.issue(
        code,
        grant_id=grant.id,
        client_id=progress.client.client_id,
        redirect_uri=parameters.redirect_uri if parameters.redirect_uri_sent else None,
        code_challenge=parameters.code_challenge,
        nonce=parameters.nonce,
        ttl=settings.code_ttl,
        dpop_jkt=parameters.dpop_jkt,
    )
    return answer


def _decided_scope(progress: Progress, user: User) -> tuple[str, ...]:
    scope = interaction.grantable(progress, user)
    if not progress.decided:
        return scope
    decided = (progress.request.decided_scope or "").split()
    return tuple(name for name in scope if name in decided)


def _answer(progress: Progress, settings: Settings, sealer: Sealer, *, code: str) -> AuthorizationResponse:
    """The code as the client gets it. Raises RejectedRequest."""
    try:
        return authorization_response.compose(_destination(progress), settings, sealer, code=code)
    except OAuth2Error as error:
        raise reject(progress, error) from None


def reject(progress: Progress, error: OAuth2Error) -> RejectedRequest:
    """Spend the stored request for an error. Raises AlreadyAnswered."""
    if not authorization_requests.spend(progress.request, refused=True):
        raise AlreadyAnswered
    return rejected(progress, error)


def rejected(progress: Progress, error: OAuth2Error) -> RejectedRequest:
    """The error on its way to the client of this request."""
    return RejectedRequest(error, _destination(progress))


def _destination(progress: Progress) -> Destination:
    asked = progress.parameters
    return Destination(progress.client, asked.redirect_uri, asked.response_mode, asked.state)


def _remember(progress: Progress, user: User, scope: tuple[str, ...], ttl: int | None, settings: Settings) -> None:
    """Keep the decision and the application as it was seen; the user is told of what is new by mail (C19)."""
    client, before = progress.client, standing_consent.recall(user.id, progress.client, locked=True)
    asked = interaction.grantable(progress, user)
    # What was asked now is as it was answered now; the rest stays, where it stood.
    together = dict.fromkeys((*(name for name in before.scope if name not in asked), *scope))
    until = before.until
    if refreshable(progress, scope):
        until = clock.now() + ttl if ttl is not None and ttl < settings.refresh_absolute_ttl else None
    beside = beside_scope.remembered(progress.parameters, before)
    seen = {**standing_consent.snapshot(client), "until": until, **beside}
    consents.record(user_id=user.id, client_id=client.client_id, scope=scopes.join(together), seen=seen)
    if not client.trusted and (before.consent is None or not set(scope) <= set(before.given)):
        types = tuple(dict.fromkeys(detail["type"] for detail in progress.parameters.authorization_details))
        target = progress.parameters.redirect_uri
        connection.announce(settings, user, client, target=target, scope=scope, types=types)


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
        details=beside_scope.granted(progress.parameters, scope),
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
