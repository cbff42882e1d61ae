"""ENDPOINTS: the doors for machines. A new one is one file here and one line in the list."""

from authserver.endpoints import (
    device_authorization,
    gateway,
    global_token_revocation,
    health,
    introspect,
    jwks,
    metadata,
    par,
    register,
    revocations,
    revoke,
    token,
    userinfo,
)
from authserver.wire import Endpoint

ENDPOINTS: list[Endpoint] = [
    token.ENDPOINT,
    introspect.ENDPOINT,
    revoke.ENDPOINT,
    revocations.ENDPOINT,
    global_token_revocation.ENDPOINT,
    device_authorization.ENDPOINT,
    par.ENDPOINT,
    userinfo.ENDPOINT,
    jwks.ENDPOINT,
    *metadata.ENDPOINTS,
    *register.ENDPOINTS,
    *gateway.ENDPOINTS,
    *health.ENDPOINTS,
]
