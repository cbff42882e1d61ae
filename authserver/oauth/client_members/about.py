"""Who is behind a client, and how long a login is good for it (RFC 7591 section 2, OpenID Connect Registration 2)."""

from collections.abc import Mapping
from typing import Any

from authserver.oauth.client_members.reading import strings, web_uri
from authserver.oauth.errors import InvalidClientMetadataError

PAGES = ("client_uri", "logo_uri", "policy_uri", "tos_uri")


def read(document: Mapping[str, Any]) -> dict[str, Any]:
    """Pages, contacts and default_max_age."""
    details: dict[str, Any] = {}
    for name in PAGES:
        if document.get(name):
            details[name] = web_uri(document[name], name)
    if contacts := strings(document, "contacts", ()):
        details["contacts"] = list(contacts)
    age = document.get("default_max_age")
    if age is not None:
        if not isinstance(age, int) or isinstance(age, bool) or age < 0:
            raise InvalidClientMetadataError("default_max_age must be a number of seconds.")
        details["default_max_age"] = age
    return details
