"""The pushed authorization request endpoint (RFC 9126 section 2)."""

from authserver.oauth import pushed_request
from authserver.oauth.answer import Answer, json_answer
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.wire import Endpoint


def respond(request: Request, server: AuthorizationServer) -> Answer:
    """The request_uri that a browser brings to the authorization endpoint, once and soon."""
    request_uri = pushed_request.push(request, server)
    return json_answer({"request_uri": request_uri, "expires_in": pushed_request.LIFETIME}, status=201)


ENDPOINT = Endpoint(
    "pushed_authorization_request_endpoint", "/par", ("POST",), respond, cors="registered", traced="all"
)
