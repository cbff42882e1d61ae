"""Pushed authorization requests (RFC 9126): checked by the back channel, kept, and fetched by a browser once."""

from dataclasses import dataclass, replace

from authserver.models import authorization_requests
from authserver.models.clients import Client
from authserver.oauth import authorization, binding, restart
from authserver.oauth.authorization import RejectedRequest, UnsafeRequest
from authserver.oauth.authorization_parameters import AuthorizationParameters
from authserver.oauth.errors import Cause, InvalidRequestError, Refusal
from authserver.oauth.request import CHECK, Parameters, Request
from authserver.oauth.request_object import InvalidRequestObjectError, InvalidRequestUriError
from authserver.oauth.server import AuthorizationServer
from authserver.traces import passed

PREFIX = "urn:ietf:params:oauth:request_uri:"
LIFETIME = 60  # seconds until a browser must have brought it (decision 8)
#: By these the client proves itself; they are no part of what it asks for.
_CREDENTIALS = frozenset({"client_secret", "client_assertion", "client_assertion_type"})
NOT_GOOD = "The request of the application is not known here, or not any more."


@dataclass(frozen=True, slots=True)
class Reference:
    """What a browser brings instead of parameters; all others beside these two are ignored (PR5)."""

    client_id: str | None
    request_id: str


def push(request: Request, server: AuthorizationServer) -> str:
    """Check and keep a request; returns its request_uri (RFC 9126 section 2). Raises what the client is told."""
    form = request.form()
    client = server.client_of(request, form)
    if "request_uri" in form:  # section 2.1 (PR2)
        raise InvalidRequestError("A pushed request may not hold request_uri.", Cause("request_uri_pushed", CHECK))
    parameters = _validated(_of_client(form, client), server)
    jkt = _key(request, parameters, server)
    return keep(client, replace(parameters, dpop_jkt=jkt))


def keep(client: Client, parameters: AuthorizationParameters) -> str:
    """Keep a request that has been checked until a browser brings its request_uri, which this returns."""
    kept = replace(parameters, pushed=True)
    return PREFIX + authorization_requests.push(client_id=client.client_id, parameters=kept.as_document(), ttl=LIFETIME)


def _of_client(form: Parameters, client: Client) -> Parameters:
    """What is asked for, by the client that has authenticated (section 2.1)."""
    if form.first("client_id") not in {None, client.client_id}:
        cause = Cause("client_id_differs", CHECK, expected=client.client_id, received=form.first("client_id"))
        raise InvalidRequestError("client_id differs from the client that authenticates.", cause)
    asked = [(name, value) for name in form if name not in _CREDENTIALS | {"client_id"} for value in form.every(name)]
    return Parameters([("client_id", client.client_id), *asked])


def _validated(parameters: Parameters, server: AuthorizationServer) -> AuthorizationParameters:
    """By the rules of the authorization endpoint; here every error can be told to the client (section 2.3)."""
    try:
        return authorization.validate(parameters, server.verifier, server.request_objects, pushed=True)[1]
    except UnsafeRequest as error:
        kinds = {kind.error: kind for kind in (InvalidRequestObjectError, InvalidRequestUriError)}
        kind: type[Refusal] = kinds.get(error.error, InvalidRequestError)
        raise kind(error.says, error.cause) from None
    except RejectedRequest as rejection:
        raise rejection.error from None


def _key(request: Request, parameters: AuthorizationParameters, server: AuthorizationServer) -> str | None:
    """The key that the code will be bound to: of the parameter or of a proof, the same in both (RFC 9449 10.1)."""
    shown = binding.proof_key(request, server)
    if shown is not None and parameters.dpop_jkt not in {None, shown}:
        cause = Cause("dpop_jkt_differs", CHECK, expected=parameters.dpop_jkt, received=shown)
        raise InvalidRequestError("The DPoP proof is by another key than dpop_jkt names.", cause)
    return shown or parameters.dpop_jkt


def reference(parameters: Parameters) -> Reference | None:
    """The pushed request that these parameters of a browser stand for. Raises UnsafeRequest."""
    uri = parameters.first("request_uri") or ""
    if not uri.startswith(PREFIX):
        return None
    for name in ("client_id", "request_uri"):
        if name in parameters.repeated():
            raise UnsafeRequest(f"The parameter {name} is repeated.", Cause("parameter_repeated", CHECK))
    return Reference(parameters.first("client_id"), uri.removeprefix(PREFIX))


def claim(reference: Reference, *, browser: str, ttl: int) -> None:
    """Bind it to this browser, if that is the first to bring it. Raises UnsafeRequest where it is not this client's."""
    client = authorization.client_of(reference.client_id)
    found = authorization_requests.recall(reference.request_id)
    if found is None or found.client_id != client.client_id or not restart.is_pushed(found):
        cause = Cause("request_uri_unknown", CHECK)
        raise UnsafeRequest(NOT_GOOD, cause, client=client, error=InvalidRequestUriError.error)
    if found.browser == authorization_requests.NO_BROWSER:
        authorization_requests.claim(reference.request_id, client_id=client.client_id, browser=browser, ttl=ttl)
    passed("Pushed request", "It was checked when it was pushed.")
