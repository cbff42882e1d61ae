"""Requests of applications, as `authserver.traces` keeps them."""

import secrets
from typing import TYPE_CHECKING, Any

from authserver import clock
from authserver.models import traces
from authserver.models.clients import Client
from authserver.models.traces import Trace
from tests.factories import within

if TYPE_CHECKING:
    from authserver.composition import House


def check(name: str, passed: bool | None, says: str = "") -> dict[str, Any]:
    return {"name": name, "passed": passed, "says": says}


def request_of(
    house: "House",
    client: Client,
    *checks: dict[str, Any],
    endpoint: str = "token",
    error: str | None = None,
    cause: str | None = None,
    ago: int = 0,
) -> str:
    """Keep one request of this client; its id."""
    trace_id, at = secrets.token_hex(8), clock.now() - ago
    kept = Trace(trace_id, at, endpoint, client.client_id, None, error, cause, {"checks": list(checks)})
    with within(house):
        traces.add([kept])
    return trace_id
