"""The authorization request (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2): all its checks.

An error before the redirect URI is known good goes to a page, never to a redirect (AZ3); every later one goes to the
client.
"""

import re
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from authserver.models import clients
from authserver.models.clients import Client
from authserver.oauth import pkce, redirect_difference, redirect_uri, resources, scopes
from authserver.oauth.credentials.credential import Verifier
from authserver.oauth.errors import (
    Cause,
    InvalidRequestError,
    OAuth2Error,
    RequestNotSupportedError,
    RequestUriNotSupportedError,
    UnauthorizedClientError,
    UnsupportedResponseTypeError,
    printable,
)
from authserver.oauth.oidc.id_token import subject_of_hint
from authserver.oauth.request import CHECK, Parameters
from authserver.traces import of_client, passed

RESPONSE_MODES = ("query", "form_post")
PROMPTS = ("none", "login", "consent", "select_account")
LONGEST = 4096  # of state and nonce
STATE, SENT = "State", "Sent."
SECRET_IN_URL = "Secret in the address"


@dataclass(frozen=True, slots=True)
class AuthorizationParameters:
    """What was asked for, validated. `redirect_uri_sent` decides whether redemption must repeat it."""

    redirect_uri: str
    redirect_uri_sent: bool
    scope: tuple[str, ...]
    state: str | None
    nonce: str | None
    code_challenge: str | None
    response_mode: str
    prompt: tuple[str, ...]
    max_age: int | None
    login_hint: str | None
    hinted_sub: str | None
    ui_locales: str | None
    resource: tuple[str, ...]

    def as_document(self) -> dict[str, Any]:
        """For the stored request."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "AuthorizationParameters":
        """What `as_document` kept."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
        }
        return cls(**values)


class UnsafeRequest(Exception):
    """No redirect URI can be trusted: the error is a page. `client` is known unless its id was the fault.

    `says` is for everybody, `cause` for the owner of the application.
    """

    def __init__(
        self, says: str, cause: Cause | None = None, *, client: Client | None = None, requested_uri: str | None = None
    ) -> None:
        super().__init__(says)
        self.says = says
        self.cause = cause
        self.client = client
        self.requested_uri = requested_uri


class RejectedRequest(Exception):
    """The client gets this error at its redirect URI."""

    def __init__(self, error: OAuth2Error, *, redirect_uri: str, response_mode: str, state: str | None) -> None:
        super().__init__(error.error)
        self.error = error
        self.redirect_uri = redirect_uri
        self.response_mode = response_mode
        self.state = state


def validate(parameters: Parameters, verifier: Verifier) -> tuple[Client, AuthorizationParameters]:
    """Client and parameters of a good request. Raises UnsafeRequest or RejectedRequest."""
    client = _client(parameters)
    target = _redirect_uri(parameters, client)
    mode = parameters.first("response_mode") or "query"
    try:
        return client, _checked(parameters, client, target, verifier)
    except OAuth2Error as error:
        raise RejectedRequest(
            error,
            redirect_uri=target,
            response_mode=mode if mode in RESPONSE_MODES else "query",
            state=parameters.first("state"),
        ) from None


def _client(parameters: Parameters) -> Client:
    if "client_id" in parameters.repeated():
        raise UnsafeRequest("The parameter client_id is repeated.", Cause("parameter_repeated", "Client"))
    client_id = parameters.first("client_id")
    if client_id is None:
        raise UnsafeRequest("The parameter client_id is missing.", Cause("parameter_missing", "Client"))
    client = clients.find(client_id)
    if client is None or not client.enabled:
        raise UnsafeRequest("The application is not known here, or has been disabled.", _no_client(client_id, client))
    of_client(client.client_id)
    passed("Client", f"{client.name} ({client.type})")
    return client


def _no_client(client_id: str, client: Client | None) -> Cause:
    """Publicly the two are the same (AZ9)."""
    if client is None:
        return Cause("client_unknown", "Client", "No application has this client_id.", received=client_id)
    return Cause("client_disabled", "Client", "The application is disabled.", client_id=client.client_id)


def _redirect_uri(parameters: Parameters, client: Client) -> str:
    requested = parameters.first("redirect_uri")
    if "redirect_uri" in parameters.repeated():
        cause = Cause("parameter_repeated", redirect_difference.CHECK)
        raise UnsafeRequest("The parameter redirect_uri is repeated.", cause, client=client)
    if requested is not None:
        if not redirect_uri.matches(requested, client.redirect_uris):
            raise UnsafeRequest(
                "The redirect URI of the request is not registered for this application.",
                _mismatch(requested, client),
                client=client,
                requested_uri=requested,
            )
        passed(redirect_difference.CHECK, requested)
        return requested
    # OpenID Connect Core section 3.1.2.1 demands it; without `scope` the client's own list is asked for.
    scope = parameters.first("scope") or client.scope
    if len(client.redirect_uris) != 1 or "openid" in scope.split():
        cause = Cause("redirect_uri_missing", redirect_difference.CHECK)
        raise UnsafeRequest("The parameter redirect_uri is missing.", cause, client=client)
    passed(redirect_difference.CHECK, f"Not sent; the only registered one is {client.redirect_uris[0]}")
    return client.redirect_uris[0]


def _mismatch(requested: str, client: Client) -> Cause:
    """The nearest one is looked for behind the request."""
    later = partial(redirect_difference.mismatch, requested, client.redirect_uris)
    return Cause("redirect_uri_mismatch", redirect_difference.CHECK, received=requested, later=later)


def _checked(parameters: Parameters, client: Client, target: str, verifier: Verifier) -> AuthorizationParameters:
    parameters.single()
    if "request" in parameters:
        raise RequestNotSupportedError("Request objects are not supported.", Cause("request_object", CHECK))
    if "request_uri" in parameters:
        raise RequestUriNotSupportedError("request_uri is not supported.", Cause("request_uri", CHECK))
    _response_type(parameters, client)
    return AuthorizationParameters(
        redirect_uri=target,
        redirect_uri_sent="redirect_uri" in parameters,
        code_challenge=_code_challenge(parameters, client),
        scope=scopes.asked(parameters.first("scope"), client),
        state=_state(parameters),
        nonce=_short(parameters, "nonce"),
        response_mode=_response_mode(parameters),
        prompt=_prompt(parameters),
        max_age=_max_age(parameters, client),
        login_hint=(parameters.first("login_hint") or "")[:254] or None,
        hinted_sub=_hinted_sub(parameters, client, verifier),
        ui_locales=(parameters.first("ui_locales") or "")[:100] or None,
        resource=resources.check_known(parameters.every("resource")),
    )


def _response_type(parameters: Parameters, client: Client) -> None:
    asked = parameters.required("response_type")
    if asked != "code":
        cause = Cause("response_type", "Response type", expected="code", received=asked)
        raise UnsupportedResponseTypeError("The only response type is code.", cause)
    if "authorization_code" not in client.grant_types:
        cause = Cause("code_flow_not_registered", "Response type", received=", ".join(client.grant_types))
        raise UnauthorizedClientError("The client is not registered for the code flow.", cause)
    passed("Response type", "code")


def _state(parameters: Parameters) -> str | None:
    """What protects the client against answers to requests of others (RFC 6749 section 10.12)."""
    state = _short(parameters, "state")
    passed(STATE, SENT if state else "Not sent: the client cannot tell this answer from one to somebody else.")
    if "client_secret" in parameters:  # ignored, as all that is unknown here, but its owner should know
        passed(SECRET_IN_URL, "client_secret has no place here: addresses end up in logs (RFC 6749 section 2.3.1).")
    return state


def _response_mode(parameters: Parameters) -> str:
    mode = parameters.first("response_mode") or "query"
    if mode not in RESPONSE_MODES:
        cause = Cause("response_mode", CHECK, expected=" or ".join(RESPONSE_MODES), received=mode)
        raise InvalidRequestError("response_mode must be query or form_post.", cause)
    return mode


def _code_challenge(parameters: Parameters, client: Client) -> str | None:
    challenge, method = parameters.first("code_challenge"), parameters.first("code_challenge_method")
    if challenge is None:
        if client.require_pkce or client.public or method is not None:
            says = "code_challenge is missing: this client must use PKCE (RFC 7636) with S256."
            raise InvalidRequestError(says, Cause("pkce_missing", pkce.CHECK))
        passed(pkce.CHECK, "Not used; this client may leave it out.")
        return None
    if method not in pkce.METHODS:
        # With the method plain the challenge is the secret itself: it is not repeated anywhere.
        cause = Cause("pkce_method", pkce.CHECK, expected="S256", received=method or "none, which means plain")
        raise InvalidRequestError("code_challenge_method must be S256.", cause)
    if not pkce.is_challenge(challenge):
        cause = Cause("pkce_challenge", pkce.CHECK, expected="43 characters", received=f"{len(challenge)} characters")
        raise InvalidRequestError("code_challenge must be the base64url of a SHA-256: 43 characters.", cause)
    passed(pkce.CHECK, "S256")
    return challenge


def _prompt(parameters: Parameters) -> tuple[str, ...]:
    prompts = tuple(dict.fromkeys((parameters.first("prompt") or "").split()))
    if unknown := [name for name in prompts if name not in PROMPTS]:
        cause = Cause("prompt_unknown", "Prompt", expected=" ".join(PROMPTS), received=unknown[0])
        raise InvalidRequestError(f"The prompt {printable(unknown[0], 40)} is not supported.", cause)
    if "none" in prompts and len(prompts) > 1:
        cause = Cause("prompt_none", "Prompt", expected="none", received=" ".join(prompts))
        raise InvalidRequestError("prompt=none goes with no other prompt.", cause)
    if prompts:
        passed("Prompt", " ".join(prompts))
    return prompts


def _max_age(parameters: Parameters, client: Client) -> int | None:
    text = parameters.first("max_age")
    if text is None:
        age = client.details.get("default_max_age")
        return age if isinstance(age, int) else None
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise InvalidRequestError("max_age must be a number of seconds.", Cause("max_age", CHECK, received=text))
    return int(text)


def _hinted_sub(parameters: Parameters, client: Client, verifier: Verifier) -> str | None:
    hint = parameters.first("id_token_hint")
    if hint is None:
        return None
    sub = subject_of_hint(hint, issuer=verifier.issuer, client_id=client.client_id, keyring=verifier.keyring)
    if sub is None:
        cause = Cause("id_token_hint", CHECK)
        raise InvalidRequestError("id_token_hint is not an ID token of this server for this client.", cause)
    return sub


def _short(parameters: Parameters, name: str) -> str | None:
    value = parameters.first(name)
    if value is not None and len(value) > LONGEST:
        cause = Cause("too_long", CHECK, expected=f"at most {LONGEST}", received=str(len(value)))
        raise InvalidRequestError(f"{name} is longer than {LONGEST} characters.", cause)
    return value
