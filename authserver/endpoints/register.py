"""The registration endpoint (RFC 7591), and the address of each client that has registered itself (RFC 7592)."""

from typing import Any
from urllib.parse import quote

from authserver import strict_json
from authserver.models.clients import Client
from authserver.oauth import clients, registration, software_statement
from authserver.oauth.answer import Answer, empty_answer, json_answer
from authserver.oauth.errors import InvalidClientMetadataError
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.wire import Endpoint

PATH = "/register"


def respond(request: Request, server: AuthorizationServer) -> Answer:
    """201 and everything that was registered (RFC 7591 section 3.2.1)."""
    document = _document(request)
    made = registration.register(request, document, server)
    body = _information(made.client, made.access_token, server, secret=made.secret)
    return json_answer({**body, **_statement(document)}, status=201)


def respond_to_client(request: Request, server: AuthorizationServer) -> Answer:
    """Look at it, replace it, end it (RFC 7592 section 2)."""
    client, token = registration.authenticated(request)
    if request.method == "DELETE":
        registration.remove(client)
        return empty_answer(204)
    document = _document(request) if request.method == "PUT" else {}
    if request.method == "PUT":
        client = registration.replace(client, document, server, address=request.address)
    return json_answer({**_information(client, token, server), **_statement(document)})


def _document(request: Request) -> dict[str, Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise InvalidClientMetadataError("Send the metadata as application/json.")
    try:
        document = strict_json.parse(request.body)
    except ValueError:
        raise InvalidClientMetadataError("The body is no JSON in UTF-8, or no JSON that can be kept.") from None
    if not isinstance(document, dict):
        raise InvalidClientMetadataError("The body must be a JSON object.")
    return document


def _statement(document: dict[str, Any]) -> dict[str, Any]:
    """RFC 7591 section 3.2.1: one that was accepted comes back as it was; it is not kept."""
    statement = document.get(software_statement.MEMBER)
    return {} if statement is None else {software_statement.MEMBER: statement}


def _information(
    client: Client, token: str, server: AuthorizationServer, *, secret: str | None = None
) -> dict[str, Any]:
    """The client information response (RFC 7592 section 3). The token stays the same: it is the one that was sent."""
    own = f"{server.settings.issuer}{PATH}/{quote(client.client_id, safe='')}"
    return {
        **clients.document(client, secret),
        "registration_access_token": token,
        "registration_client_uri": own,
    }


ENDPOINTS = [
    Endpoint("registration_endpoint", PATH, ("POST",), respond, cors="any"),
    Endpoint("", PATH + "/{client_id}", ("GET", "PUT", "DELETE"), respond_to_client, cors="any"),
]
