"""ENDPOINTS: the doors for machines. A new one is one file here and one line in the list."""

from authserver.endpoints import gateway, health, introspect, jwks, metadata, revoke, token, userinfo
from authserver.wire import Endpoint

ENDPOINTS: list[Endpoint] = [
    token.ENDPOINT,
    introspect.ENDPOINT,
    revoke.ENDPOINT,
    userinfo.ENDPOINT,
    jwks.ENDPOINT,
    *metadata.ENDPOINTS,
    *gateway.ENDPOINTS,
    *health.ENDPOINTS,
]
