"""The introspection endpoint (RFC 7662)."""

from authserver.limits.headers import DEGRADED
from authserver.oauth.answer import JSON, NO_STORE, Answer, json_answer
from authserver.oauth.introspection import introspect
from authserver.oauth.metering import Meter
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.wire import Endpoint

#: Byte for byte the same for everything that is not good (decision 24).
INACTIVE = Answer(200, (JSON, *NO_STORE), b'{"active": false}')


def respond(request: Request, server: AuthorizationServer) -> Answer:
    """What the asking server may know of a credential."""
    meter = Meter(server.limiter, server.usage)
    found = introspect(request, verifier=server.verifier, misses=server.misses, meter=meter)
    if found.document is None:
        return INACTIVE
    return json_answer(found.document, headers=(*NO_STORE, DEGRADED) if found.degraded else NO_STORE)


ENDPOINT = Endpoint("introspection_endpoint", "/introspect", ("POST",), respond, traced="refusals")
