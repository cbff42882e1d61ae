"""The introspection endpoint (RFC 7662)."""

from authserver.oauth.answer import JSON, NO_STORE, Answer, json_answer
from authserver.oauth.introspection import introspect
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.wire import Endpoint

#: Byte for byte the same for everything that is not good (decision 24).
INACTIVE = Answer(200, (JSON, *NO_STORE), b'{"active": false}')


def respond(request: Request, server: AuthorizationServer) -> Answer:
    """What the asking server may know of a credential."""
    claims = introspect(request, server.verifier, server.misses)
    return INACTIVE if claims is None else json_answer(claims)


ENDPOINT = Endpoint("introspection_endpoint", "/introspect", ("POST",), respond)
