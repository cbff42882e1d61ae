"""The authorization request (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2): all its checks.

An error before the redirect URI is known good goes to a page, never to a redirect (AZ3); every later one goes to the
client. A request that was pushed is checked by the same rules when it is pushed (RFC 9126 section 2.1).
"""

from collections.abc import Callable
from functools import partial

from authserver.models import clients
from authserver.models.clients import Client
from authserver.oauth import authorization_parameters, redirect_difference, redirect_uri, response_modes
from authserver.oauth.authorization_parameters import AuthorizationParameters
from authserver.oauth.authorization_response import Destination
from authserver.oauth.client_members.requests import MUST_PUSH
from authserver.oauth.credentials.credential import Verifier
from authserver.oauth.errors import Cause, InvalidRequestError, OAuth2Error, cause_of
from authserver.oauth.request import CHECK, Parameters
from authserver.oauth.request_object import MUST_SIGN, RequestObjects
from authserver.traces import of_client, passed

UNKNOWN = "The application is not known here, or has been disabled."


class UnsafeRequest(Exception):
    """No redirect URI can be trusted: the error is a page. `client` is known unless its id was the fault.

    `says` is for everybody, `cause` for the owner of the application, `error` the code.
    """

    def __init__(
        self,
        says: str,
        cause: Cause | None = None,
        *,
        client: Client | None = None,
        requested_uri: str | None = None,
        error: str = InvalidRequestError.error,
    ) -> None:
        super().__init__(says)
        self.error = error
        self.says = says
        self.cause = cause
        self.client = client
        self.requested_uri = requested_uri


class RejectedRequest(Exception):
    """The client gets this error at its redirect URI."""

    def __init__(self, error: OAuth2Error, destination: Destination) -> None:
        super().__init__(error.error)
        self.error = error
        self.destination = destination


def validate(
    parameters: Parameters, verifier: Verifier, objects: RequestObjects, *, pushed: bool = False
) -> tuple[Client, AuthorizationParameters]:
    """Client and parameters of a good request. `pushed`: by the back channel. Raises UnsafeRequest or RejectedRequest.

    Where it comes in a request object, only what stands in that counts (RFC 9101 section 6.3).
    """
    client = _client(parameters)
    inside = _inside(parameters, client, objects)
    way = partial(_came_as_registered, client, pushed=pushed, signed=inside is not None)
    return client, _checked(parameters if inside is None else inside, client, verifier, way)


def validate_again(parameters: Parameters, verifier: Verifier) -> tuple[Client, AuthorizationParameters]:
    """The same for a request whose way here was checked when it came. Raises UnsafeRequest or RejectedRequest."""
    client = _client(parameters)
    return client, _checked(parameters, client, verifier, lambda: None)


def _checked(
    parameters: Parameters, client: Client, verifier: Verifier, way: Callable[[], None]
) -> AuthorizationParameters:
    target = _redirect_uri(parameters, client)
    try:
        parameters.single()
        way()
        return authorization_parameters.read(parameters, client, target, verifier)
    except OAuth2Error as error:
        raise _rejected(error, parameters, client, target) from None


def _rejected(error: OAuth2Error, parameters: Parameters, client: Client, target: str) -> RejectedRequest:
    mode = response_modes.for_errors(parameters)
    return RejectedRequest(error, Destination(client, target, mode, parameters.first("state")))


def _inside(parameters: Parameters, client: Client, objects: RequestObjects) -> Parameters | None:
    """What stands in the request object; None where there is none."""
    if "request" not in parameters and "request_uri" not in parameters:
        return None
    try:
        return objects.parameters(parameters.single(), client)
    except OAuth2Error as error:
        # The address beside the object is the only one that is known; it may be left out there, and then it is a page.
        if "redirect_uri" in parameters:
            raise _rejected(error, parameters, client, _redirect_uri(parameters, client)) from None
        raise UnsafeRequest(error.description, cause_of(error), client=client, error=error.error) from None


def _came_as_registered(client: Client, *, pushed: bool, signed: bool) -> None:
    """RFC 9126 section 6, RFC 9101 section 10.5: what a client is held to. Raises invalid_request (PR6)."""
    if client.details.get(MUST_PUSH) and not pushed:
        says = "This client must push its authorization requests (RFC 9126)."
        raise InvalidRequestError(says, Cause("not_pushed", CHECK))
    if client.details.get(MUST_SIGN) and not signed:
        says = "This client must sign its authorization requests (RFC 9101)."
        raise InvalidRequestError(says, Cause("not_signed", CHECK))


def _client(parameters: Parameters) -> Client:
    if "client_id" in parameters.repeated():
        raise UnsafeRequest("The parameter client_id is repeated.", Cause("parameter_repeated", "Client"))
    return client_of(parameters.first("client_id"))


def client_of(client_id: str | None) -> Client:
    """The client of a request that names this one. Raises UnsafeRequest."""
    if client_id is None:
        raise UnsafeRequest("The parameter client_id is missing.", Cause("parameter_missing", "Client"))
    client = clients.find(client_id)
    if client is None or not client.enabled:
        raise UnsafeRequest(UNKNOWN, _no_client(client_id, client))
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
        check_registered(requested, client)
        passed(redirect_difference.CHECK, requested)
        return requested
    # OpenID Connect Core section 3.1.2.1 demands it; without `scope` the client's own list is asked for. So does the
    # FAPI 2.0 Security Profile, section 5.3.2.2 number 6, of requests that must be pushed.
    scope, pushes = parameters.first("scope") or client.scope, client.details.get(MUST_PUSH)
    if len(client.redirect_uris) != 1 or "openid" in scope.split() or pushes:
        cause = Cause("redirect_uri_missing", redirect_difference.CHECK)
        raise UnsafeRequest("The parameter redirect_uri is missing.", cause, client=client)
    passed(redirect_difference.CHECK, f"Not sent; the only registered one is {client.redirect_uris[0]}")
    return client.redirect_uris[0]


def check_registered(requested: str, client: Client) -> None:
    """Whether answers may go there, now: it may have been taken away since the request came. Raises UnsafeRequest."""
    if not redirect_uri.matches(requested, client.redirect_uris):
        says = "The redirect URI of the request is not registered for this application."
        raise UnsafeRequest(says, _mismatch(requested, client), client=client, requested_uri=requested)


def _mismatch(requested: str, client: Client) -> Cause:
    """The nearest one is looked for behind the request."""
    later = partial(redirect_difference.mismatch, requested, client.redirect_uris)
    return Cause("redirect_uri_mismatch", redirect_difference.CHECK, received=requested, later=later)
