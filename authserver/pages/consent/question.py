"""What the consent page says: who asks, where people are sent, and each permission in plain words (C1-C10)."""

from dataclasses import dataclass

from authserver import clock
from authserver.models import users
from authserver.models.clients import Client
from authserver.models.scopes import Scope
from authserver.models.users import User
from authserver.oauth import approval, interaction, redirect_uri, scopes
from authserver.oauth.interaction import Progress
from authserver.settings import Settings

ALWAYS_REQUIRED = "openid"


@dataclass(frozen=True, slots=True)
class Asker:
    """The application. Its name is its own claim; the destination is what it is known by."""

    name: str
    verified: bool
    owner_name: str | None
    client_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    redirect_host: str
    redirect_kind: str  # web loopback native
    environment: str


@dataclass(frozen=True, slots=True)
class Permission:
    """One scope, and whether the person may leave it out."""

    name: str
    description: str
    required: bool
    checked: bool
    is_new: bool
    danger: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Permissions of one kind."""

    kind: str
    scopes: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Everything on the page."""

    client: Asker
    groups: tuple[Group, ...]
    already: tuple[Permission, ...]
    expires_at: int | None


def compose(progress: Progress, user: User, settings: Settings, *, chosen: frozenset[str] | None = None) -> Question:
    """The question to this user. `chosen`: what was checked when the form came back to be sent again."""
    asked = approval.grantable(progress, user)  # C7: never one that the user cannot grant
    before = frozenset(interaction.remembered(progress)) & frozenset(asked)
    if before == frozenset(asked):  # asked again on purpose (`prompt=consent`): all of it is to be decided
        before = frozenset()
    known = [scope for scope in scopes.known() if scope.name in asked]
    fresh = [scope for scope in known if scope.name not in before]
    deselect, returning = progress.client.allow_scope_deselect, bool(before)
    groups = tuple(
        Group(kind, tuple(_permission(one, deselect=deselect, is_new=returning, chosen=chosen) for one in members))
        for kind, members in scopes.by_kind(fresh)
    )
    kept = before if chosen is None else chosen
    already = tuple(
        _permission(one, deselect=deselect, is_new=False, chosen=kept) for one in known if one.name in before
    )
    return Question(_asker(progress), groups, already, _ending(progress, asked, settings))


def _permission(scope: Scope, *, deselect: bool, is_new: bool, chosen: frozenset[str] | None) -> Permission:
    deletes = scopes.kind(scope.name) == "delete"
    return Permission(
        name=scope.name,
        description=scope.description,
        required=not deselect or scope.name == ALWAYS_REQUIRED,
        checked=not deletes if chosen is None else scope.name in chosen,  # C6: dangerous ones begin unchecked
        is_new=is_new,
        danger=deletes or scope.reserved,
    )


def _asker(progress: Progress) -> Asker:
    client, target = progress.client, progress.parameters.redirect_uri
    return Asker(
        name=client.name,
        verified=client.trusted,
        owner_name=_owner_name(client),
        client_uri=client.details.get("client_uri"),
        policy_uri=client.details.get("policy_uri"),
        tos_uri=client.details.get("tos_uri"),
        redirect_host=redirect_uri.destination(target),
        redirect_kind=redirect_uri.kind(target),
        environment=client.environment,
    )


def _owner_name(client: Client) -> str | None:
    owner = users.find(client.owner_id) if client.owner_id else None
    return owner.name or owner.username if owner is not None else None


def _ending(progress: Progress, asked: tuple[str, ...], settings: Settings) -> int | None:
    """When access ends at the latest; None when it ends with the access token, in minutes."""
    return clock.now() + settings.refresh_absolute_ttl if approval.refreshable(progress, asked) else None
