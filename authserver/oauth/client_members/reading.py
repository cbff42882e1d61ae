"""Reading one member of client metadata: its type and its bounds. Every reader raises invalid_client_metadata."""

import ipaddress
import re
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from authserver.fetch import is_public
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
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    local = parts.scheme == "http" and parts.hostname in redirect_uri.LOOPBACK_HOSTS
    leads = parts.hostname and port != 0 and (parts.scheme == "https" or local)
    if not re.fullmatch(r"[\x21-\x7e]{1,500}", text) or not leads:
        raise InvalidClientMetadataError(f"{name} must be an https URL.")
    if "@" in parts.netloc or "#" in text:
        raise InvalidClientMetadataError(f"{name} must have neither user name nor fragment.")
    if "*" in parts.netloc or "\\" in text:
        raise InvalidClientMetadataError(f"{name} must have a host without wildcard, and no backslash.")
    return text


def asked_uri(value: object, name: str) -> str:
    """A `web_uri` that this server will ask one day: no address that is not public, however it is spelled (SF1).

    What a name leads to is looked at each time it is asked, by `fetch`; also whether loopback may be asked at all.
    """
    uri = web_uri(value, name)
    host = urlsplit(uri).hostname or ""
    address = _address(host)
    if host not in redirect_uri.LOOPBACK_HOSTS and address is not None and not is_public(address):
        raise InvalidClientMetadataError(f"{name} must lead to a public address.")
    return uri


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host spells, as the resolver reads it: 0x7f.1 is one too."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None
