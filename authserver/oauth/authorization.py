"""The authorization request (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2): all its checks.

An error before the redirect URI is known good goes to a page, never to a redirect (AZ3); every later one goes to the
client.
"""

import re
from dataclasses import asdict, dataclass
from typing import Any

from authserver.models import clients
from authserver.models.clients import Client
from authserver.oauth import pkce, redirect_uri, resources, scopes
from authserver.oauth.credentials.credential import Verifier
from authserver.oauth.errors import (
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
    RequestNotSupportedError,
    RequestUriNotSupportedError,
    UnauthorizedClientError,
    UnsupportedResponseTypeError,
    printable,
)
from authserver.oauth.oidc.id_token import subject_of_hint
from authserver.oauth.request import Parameters

RESPONSE_MODES = ("query", "form_post")
PROMPTS = ("none", "login", "consent", "select_account")
LONGEST = 4096  # of state and nonce


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
    """No redirect URI can be trusted: the error is a page. `client` is known unless its id was the fault."""

    def __init__(self, cause: str, *, client: Client | None = None, requested_uri: str | None = None) -> None:
        super().__init__(cause)
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
        raise UnsafeRequest("The parameter client_id is repeated.")
    client_id = parameters.first("client_id")
    if client_id is None:
        raise UnsafeRequest("The parameter client_id is missing.")
    client = clients.find(client_id)
    if client is None or not client.enabled:
        raise UnsafeRequest("The application is not known here, or has been disabled.")
    return client


def _redirect_uri(parameters: Parameters, client: Client) -> str:
    requested = parameters.first("redirect_uri")
    if "redirect_uri" in parameters.repeated():
        raise UnsafeRequest("The parameter redirect_uri is repeated.", client=client)
    if requested is not None:
        if not redirect_uri.matches(requested, client.redirect_uris):
            raise UnsafeRequest(
                "The redirect URI of the request is not registered for this application.",
                client=client,
                requested_uri=requested,
            )
        return requested
    # OpenID Connect Core section 3.1.2.1 demands it; without `scope` the client's own list is asked for.
    scope = parameters.first("scope") or client.scope
    if len(client.redirect_uris) != 1 or "openid" in scope.split():
        raise UnsafeRequest("The parameter redirect_uri is missing.", client=client)
    return client.redirect_uris[0]


def _checked(parameters: Parameters, client: Client, target: str, verifier: Verifier) -> AuthorizationParameters:
    parameters.single()
    if "request" in parameters:
        raise RequestNotSupportedError("Request objects are not supported.")
    if "request_uri" in parameters:
        raise RequestUriNotSupportedError("request_uri is not supported.")
    if parameters.required("response_type") != "code":
        raise UnsupportedResponseTypeError("The only response type is code.")
    if "authorization_code" not in client.grant_types:
        raise UnauthorizedClientError("The client is not registered for the code flow.")
    mode = parameters.first("response_mode") or "query"
    if mode not in RESPONSE_MODES:
        raise InvalidRequestError("response_mode must be query or form_post.")
    return AuthorizationParameters(
        redirect_uri=target,
        redirect_uri_sent="redirect_uri" in parameters,
        scope=_scope(parameters, client),
        state=_short(parameters, "state"),
        nonce=_short(parameters, "nonce"),
        code_challenge=_code_challenge(parameters, client),
        response_mode=mode,
        prompt=_prompt(parameters),
        max_age=_max_age(parameters, client),
        login_hint=(parameters.first("login_hint") or "")[:254] or None,
        hinted_sub=_hinted_sub(parameters, client, verifier),
        ui_locales=(parameters.first("ui_locales") or "")[:100] or None,
        resource=resources.check_known(parameters.every("resource")),
    )


def _scope(parameters: Parameters, client: Client) -> tuple[str, ...]:
    names = scopes.split(parameters.first("scope")) or tuple(client.scope.split())
    if not names:
        raise InvalidScopeError("The parameter scope is missing.")
    scopes.check_asked(names, client)
    return names


def _code_challenge(parameters: Parameters, client: Client) -> str | None:
    challenge, method = parameters.first("code_challenge"), parameters.first("code_challenge_method")
    if challenge is None:
        if client.require_pkce or client.public or method is not None:
            raise InvalidRequestError("code_challenge is missing: this client must use PKCE (RFC 7636) with S256.")
        return None
    if method not in pkce.METHODS:
        raise InvalidRequestError("code_challenge_method must be S256.")
    if not pkce.is_challenge(challenge):
        raise InvalidRequestError("code_challenge must be the base64url of a SHA-256: 43 characters.")
    return challenge


def _prompt(parameters: Parameters) -> tuple[str, ...]:
    prompts = tuple(dict.fromkeys((parameters.first("prompt") or "").split()))
    if unknown := [name for name in prompts if name not in PROMPTS]:
        raise InvalidRequestError(f"The prompt {printable(unknown[0], 40)} is not supported.")
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequestError("prompt=none goes with no other prompt.")
    return prompts


def _max_age(parameters: Parameters, client: Client) -> int | None:
    text = parameters.first("max_age")
    if text is None:
        age = client.details.get("default_max_age")
        return age if isinstance(age, int) else None
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise InvalidRequestError("max_age must be a number of seconds.")
    return int(text)


def _hinted_sub(parameters: Parameters, client: Client, verifier: Verifier) -> str | None:
    hint = parameters.first("id_token_hint")
    if hint is None:
        return None
    sub = subject_of_hint(hint, issuer=verifier.issuer, client_id=client.client_id, keyring=verifier.keyring)
    if sub is None:
        raise InvalidRequestError("id_token_hint is not an ID token of this server for this client.")
    return sub


def _short(parameters: Parameters, name: str) -> str | None:
    value = parameters.first(name)
    if value is not None and len(value) > LONGEST:
        raise InvalidRequestError(f"{name} is longer than {LONGEST} characters.")
    return value
