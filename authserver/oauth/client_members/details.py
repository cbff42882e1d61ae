"""What a client asks for beyond scopes: authentication levels and types of details (RFC 9396 section 10).

A resource server declares the types that it knows; any other client names those that it may use.
"""

import re
from collections.abc import Mapping
from typing import Any

from authserver.oauth import acr
from authserver.oauth.authorization_details import LISTS, TYPES
from authserver.oauth.client_members.reading import MOST_ITEMS, strings
from authserver.oauth.errors import InvalidClientMetadataError

DECLARED = ("type", *LISTS, "members")
LONGEST = 300
_TYPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")


def read(document: Mapping[str, Any]) -> dict[str, Any]:
    """default_acr_values and authorization_details_types."""
    details: dict[str, Any] = {}
    if levels := _short(document, "default_acr_values", most=acr.MOST):
        details["default_acr_values"] = list(levels)
    if document.get(TYPES):
        details[TYPES] = _declarations(document[TYPES]) if _is_resource_server(document) else _names(document)
    return details


def _is_resource_server(document: Mapping[str, Any]) -> bool:
    return bool(document["type"] == "resource_server" if "type" in document else document.get("audience"))


def _names(document: Mapping[str, Any]) -> list[str]:
    return [_type(name) for name in strings(document, TYPES, ())]


def _declarations(stated: Any) -> list[dict[str, Any]]:
    """Each type by its name alone, or as an object: `type`, allowed values of the common lists, further members."""
    if not isinstance(stated, list) or len(stated) > MOST_ITEMS:
        raise InvalidClientMetadataError(f"{TYPES} must be a list of at most {MOST_ITEMS} types.")
    found = [_declaration({"type": one} if isinstance(one, str) else one) for one in stated]
    if len({one["type"] for one in found}) != len(found):
        raise InvalidClientMetadataError(f"{TYPES} must name each type once.")
    return found


def _declaration(stated: Any) -> dict[str, Any]:
    if not isinstance(stated, dict) or not set(stated) <= set(DECLARED):
        raise InvalidClientMetadataError(f"A type has these members only: {' '.join(DECLARED)}.")
    lists = {name: list(_short(stated, name, most=MOST_ITEMS)) for name in (*LISTS, "members") if name in stated}
    return {"type": _type(stated.get("type")), **lists}


def _type(name: Any) -> str:
    if not isinstance(name, str) or not _TYPE.fullmatch(name):
        raise InvalidClientMetadataError(f"{TYPES} must name types of 1 to 100 printable characters without blanks.")
    return name


def _short(document: Mapping[str, Any], name: str, *, most: int) -> tuple[str, ...]:
    values = strings(document, name, ())
    if len(values) > most or any(not 0 < len(value) <= LONGEST or not value.isprintable() for value in values):
        raise InvalidClientMetadataError(f"{name} must be at most {most} strings of 1 to {LONGEST} characters.")
    return values
