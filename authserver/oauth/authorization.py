"""The authorization request (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2): all its checks.

An error before the redirect URI is known good goes to a page, never to a redirect (AZ3); every later one goes to the
client.
"""

from functools import partial

from authserver.models import clients
from authserver.models.clients import Client
from authserver.oauth import authorization_parameters, redirect_difference, redirect_uri
from authserver.oauth.authorization_parameters import RESPONSE_MODES, AuthorizationParameters
from authserver.oauth.credentials.credential import Verifier
from authserver.oauth.errors import (
    Cause,
    OAuth2Error,
    RequestNotSupportedError,
    RequestUriNotSupportedError,
)
from authserver.oauth.request import CHECK, Parameters
from authserver.traces import of_client, passed


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
    return authorization_parameters.read(parameters, client, target, verifier)
