"""FAMILIES: client metadata that is kept in `details`, a file for each specification that names it.

A new one is one file here and one line in the list. `read` gives the members of a document that belong to the family,
checked one by one; `check` looks at the client as a whole. Both raise invalid_client_metadata.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from authserver.models.clients import Client
from authserver.oauth.client_members import about


class Family(Protocol):
    """What a file of this room offers."""

    def read(self, document: Mapping[str, Any]) -> dict[str, Any]: ...

    def check(self, client: Client) -> None: ...


FAMILIES: list[Family] = [about]


def read(document: Mapping[str, Any]) -> dict[str, Any]:
    """The members of all families. Raises invalid_client_metadata."""
    return {name: value for family in FAMILIES for name, value in family.read(document).items()}


def check(client: Client) -> None:
    """Raises invalid_client_metadata when members contradict each other."""
    for family in FAMILIES:
        family.check(client)
