"""Which pages of browsers may read an answer (CORS, decision 41)."""

from typing import Literal

from authserver.models import clients

#: Everybody where nothing is personal, elsewhere origins that some client has registered.
Rule = Literal["any", "registered", "none"]
Headers = tuple[tuple[str, str], ...]

LONGEST_ORIGIN = 300
HEADERS = (
    ("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type, DPoP"),
    ("Access-Control-Max-Age", "600"),
)
_EXPOSED = ("Access-Control-Expose-Headers", "WWW-Authenticate, DPoP-Nonce, Retry-After, X-Request-Id")


def preflight(rule: Rule, origin: str) -> Headers:
    """What a browser wants to know before it asks."""
    return (*allowed(rule, origin), *HEADERS)


def allowed(rule: Rule, origin: str) -> Headers:
    """Whether the page may read the answer."""
    if rule == "any":
        return (("Access-Control-Allow-Origin", "*"),)
    if not origin or len(origin) > LONGEST_ORIGIN or not clients.serves_origin(origin):
        return (("Vary", "Origin"),)
    return ("Access-Control-Allow-Origin", origin), _EXPOSED, ("Vary", "Origin")
