"""The revocation endpoint (RFC 7009)."""

from authserver.oauth.answer import Answer, empty_answer
from authserver.oauth.request import Request
from authserver.oauth.revocation import revoke
from authserver.oauth.server import AuthorizationServer
from authserver.wire import Endpoint


def respond(request: Request, server: AuthorizationServer) -> Answer:
    """200 and no body, also for a token that is not there (RFC 7009 section 2.2)."""
    revoke(request, server)
    return empty_answer()


ENDPOINT = Endpoint("revocation_endpoint", "/revoke", ("POST",), respond, cors="registered", traced="all")
