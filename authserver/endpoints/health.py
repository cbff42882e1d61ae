"""Liveness and readiness, for supervisors and proxies."""

from authserver.models.unit_of_work import ping
from authserver.oauth.answer import Answer, json_answer
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.wire import Endpoint


def live(request: Request, server: AuthorizationServer) -> Answer:
    """The process answers; nothing else is asked."""
    return json_answer({"status": "ok"})


def ready(request: Request, server: AuthorizationServer) -> Answer:
    """The database answers and holds signing keys. When it does not, `wire` answers 503."""
    ping()
    keys = server.keyring.published()
    return json_answer({"status": "ok", "checks": {"database": "ok", "signing_keys": len(keys)}})


ENDPOINTS = [
    Endpoint("", "/healthz", ("GET",), live),
    Endpoint("", "/livez", ("GET",), live),
    Endpoint("", "/readyz", ("GET",), ready),
]
