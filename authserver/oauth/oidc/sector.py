"""What stands at a sector_identifier_uri (OpenID Connect Registration section 5): a host says who is of its sector."""

import json

from authserver.fetch import Failed, Fetcher, Refused
from authserver.models.clients import Client
from authserver.oauth.errors import InvalidClientMetadataError, printable

NAME = "sector_identifier_uri"


def check(client: Client, fetcher: Fetcher | None) -> None:
    """Raises invalid_client_metadata unless the file at the URI lists every redirect URI of the client, if it has one.

    `fetcher`: None where nothing is fetched, so that nothing can be proved.
    """
    uri = client.details.get(NAME)
    if uri is None:
        return
    listed = _listed(uri, fetcher)
    if missing := [each for each in client.redirect_uris if each not in listed]:
        raise InvalidClientMetadataError(f"The list at {NAME} does not hold {printable(missing[0], 100)}.")


def _listed(uri: str, fetcher: Fetcher | None) -> list[object]:
    """What stands there. One text for all that went wrong on the way: it is no means to look around from here."""
    try:
        answer = fetcher.get(uri) if fetcher is not None else None
    except (Refused, Failed):
        answer = None
    if answer is None or answer.status != 200:
        raise InvalidClientMetadataError(f"{NAME} cannot be fetched.")
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise InvalidClientMetadataError(f"There is no JSON array of redirect URIs at {NAME}.")
    return found
