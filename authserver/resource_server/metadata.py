"""What this API says of itself: protected resource metadata (RFC 9728)."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from authserver.resource_server.configuration import Configuration

WELL_KNOWN = "/.well-known/oauth-protected-resource"


def path(resource: str) -> str:
    """Where the document stands: between the host and the path of the resource identifier (section 3.1)."""
    return WELL_KNOWN + urlsplit(resource).path.rstrip("/")


def url(resource: str) -> str:
    """The same, as an address for clients (section 5.1)."""
    place = urlsplit(resource)
    return f"{place.scheme}://{place.netloc}{path(resource)}"


def document(
    configuration: Configuration, *, scopes: Iterable[str], proofs: Iterable[str] = (), certificates: bool = False
) -> dict[str, Any]:
    """The document (section 2): `resource` is exactly the identifier that clients know.

    `proofs`: the algorithms of DPoP proofs that are taken; `certificates`: whether tokens may be bound to one.
    """
    known = {
        "resource": configuration.audience,
        "authorization_servers": [configuration.issuer.rstrip("/")],
        "scopes_supported": sorted(scopes),
        "bearer_methods_supported": ["header"],
        "resource_name": configuration.realm,
    }
    known |= {"dpop_signing_alg_values_supported": list(proofs)} if proofs else {}
    return known | ({"tls_client_certificate_bound_access_tokens": True} if certificates else {})
