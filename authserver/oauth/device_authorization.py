"""Device authorization requests (RFC 8628 section 3.1)."""

import secrets
from dataclasses import dataclass, field

from authserver.models import device_codes
from authserver.oauth import authorization_details, device, resources, scopes
from authserver.oauth.authorization_details import InvalidAuthorizationDetailsError
from authserver.oauth.errors import Cause, UnauthorizedClientError
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.traces import passed


@dataclass(frozen=True, slots=True)
class Issued:
    """Both codes, this once."""

    device_code: str = field(repr=False)
    user_code: str = field(repr=False)


def begin(request: Request, server: AuthorizationServer) -> Issued:
    """New codes for a client that asks for access (section 3.1).

    Raises invalid_authorization_details, invalid_client, invalid_request, invalid_scope, invalid_target,
    unauthorized_client.
    """
    parameters = request.form()
    client = server.client_of(request, parameters)
    if device.GRANT_TYPE not in client.grant_types:
        registered = " ".join(client.grant_types)
        cause = Cause("grant_type_not_registered", device.CHECK, expected=registered, received=device.GRANT_TYPE)
        raise UnauthorizedClientError("The client is not registered for the device flow.", cause)
    passed(device.CHECK, device.GRANT_TYPE)
    if "authorization_details" in parameters:  # better than to grant something else than was asked for
        cause = Cause("details_not_here", authorization_details.CHECK)
        raise InvalidAuthorizationDetailsError("The device flow takes no authorization_details.", cause)
    scope = scopes.asked(parameters.first("scope"), client)
    audience = resources.check_known(parameters.every("resource"))
    while True:
        user_code = "".join(secrets.choice(device.ALPHABET) for _ in range(device.LENGTH))
        device_code = device_codes.issue(
            user_code,
            client_id=client.client_id,
            scope=scopes.join(scope),
            audience=audience,
            address=request.address,
            interval=device.INTERVAL,
            ttl=device.LIFETIME,
        )
        if device_code is not None:
            return Issued(device_code, device.shown(user_code))
