"""`/v1/leaks`: whoever has found keys reports them, without authentication (decision 47, AK11)."""

import hashlib
from typing import Any

from authserver.limits import addresses
from authserver.limits.headers import headers as rate_headers
from authserver.limits.headers import retry_after
from authserver.models import tiers
from authserver.models.tiers import Tier
from authserver.oauth.answer import NO_STORE, Answer, json_answer
from authserver.oauth.leaks import report
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer
from authserver.rest import bodies
from authserver.rest.problems import Problem
from authserver.rest.resource import Operation, Resource, check_query

MOST = 100
LONGEST_ADDRESS = 64
TYPE = "realmkit_api_key"
_CLOSED = Tier(tiers.ANONYMOUS, 0, 3600)
_TEXT = {"type": "string", "maxLength": 4000}
REPORT = {
    "type": "array",
    "minItems": 1,
    "maxItems": MOST,
    "items": {
        "type": "object",
        "required": ["token"],
        "properties": {"token": {**_TEXT, "minLength": 1}, "type": _TEXT, "url": _TEXT, "source": _TEXT},
        "additionalProperties": True,  # the format of others, who may add to it
    },
}
LABELS = {
    "type": "array",
    "maxItems": MOST,
    "items": {
        "type": "object",
        "properties": {
            "token_hash": {**_TEXT, "description": "Hexadecimal SHA-256 of the token."},
            "token_type": _TEXT,
            "label": {"type": "string", "enum": ["true_positive", "false_positive"], "maxLength": 20},
        },
    },
}


def take(request: Request, server: AuthorizationServer) -> Answer:
    """A label for every token, in the order asked; keys of ours are dead when this is answered."""
    check_query(request, {})
    limits = _spend(request.address, server)
    found = bodies.read(request, REPORT)
    origin = (addresses.known(request.address) or "")[:LONGEST_ADDRESS]
    labels = [_labelled(one, origin, server) for one in found]
    return json_answer(labels, headers=(*NO_STORE, *limits))


def _labelled(one: dict[str, Any], address: str, server: AuthorizationServer) -> dict[str, str]:
    token = one["token"]
    known = report(server.settings, token, url=one.get("url", ""), source=one.get("source", ""), address=address)
    return {
        "token_hash": hashlib.sha256(token.encode()).hexdigest(),
        "token_type": one.get("type", TYPE),
        "label": "true_positive" if known else "false_positive",
    }


def _spend(address: str, server: AuthorizationServer) -> tuple[tuple[str, str], ...]:
    """One report of what an address may send, apart from what it may ask of APIs. Raises Problem (429)."""
    tier = tiers.look_up(tiers.ANONYMOUS) or _CLOSED
    allowance = server.limiter.spend(f"leaks:{addresses.network(address)[:64]}", tier, 1)
    headers = tuple(rate_headers(tier.name, allowance))
    if allowance.exceeded:
        raise Problem(429, "Too many reports from this address.", headers=(*headers, retry_after(allowance)))
    return headers


RESOURCES = (
    Resource(
        "/v1/leaks",
        (
            Operation(
                "POST",
                "reportLeaks",
                "Report keys that lie in public",
                take,
                {
                    200: ("What they are; keys of this server have been revoked.", LABELS),
                    400: ("The body is no such report.", None),
                    429: ("Too many reports from this address.", None),
                },
                body=REPORT,
                public=True,
            ),
        ),
    ),
)
