"""The device authorization endpoint (RFC 8628 section 3.1)."""

from authserver.oauth import device, device_authorization
from authserver.oauth.answer import Answer, json_answer
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.wire import Endpoint


def respond(request: Request, server: AuthorizationServer) -> Answer:
    """Both codes, and where people type theirs."""
    issued = device_authorization.begin(request, server)
    page = f"{server.settings.issuer}/device"
    return json_answer(
        {
            "device_code": issued.device_code,
            "user_code": issued.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={issued.user_code}",
            "expires_in": device.LIFETIME,
            "interval": device.INTERVAL,
        }
    )


ENDPOINT = Endpoint("device_authorization_endpoint", "/device_authorization", ("POST",), respond, traced="all")
