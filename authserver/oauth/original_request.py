"""The request that a proxy asks the gateway about, as proxies tell it: the `htm` and `htu` of its DPoP proof.

Three ways are known: `X-Original-Method` with `X-Original-URL` (nginx), `X-Forwarded-Method` with `X-Forwarded-Uri`
(Traefik, Caddy), and method and path of the question itself (Envoy). A caller may have slipped in one that its proxy
does not set, so all that are there must say the same.
"""

from dataclasses import dataclass

from authserver.oauth import dpop
from authserver.oauth.request import Request


@dataclass(frozen=True, slots=True)
class Original:
    """Method and URL, as the proxy has them."""

    method: str
    url: str


def original_of(request: Request, *, below: str = "") -> Original | None:
    """The request in question; None when it is not told, or told in two ways that differ.

    `below`: the path of the call where the proxy appends it to that of the gateway.
    """
    told = [found for found in (_nginx(request), _forwarded(request), _appended(request, below)) if found is not None]
    if not told or any(not _same(told[0], other) for other in told[1:]):
        return None
    return told[0]


def _nginx(request: Request) -> Original | None:
    method, url = request.headers.get("x-original-method"), request.headers.get("x-original-url")
    return Original(method, url) if method and url else None


def _forwarded(request: Request) -> Original | None:
    method, path = request.headers.get("x-forwarded-method"), request.headers.get("x-forwarded-uri")
    return Original(method, _origin(request) + path) if method and path and path.startswith("/") else None


def _appended(request: Request, below: str) -> Original | None:
    return Original(request.method, _origin(request) + below) if below else None


def _origin(request: Request) -> str:
    """Behind trusted proxies whoever serves has read these two fields already, and taken them away."""
    scheme = request.headers.get("x-forwarded-proto") or request.scheme
    return f"{scheme}://{request.headers.get('x-forwarded-host') or request.headers.get('host', '')}"


def _same(one: Original, other: Original) -> bool:
    return one.method == other.method and dpop.same(one.url, other.url)
