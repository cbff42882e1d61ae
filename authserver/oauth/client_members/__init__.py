"""FAMILIES: client metadata that is kept in `details`. A new family is one file here and one line in the list."""

from collections.abc import Callable, Mapping
from typing import Any

from authserver.oauth.client_members import about, binding, details, exchange, keys, logout, requests, subjects

FAMILIES: list[Callable[[Mapping[str, Any]], dict[str, Any]]] = [
    about.read,
    keys.read,
    binding.read,
    details.read,
    logout.read,
    exchange.read,
    subjects.read,
    requests.read,
]


def details_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a document beyond the columns. Raises invalid_client_metadata."""
    return {name: value for read in FAMILIES for name, value in read(document).items()}
