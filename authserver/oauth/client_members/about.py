"""Who is behind a client, and how long a login is good for it (RFC 7591 section 2, OpenID Connect Registration 2)."""

from collections.abc import Mapping
from typing import Any

from authserver.oauth.client_members.reading import strings, web_uri
from authserver.oauth.errors import InvalidClientMetadataError

LONGEST = 200
PAGES = ("client_uri", "logo_uri", "policy_uri", "tos_uri")


def read(document: Mapping[str, Any]) -> dict[str, Any]:
    """Pages, what software it is, contacts and default_max_age."""
    details: dict[str, Any] = {}
    for name in PAGES:
        if document.get(name):
            details[name] = web_uri(document[name], name)
    for name in ("software_id", "software_version"):
        if document.get(name):
            details[name] = _text(document[name], name)
    if contacts := strings(document, "contacts", ()):
        details["contacts"] = list(contacts)
    age = document.get("default_max_age")
    if age is not None:
        if not isinstance(age, int) or isinstance(age, bool) or age < 0:
            raise InvalidClientMetadataError("default_max_age must be a number of seconds.")
        details["default_max_age"] = age
    return details


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
        raise InvalidClientMetadataError(f"{name} must be a string of at most {LONGEST} printable characters.")
    return value
