"""The introspection endpoint (RFC 7662, RFC 9701)."""

from authserver.limits.headers import DEGRADED
from authserver.oauth import client_auth, introspection_jwt
from authserver.oauth.answer import JSON, NO_STORE, Answer, error_answer, json_answer
from authserver.oauth.errors import Refusal
from authserver.oauth.introspection import Introspected, introspect
from authserver.oauth.metering import Meter
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.traces import of_client, passed
from authserver.traces.checks import Checks
from authserver.wire import Endpoint

JWT = ("Content-Type", introspection_jwt.MEDIA_TYPE)
#: Byte for byte the same for everything that is not good (decision 24).
INACTIVE = Answer(200, (JSON, *NO_STORE), b'{"active": false}')


def respond(request: Request, server: AuthorizationServer) -> Answer:
    """What the asking server may know of a credential."""
    meter = Meter(server.limiter, server.usage)
    try:
        found = introspect(request, verifier=server.verifier, misses=server.misses, meter=meter, proofs=server.proofs)
        if introspection_jwt.wanted(request.headers.get("accept")):
            return _signed(found, server)
    except Refusal as error:
        return _refused(request, server, error)
    if found.document is None:
        return INACTIVE
    return json_answer(found.document, headers=(*NO_STORE, DEGRADED) if found.degraded else NO_STORE)


def _signed(found: Introspected, server: AuthorizationServer) -> Answer:
    """The same in a JWT (RFC 9701)."""
    body = introspection_jwt.write(found, issuer=server.settings.issuer, sealer=server.sealer)
    return Answer(200, (JWT, *NO_STORE, *((DEGRADED,) if found.degraded else ())), body.encode())


def _refused(request: Request, server: AuthorizationServer, error: Refusal) -> Answer:
    """Only what is refused has a trace, begun here: whatever is answered pays nothing for it (decision 6)."""
    with Checks(request.trace_id, "introspect") as noted:
        if error.client_id is not None:
            of_client(error.client_id, proven=True)
            passed(client_auth.CHECK)
        answer = error_answer(error, issuer=server.settings.issuer)
    if noted.is_a_refusal_to_somebody:
        server.traces.note(noted)
    return answer


ENDPOINT = Endpoint("introspection_endpoint", "/introspect", ("POST",), respond)
