"""ENDPOINTS: the doors for machines. A new one is one file here and one line in the list."""

from authserver.endpoints import (
    device_authorization,
    gateway,
    health,
    introspect,
    jwks,
    metadata,
    revoke,
    token,
    userinfo,
)
from authserver.wire import Endpoint

ENDPOINTS: list[Endpoint] = [
    token.ENDPOINT,
    introspect.ENDPOINT,
    revoke.ENDPOINT,
    device_authorization.ENDPOINT,
    userinfo.ENDPOINT,
    jwks.ENDPOINT,
    *metadata.ENDPOINTS,
    *gateway.ENDPOINTS,
    *health.ENDPOINTS,
]
