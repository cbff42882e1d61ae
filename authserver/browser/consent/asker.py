"""Who asks: the application's name, what is known of it, and where people are sent (C1-C3)."""

from dataclasses import dataclass
from enum import StrEnum

from authserver import languages
from authserver.models import users
from authserver.models.clients import Client
from authserver.models.users import User
from authserver.oauth import client_document, client_name, connection, redirect_uri


class Trust(StrEnum):
    """What this server knows of an application. That it is ours does not mean that somebody has looked at it."""

    VERIFIED = "verified"  # an administrator has
    FIRST_PARTY = "first_party"
    YOURS = "yours"  # the person has registered it
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Asker:
    """The application. Its name is its own claim; the destination is what it is known by."""

    name: str
    is_ambiguous: bool  # the name may be read as another one: never without the destination
    trust: Trust
    verified_at: int | None
    owner_name: str | None
    client_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    redirect_host: str
    redirect_kind: str  # web loopback native
    environment: str
    published_by: str | None = None  # the host that serves what a client with a URL for an id says of itself

    @property
    def verified_on(self) -> str | None:
        """The day on which it was looked at."""
        return languages.day(self.verified_at) if self.verified_at is not None else None


def describe(client: Client, *, target: str, user: User) -> Asker:
    """The application as this user sees it. `target`: the redirect URI of the request."""
    return Asker(
        name=connection.name_of(client),
        is_ambiguous=client_name.is_ambiguous(client.name),
        trust=trust_in(client, user),
        verified_at=client.verified_at,
        owner_name=_owner_name(client),
        client_uri=client.details.get("client_uri"),
        policy_uri=client.details.get("policy_uri"),
        tos_uri=client.details.get("tos_uri"),
        redirect_host=redirect_uri.destination(target),
        redirect_kind=redirect_uri.kind(target),
        environment=client.environment,
        published_by=client_document.hosted_at(client.client_id),
    )


def trust_in(client: Client, user: User) -> Trust:
    """What this user is told of it."""
    if client.verified_at is not None:
        return Trust.VERIFIED
    if client.trusted:
        return Trust.FIRST_PARTY
    return Trust.YOURS if client.owner_id == user.id else Trust.UNVERIFIED


def _owner_name(client: Client) -> str | None:
    owner = users.find(client.owner_id) if client.owner_id else None
    return client_name.shown(owner.name) or owner.username if owner is not None else None
