"""Client metadata (RFC 7591 section 2, OpenID Connect Registration section 2): every client is made and changed here.

The portal, the command line, dynamic registration and the API hand over a metadata document; the rules are the same
for all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from authserver import clock
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import client_secrets, clients, grants
from authserver.models.clients import Client
from authserver.oauth import client_metadata as rules
from authserver.oauth.errors import InvalidClientMetadataError

#: Columns that a change may touch; the rest of a client is fixed when it is made.
CHANGEABLE = (
    "name",
    "redirect_uris",
    "post_logout_redirect_uris",
    "allowed_origins",
    "grant_types",
    "response_types",
    "scope",
    "require_pkce",
    "access_token_format",
    "access_token_signed_response_alg",
    "id_token_signed_response_alg",
    "trusted",
    "allow_scope_deselect",
    "environment",
    "meter",
    "details",
)
MOST_SECRETS = 2
LONGEST_OVERLAP = 7 * 86400


class TakenError(InvalidClientMetadataError):
    """Another client has this id or this audience."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A new client and, this once, its secret."""

    client: Client
    secret: str | None = field(repr=False)


def register(
    document: Mapping[str, Any], *, owner_id: str | None, privileged: bool, client_id: str | None = None, actor: str
) -> Registered:
    """Make a client from RFC 7591 metadata.

    `privileged`: administrators and the command line, who alone may set `trusted`, `audience`, `environment` and
    `meter` (decision 31). Raises invalid_redirect_uri and invalid_client_metadata.
    """
    draft = rules.read(document, privileged=privileged)
    now = clock.now()
    client = replace(draft, client_id=rules.client_id(client_id), owner_id=owner_id, created_at=now, updated_at=now)
    if not clients.create(client):
        raise TakenError("The client_id or the audience is taken.")
    secret = None if client.public else client_secrets.issue(client.client_id)
    record(Tag.CLIENT_CREATED, actor=actor, user_id=owner_id, client_id=client.client_id, type=client.type)
    return Registered(client, secret)


def change(client: Client, document: Mapping[str, Any], *, privileged: bool, actor: str) -> Client:
    """Replace the metadata given in `document`, keep the rest. Raises as `register`.

    Who is not privileged loses the verification with the name, the redirect URIs or the logo that was verified.
    """
    merged = {**rules.document(client), **document}
    for name in () if privileged else rules.PRIVILEGED:
        if name in document and document[name] != rules.document(client).get(name):
            raise InvalidClientMetadataError(f"{name} can be set by administrators only.")
    draft = rules.read(merged, privileged=True)
    if not privileged:
        rules.check_scope_added(draft.scope, before=client.scope)
    if (draft.type, draft.token_endpoint_auth_method) != (client.type, client.token_endpoint_auth_method):
        raise InvalidClientMetadataError("The type and the authentication method of a client cannot be changed.")
    values = {name: getattr(draft, name) for name in CHANGEABLE}
    changed = {name: value for name, value in values.items() if value != getattr(client, name)}
    fields = tuple(sorted(changed))
    if not privileged and _looked_at(client) != _looked_at(draft):
        changed["verified_at"] = None  # also when it was none just now: an administrator may be about to set it
    if changed:
        clients.change(client.client_id, **changed)
        record(Tag.CLIENT_CHANGED, actor=actor, user_id=client.owner_id, client_id=client.client_id, fields=fields)
    if client.verified_at is not None and "verified_at" in changed:
        record(Tag.CLIENT_UNVERIFIED, actor=actor, user_id=client.owner_id, client_id=client.client_id, by="change")
    return replace(client, **changed)


def set_verified(client: Client, verified: bool, *, actor: str) -> bool:
    """Say of a client that it was looked at, or no longer. False when it is no more what `client` holds."""
    if not clients.verify(client, at=clock.now() if verified else None):
        return False
    tag = Tag.CLIENT_VERIFIED if verified else Tag.CLIENT_UNVERIFIED
    record(tag, actor=actor, user_id=client.owner_id, client_id=client.client_id)
    return True


def add_secret(client: Client, *, overlap: int, actor: str) -> str:
    """A further secret, in clear only here; the ones before end after `overlap` seconds, 0..7 days (CA10)."""
    if client.public:
        raise InvalidClientMetadataError("A public client has no secret.")
    if not 0 <= overlap <= LONGEST_OVERLAP:
        raise InvalidClientMetadataError("The overlap is 0 seconds to 7 days.")
    live = client_secrets.alive(client.client_id)
    for index, secret in enumerate(live):
        # At most two live at a time: of several old ones only the newest gets the overlap.
        until = clock.now() + overlap if index < MOST_SECRETS - 1 else clock.now()
        client_secrets.expire(secret.id, client_id=client.client_id, at=until)
    record(Tag.CLIENT_SECRET_ADDED, actor=actor, user_id=client.owner_id, client_id=client.client_id, overlap=overlap)
    return client_secrets.issue(client.client_id)


def revoke_secret(client: Client, secret_id: str, *, actor: str) -> bool:
    """End one secret at once. False when it is not a live secret of the client."""
    if not client_secrets.expire(secret_id, client_id=client.client_id, at=clock.now()):
        return False
    record(
        Tag.CLIENT_SECRET_REVOKED, actor=actor, user_id=client.owner_id, client_id=client.client_id, secret=secret_id
    )
    return True


def set_enabled(client: Client, enabled: bool, *, actor: str) -> None:
    """Switch a client on or off; its tokens follow at once (decision 25)."""
    clients.change(client.client_id, disabled_at=None if enabled else clock.now())
    tag = Tag.CLIENT_ENABLED if enabled else Tag.CLIENT_DISABLED
    record(tag, actor=actor, user_id=client.owner_id, client_id=client.client_id)


def remove(client: Client, *, actor: str) -> None:
    """Delete a client and end all that was issued to it (decision 25)."""
    grants.revoke_of(client_id=client.client_id, because="client_deleted")
    clients.remove(client.client_id)
    record(Tag.CLIENT_DELETED, actor=actor, user_id=client.owner_id, client_id=client.client_id)


def document(client: Client, secret: str | None = None) -> dict[str, Any]:
    """The client information response (RFC 7591 section 3.2.1); the secret only in the answer that creates it."""
    body: dict[str, Any] = {"client_id": client.client_id}
    if secret is not None:
        body |= {"client_secret": secret, "client_secret_expires_at": 0}
    return {**body, "client_id_issued_at": client.created_at, **rules.document(client)}


def _looked_at(client: Client) -> tuple[object, ...]:
    """What an administrator has seen of a client that is called verified."""
    return client.name, client.redirect_uris, client.details.get("logo_uri")
