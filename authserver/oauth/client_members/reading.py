"""Reading one member of client metadata: its type and its bounds. Every reader raises invalid_client_metadata."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from authserver.oauth import redirect_uri
from authserver.oauth.errors import InvalidClientMetadataError

MOST_ITEMS = 50


def strings(document: Mapping[str, Any], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """A list of strings, each once."""
    value = document.get(name)
    if value is None:
        return default
    if (
        not isinstance(value, list | tuple)
        or len(value) > MOST_ITEMS
        or not all(isinstance(item, str) for item in value)
    ):
        raise InvalidClientMetadataError(f"{name} must be a list of at most {MOST_ITEMS} strings.")
    return tuple(dict.fromkeys(value))


def choice(document: Mapping[str, Any], name: str, choices: tuple[str, ...], default: str) -> str:
    """One of these strings."""
    value = document.get(name, default)
    if value not in choices:
        raise InvalidClientMetadataError(f"{name} must be one of: {' '.join(choices)}.")
    return str(value)


def flag(document: Mapping[str, Any], name: str, default: bool) -> bool:
    """True or false."""
    value = document.get(name, default)
    if not isinstance(value, bool):
        raise InvalidClientMetadataError(f"{name} must be true or false.")
    return value


def web_uri(value: object, name: str) -> str:
    """An https URL, or an http one on a loopback host, without user name and fragment."""
    text = value if isinstance(value, str) else ""
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    local = parts.scheme == "http" and parts.hostname in redirect_uri.LOOPBACK_HOSTS
    if not re.fullmatch(r"[\x21-\x7e]{1,500}", text) or not parts.hostname or not (parts.scheme == "https" or local):
        raise InvalidClientMetadataError(f"{name} must be an https URL.")
    if "@" in parts.netloc or "#" in text:
        raise InvalidClientMetadataError(f"{name} must have neither user name nor fragment.")
    return text
