"""How a client wants to learn that a session is over (OpenID Connect Back-Channel and Front-Channel Logout 1.0)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from authserver.models.logouts import BACK, FRONT
from authserver.oauth.client_members.reading import asked_uri, flag, strings, web_uri
from authserver.oauth.errors import InvalidClientMetadataError

DEFAULT_PORTS = {"http": 80, "https": 443}


def read(document: Mapping[str, Any]) -> dict[str, Any]:
    """Where it is told, by us and by the browser. `sid` is always among what it is told."""
    details: dict[str, Any] = {}
    if document.get(BACK):
        details[BACK] = asked_uri(document[BACK], BACK)
    if document.get(FRONT):
        details[FRONT] = _own_page(document)
    for name in ("backchannel_logout_session_required", "frontchannel_logout_session_required"):
        if flag(document, name, False):
            details[name] = True
    return details


def origin(uri: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of a URL that was registered."""
    parts = urlsplit(uri)
    return parts.scheme, parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme)


def _own_page(document: Mapping[str, Any]) -> str:
    """Front-Channel Logout section 2: its origin MUST be that of a redirect URI."""
    uri = web_uri(document[FRONT], FRONT)
    if origin(uri) not in {origin(one) for one in strings(document, "redirect_uris", ())}:
        raise InvalidClientMetadataError(f"{FRONT} must have the origin of a redirect URI.")
    return uri
