"""The token endpoint (RFC 6749 section 3.2)."""

from authserver.oauth.answer import Answer
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.wire import Endpoint


def respond(request: Request, server: AuthorizationServer) -> Answer:
    """Tokens for a grant, or the error of RFC 6749 section 5.2."""
    return server.token(request)


ENDPOINT = Endpoint("token_endpoint", "/token", ("POST",), respond, cors="registered", traced="all")
