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
from authserver.fetch import Fetcher
from authserver.models import client_secrets, clients, grants
from authserver.models.clients import Client
from authserver.oauth import client_metadata as rules
from authserver.oauth.client_members import keys
from authserver.oauth.errors import InvalidClientMetadataError
from authserver.oauth.oidc import sector

#: Columns that a change may touch; the rest of a client is fixed when it is made.
CHANGEABLE = (
    "name",
    "redirect_uris",
    "post_logout_redirect_uris",
    "allowed_origins",
    "grant_types",
    "response_types",
    "scope",
    "token_endpoint_auth_method",
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
#: What a client's own document says, which it may change as it likes.
OWN = (*(name for name in CHANGEABLE if name not in rules.PRIVILEGED), "type")
#: What a change as a whole (RFC 7592 section 2.2) leaves alone.
FIXED = (*rules.PRIVILEGED, "type", "token_endpoint_auth_method")
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
    document: Mapping[str, Any],
    *,
    owner_id: str | None,
    privileged: bool,
    client_id: str | None = None,
    actor: str,
    fetcher: Fetcher | None = None,
) -> Registered:
    """Make a client from RFC 7591 metadata.

    `privileged`: administrators and the command line, who alone may set `trusted`, `audience`, `environment` and
    `meter` (decision 31). Raises invalid_redirect_uri and invalid_client_metadata.
    """
    made = draft(document, privileged=privileged, fetcher=fetcher)
    return add(made, client_id=rules.client_id(client_id), owner_id=owner_id, actor=actor)


def draft(document: Mapping[str, Any], *, privileged: bool, fetcher: Fetcher | None) -> Client:
    """All checks of a new client, also of what its document leads to. Raises as `register`."""
    draft = rules.read(document, privileged=privileged)
    sector.check(draft, fetcher)
    keys.check_reachable(draft.details, fetcher)
    return draft


def add(draft: Client, *, client_id: str, owner_id: str | None, actor: str) -> Registered:
    """Make a client of metadata that has been checked. Raises TakenError."""
    now = clock.now()
    client = replace(draft, client_id=client_id, owner_id=owner_id, created_at=now, updated_at=now)
    if not clients.create(client):
        raise TakenError("The client_id or the audience is taken.")
    secret = client_secrets.issue(client.client_id) if client.has_secret else None
    record(Tag.CLIENT_CREATED, actor=actor, user_id=owner_id, client_id=client.client_id, type=client.type)
    return Registered(client, secret)


def change(
    client: Client,
    document: Mapping[str, Any],
    *,
    privileged: bool,
    actor: str,
    fetcher: Fetcher | None = None,
    whole: bool = False,
) -> Client:
    """Replace the metadata given in `document`, keep the rest; with `whole`, only what is fixed. Raises as `register`.

    Who is not privileged loses the verification with the name, the redirect URIs or the logo that was verified.
    """
    before = rules.document(client)
    merged = {**({name: before[name] for name in FIXED if name in before} if whole else before), **document}
    for name in () if privileged else rules.PRIVILEGED:
        if name in document and document[name] != rules.document(client).get(name):
            raise InvalidClientMetadataError(f"{name} can be set by administrators only.")
    draft = rules.read(merged, privileged=True)
    if not privileged:
        rules.check_scope_added(draft.scope, before=client.scope)
    rules.check_kept(client, draft)
    if _sector(draft) != _sector(client):
        sector.check(draft, fetcher)
    if any(draft.details.get(name) != client.details.get(name) for name in keys.ASKED):
        keys.check_reachable(draft.details, fetcher)
    if client.has_secret and not draft.has_secret:  # so that none comes back to life with its method
        for secret in client_secrets.alive(client.client_id):
            revoke_secret(client, secret.id, actor=actor)
    return put(client, draft, CHANGEABLE, privileged=privileged, actor=actor)


def put(client: Client, draft: Client, names: tuple[str, ...], *, privileged: bool, actor: str) -> Client:
    """Give the client these columns of a draft that has been checked. Who is not privileged loses the verification."""
    values = {name: getattr(draft, name) for name in names}
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
    if not client.has_secret:
        raise InvalidClientMetadataError("The client does not authenticate by a secret.")
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
    if not enabled:  # what others hold in exchange for its tokens
        grants.revoke_exchanged(from_client=client.client_id, because="client disabled")
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


def _sector(client: Client) -> tuple[object, ...]:
    """What the list at its sector_identifier_uri must be asked about."""
    return client.details.get(sector.NAME), client.redirect_uris


def _looked_at(client: Client) -> tuple[object, ...]:
    """What an administrator has seen of a client that is called verified."""
    return client.name, client.redirect_uris, client.details.get("logo_uri")
