"""What becomes of a stored authorization request that cannot go on as it is, and asking it anew (decision 8).

A request that is asked anew passes all checks of `authorization` again, against the client and the scopes as they are
now: there is no other way in. Two rules decide when it may be:

A request that was answered with a code never is. The application has had its answer for this `state` and this `nonce`;
a second one would be a replay to it, whoever brings it. No `prompt` makes that harmless, so none is looked at. After a
refusal there is no code, and whoever changes their mind may ask again.

A request of another browser may be asked in this one: people copy addresses, and lose their cookies. Its id opens no
more than the address with the parameters, which stood in the same place a moment before and works in every browser;
nothing that was recorded for it (login, choice, decision) comes along.

Neither holds for a request that was pushed: its address was good once, in one browser, and the client was promised so
(RFC 9126 section 4). It can be opened again in that browser only, as the one request that it is: of two clicks comes
one code.
"""

from dataclasses import replace
from enum import StrEnum

from authserver import clock
from authserver.models.authorization_requests import NO_BROWSER, AuthorizationRequest
from authserver.models.clients import Client
from authserver.oauth import authorization, json_parameter, scopes
from authserver.oauth.authorization_parameters import AuthorizationParameters
from authserver.oauth.credentials.credential import Verifier
from authserver.oauth.request import Parameters


class Standing(StrEnum):
    """How it stands with a stored request, seen from one browser."""

    OPEN = "open"  # it waits here for the next step
    EXPIRED = "expired"
    ELSEWHERE = "elsewhere"  # it was begun in another browser, or this one has lost its cookies
    REFUSED = "refused"
    ANSWERED = "answered"


_RESTARTABLE = frozenset({Standing.EXPIRED, Standing.ELSEWHERE, Standing.REFUSED})


def standing(request: AuthorizationRequest, *, browser: str) -> Standing:
    """How it stands with it in this browser."""
    if request.spent_at is not None:
        return Standing.REFUSED if request.decision == "deny" else Standing.ANSWERED
    if request.browser not in {browser, NO_BROWSER}:
        return Standing.ELSEWHERE
    if request.expires_at <= clock.now():
        return Standing.EXPIRED
    return Standing.OPEN if request.browser == browser else Standing.ELSEWHERE


def is_restartable(request: AuthorizationRequest, *, browser: str) -> bool:
    """Whether it may be asked anew in this browser."""
    if is_pushed(request) and request.browser != browser:
        return False
    return standing(request, browser=browser) in _RESTARTABLE


def is_pushed(request: AuthorizationRequest) -> bool:
    """Whether it came by the back channel."""
    return bool(request.parameters.get("pushed"))


def again(request: AuthorizationRequest, verifier: Verifier) -> tuple[Client, AuthorizationParameters]:
    """What was asked for, checked like any new request. Raises UnsafeRequest, RejectedRequest."""
    stored = AuthorizationParameters.from_document(request.parameters)
    client, checked = authorization.validate_again(_sent(request.client_id, stored), verifier)
    # The hint itself is not kept, only whom it named; it was checked when it came.
    return client, replace(checked, hinted_sub=stored.hinted_sub, pushed=stored.pushed)


def _sent(client_id: str, stored: AuthorizationParameters) -> Parameters:
    """The parameters as the client would send them now."""
    details = list(stored.authorization_details)
    values = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": stored.redirect_uri if stored.redirect_uri_sent else None,
        "scope": scopes.join(stored.scope),
        "state": stored.state,
        "nonce": stored.nonce,
        "code_challenge": stored.code_challenge,
        "code_challenge_method": "S256" if stored.code_challenge else None,
        "response_mode": stored.response_mode,
        "prompt": " ".join(stored.prompt),
        "max_age": None if stored.max_age is None else str(stored.max_age),
        "login_hint": stored.login_hint,
        "ui_locales": stored.ui_locales,
        "dpop_jkt": stored.dpop_jkt,
        "acr_values": " ".join(stored.acr_values),
        "claims": json_parameter.written(stored.claims) if stored.claims else None,
        "authorization_details": json_parameter.written(details) if details else None,
    }
    given = [(name, value) for name, value in values.items() if value]
    return Parameters([*given, *(("resource", resource) for resource in stored.resource)])
