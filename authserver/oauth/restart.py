"""What becomes of a stored authorization request that cannot go on as it is, and asking it anew (decision 8).

A request that is asked anew passes `authorization.validate` again, against the client and the scopes as they are now:
there is no other way in. Two rules decide when it may be:

A request that was answered with a code never is. The application has had its answer for this `state` and this `nonce`;
a second one would be a replay to it, whoever brings it. No `prompt` makes that harmless, so none is looked at. After a
refusal there is no code, and whoever changes their mind may ask again.

A request of another browser may be asked in this one: people copy addresses, and lose their cookies. Its id opens no
more than the address with the parameters, which stood in the same place a moment before and works in every browser;
nothing that was recorded for it (login, choice, decision) comes along.
"""

from dataclasses import replace
from enum import StrEnum

from authserver import clock
from authserver.models.authorization_requests import AuthorizationRequest
from authserver.models.clients import Client
from authserver.oauth import authorization, scopes
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


#: What may be asked anew.
RESTARTABLE = frozenset({Standing.EXPIRED, Standing.ELSEWHERE, Standing.REFUSED})


def standing(request: AuthorizationRequest, *, browser: str) -> Standing:
    """How it stands with it in this browser."""
    if request.spent_at is not None:
        return Standing.REFUSED if request.decision == "deny" else Standing.ANSWERED
    if request.browser != browser:
        return Standing.ELSEWHERE
    return Standing.EXPIRED if request.expires_at <= clock.now() else Standing.OPEN


def again(request: AuthorizationRequest, verifier: Verifier) -> tuple[Client, AuthorizationParameters]:
    """What was asked for, checked like any new request. Raises UnsafeRequest, RejectedRequest."""
    stored = AuthorizationParameters.from_document(request.parameters)
    client, checked = authorization.validate(_sent(request.client_id, stored), verifier)
    # The hint itself is not kept, only whom it named; it was checked when it came.
    return client, replace(checked, hinted_sub=stored.hinted_sub)


def _sent(client_id: str, stored: AuthorizationParameters) -> Parameters:
    """The parameters as the client would send them now."""
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
    }
    given = [(name, value) for name, value in values.items() if value]
    return Parameters([*given, *(("resource", resource) for resource in stored.resource)])
