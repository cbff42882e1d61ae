"""Dynamic client registration (RFC 7591): who may register, how often, and what nobody may give to themselves.

The rules of the metadata are those of every client (`client_metadata`); whoever registers here is not privileged.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from authserver import clock, opaque
from authserver.models import client_documents, client_secrets, registration_tokens, registrations
from authserver.models.clients import Client
from authserver.models.registration_tokens import RegistrationToken
from authserver.oauth import client_auth, client_metadata, clients, registration_limits, software_statement
from authserver.oauth.bearer import token_in
from authserver.oauth.errors import (
    InvalidClientMetadataError,
    InvalidTokenError,
    MissingTokenError,
    Refusal,
)
from authserver.oauth.oidc import sector
from authserver.oauth.registrable import registrable
from authserver.oauth.request import Request
from authserver.oauth.server import AuthorizationServer

ACTOR = "registration"
#: A client that anybody has registered, and nobody has used since, is forgotten.
UNUSED_FOR = 30 * 86400


class DisabledClientError(Refusal):
    """RFC 7592 section 2.1: the client may not look at its own record."""

    error = "unauthorized_client"
    status_code = 403


@dataclass(frozen=True, slots=True)
class Registered:
    """A client that has registered itself; its secret is in no later answer."""

    client: Client
    secret: str | None = field(repr=False)
    access_token: str = field(repr=False)


def register(request: Request, document: dict[str, Any], server: AuthorizationServer) -> Registered:
    """Make a client of this document (RFC 7591 section 3.1).

    Raises 401 for who may not, 429 for who has too often, invalid_redirect_uri and invalid_client_metadata.
    """
    initial = _admit(request, server.settings.registration)
    asked = registrable(_vouched(document, server), with_token=initial is not None)
    # All checks, and what is fetched for them, come before what is spent.
    with _asking(asked, request.address):
        draft = clients.draft(asked, privileged=False, fetcher=server.fetcher)
    if initial is None:
        registration_limits.count(request.address)
    elif not registration_tokens.spend(initial):
        raise InvalidTokenError("The initial access token was used up just now.")
    owner_id, token_id = (initial.owner_id, initial.id) if initial is not None else (None, None)
    client_id = client_metadata.client_id(None)
    made = clients.add(draft, client_id=client_id, owner_id=owner_id, actor=token_id or ACTOR)
    return Registered(made.client, made.secret, registrations.record(made.client.client_id, token_id=token_id))


def authenticated(request: Request) -> tuple[Client, str]:
    """The client of this address and its registration access token (RFC 7592 section 2). Raises 401.

    A client that is no more, and the token of another one, are told the same.
    """
    token = _token(request, "Send the registration access token in the Authorization header.")
    client_id = request.variables["client_id"]
    # A path can spell NUL, which PostgreSQL does not take (IJ4).
    client = registrations.found(client_id, token) if client_id.isprintable() else None
    if client is None:
        raise InvalidTokenError("The registration access token is not good for this client.")
    if not client.enabled:
        raise DisabledClientError("The client is disabled.")
    return client, token


def replace(client: Client, document: dict[str, Any], server: AuthorizationServer, *, address: str) -> Client:
    """Put this document in the place of the client's metadata (RFC 7592 section 2.2). Raises as `register`."""
    if document.get("client_id") != client.client_id:
        raise InvalidClientMetadataError("client_id must be repeated, and cannot be changed.")
    secret = document.get("client_secret")
    if secret is not None and not _is_secret_of(client, secret):
        raise InvalidClientMetadataError("client_secret must be the one that the client has; nobody chooses it.")
    asked = registrable(_vouched(document, server), client=client)
    if asked.get("token_endpoint_auth_method") in client_auth.SECRETS and not client.has_secret:
        raise InvalidClientMetadataError("The client has no secret, and a new one is not given out here.")
    by: dict[str, Any] = {"privileged": False, "actor": client.client_id}
    with _asking(asked, address):
        return clients.change(client, asked, fetcher=server.fetcher, whole=True, **by)


def remove(client: Client) -> None:
    """The client, its tokens and its registration access token end (RFC 7592 section 2.3)."""
    clients.remove(client, actor=client.client_id)


def purge() -> int:
    """Forget clients that anybody has registered and nobody has used; how many."""
    registrations.note_use()
    before = clock.now() - UNUSED_FOR
    over = [*registrations.unused(before=before), *client_documents.unused(before=before)]
    for client in over:
        clients.remove(client, actor=ACTOR)
    return len(over)


def _admit(request: Request, mode: str) -> RegistrationToken | None:
    """The initial access token that it comes with; None where none is needed. Raises 401 (DC1) and 429 (DC6)."""
    if mode == "open" and "authorization" not in request.headers:
        registration_limits.check(request.address)
        return None
    token = _token(request, "Send an initial access token: applications do not register themselves here without one.")
    found = registration_tokens.good(token) if mode != "closed" else None
    if found is None:
        raise InvalidTokenError("The initial access token is unknown, used up, expired or revoked.")
    return found


@contextmanager
def _asking(asked: dict[str, Any], address: str) -> Iterator[None]:
    """Nobody can have hosts asked at will: one that does not say what it should counts as a registration (SF4)."""
    if sector.NAME not in asked:
        yield
        return
    registration_limits.check(address)
    try:
        yield
    except Refusal:
        registration_limits.count(address)
        raise


def _vouched(document: dict[str, Any], server: AuthorizationServer) -> dict[str, Any]:
    return software_statement.vouched(document, audience=server.settings.issuer, keys=server.client_keys)


def _token(request: Request, says: str) -> str:
    header = request.headers.get("authorization")
    if header is None:
        raise MissingTokenError(says)
    token = token_in(header)
    if token is None:
        raise InvalidTokenError("The Authorization header holds no Bearer token.")
    return token


def _is_secret_of(client: Client, secret: object) -> bool:
    if not isinstance(secret, str):
        return False
    digest = opaque.digest("client_secret", secret)
    return any(opaque.equal(alive.digest, digest) for alive in client_secrets.alive(client.client_id))
