"""Whether the tokens of a client must be bound to what it holds (RFC 9449 section 5.2, RFC 8705 section 3.4)."""

from collections.abc import Mapping
from typing import Any

from authserver.oauth.client_members.reading import flag

DPOP_BOUND = "dpop_bound_access_tokens"
CERTIFICATE_BOUND = "tls_client_certificate_bound_access_tokens"


def read(document: Mapping[str, Any]) -> dict[str, Any]:
    """Only what is demanded is kept."""
    return {name: True for name in (DPOP_BOUND, CERTIFICATE_BOUND) if flag(document, name, False)}
