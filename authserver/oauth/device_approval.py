"""The answer of a person to a device (RFC 8628 section 3.3): the same rules, and the same memory, as any consent."""

from dataclasses import replace

from authserver.models import clients, device_codes
from authserver.models.authorization_requests import AuthorizationRequest
from authserver.models.device_codes import DeviceCode
from authserver.models.sessions import Session
from authserver.models.users import User
from authserver.oauth import approval
from authserver.oauth.approval import AlreadyAnswered
from authserver.oauth.authorization_parameters import AuthorizationParameters
from authserver.oauth.interaction import Progress
from authserver.settings import Settings

KIND = "device_code"


def progress(code: DeviceCode, user: User, session: Session) -> Progress | None:
    """What a device asks for, as the rules of consent see it. None when its application is no more.

    Always with a question, also for what was allowed before and for our own applications: whoever begins the flow and
    whoever answers need not be the same person (section 5.4).
    """
    client = clients.find(code.client_id)
    if client is None or not client.enabled:
        return None
    return Progress(request=_request(code), parameters=_parameters(code), client=client, user=user, session=session)


def decide(
    code: DeviceCode, asked: Progress, *, allow: bool, chosen: tuple[str, ...], ttl: int | None, settings: Settings
) -> bool:
    """Record the answer, once; whether anything was allowed. Raises AlreadyAnswered."""
    user, session = asked.user, asked.session
    assert user is not None  # `progress` was given both
    assert session is not None
    scope = approval.granted(asked, user, chosen) if allow else ()
    decision = "allow" if scope else "deny"
    ttl = ttl if scope and approval.refreshable(asked, scope) else None
    if not device_codes.decide(code, decision):
        raise AlreadyAnswered
    approval.decided(asked, user, scope, ttl, settings, allowed=bool(scope))
    if scope:
        answered = replace(asked.request, decision=decision, decided_by=user.id, decided_ttl=ttl)
        answer = replace(asked, request=answered)
        grant = approval.open_grant(answer, user, session, scope, settings, kind=KIND)
        device_codes.attach(code, grant.id)
    return bool(scope)


def _request(code: DeviceCode) -> AuthorizationRequest:
    """There is none in the database: the facts of this one are those of the device code."""
    return AuthorizationRequest(
        digest=code.digest,
        client_id=code.client_id,
        parameters={},
        browser="",
        created_at=code.created_at,
        expires_at=code.expires_at,
        authenticated_sid=None,
        chosen_sid=None,
        decision=code.decision,
        decided_by=None,
        decided_scope=None,
        spent_at=None,
    )


def _parameters(code: DeviceCode) -> AuthorizationParameters:
    return AuthorizationParameters(
        redirect_uri="",
        redirect_uri_sent=False,
        scope=tuple(code.scope.split()),
        state=None,
        nonce=None,
        code_challenge=None,
        response_mode="",
        prompt=("consent",),
        max_age=None,
        login_hint=None,
        hinted_sub=None,
        ui_locales=None,
        resource=code.audience,
    )
