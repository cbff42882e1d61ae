"""The mail that tells a user of an application that they have let in, and its link that puts it out again (C19).

The link works once, for a week, and without a login: whoever reads that mailbox may always end access, never give any.
"""

from dataclasses import dataclass

from authserver import languages
from authserver.models import clients, links
from authserver.models.clients import Client
from authserver.models.links import Link
from authserver.models.users import User
from authserver.oauth import client_name, redirect_uri, scopes, withdrawal
from authserver.outbox import messages, queue
from authserver.settings import Settings

PURPOSE = "disconnect"
LIFETIME = 7 * 86400
LONGEST_LIST = 20


class Dead(Exception):
    """The link was used, has expired, or never was."""


@dataclass(frozen=True, slots=True)
class Connection:
    """What a link is about."""

    link: Link
    user_id: str
    client_id: str
    name: str


def announce(
    settings: Settings, user: User, client: Client, *, target: str, scope: tuple[str, ...], types: tuple[str, ...] = ()
) -> None:
    """Tell the user what they have just allowed, in their language.

    `target`: the redirect URI; a device has none. `types`: of the authorization details beside the scopes.
    """
    secret = links.issue(PURPOSE, ttl=LIFETIME, user_id=user.id, details={"client_id": client.client_id})
    with languages.speaking(user.locale):
        message = messages.app_connected(
            brand=settings.brand,
            app=name_of(client),
            place=redirect_uri.destination(target) or languages.gettext("an app on another device"),
            permissions=_listed(scope, types),
            url=f"{settings.issuer}/{PURPOSE}/{secret}",
        )
    queue.post(settings, message, recipient=user.email)


def look(secret: str) -> Connection:
    """What an unused link is about. Raises Dead."""
    link = links.find(PURPOSE, secret)
    client_id = link.details.get("client_id") if link is not None else None
    if link is None or link.user_id is None or not isinstance(client_id, str):
        raise Dead
    client = clients.find(client_id)
    return Connection(link, link.user_id, client_id, name_of(client) if client is not None else client_id)


def end(secret: str) -> Connection:
    """Use the link up and end all access; of many at once only one returns. Raises Dead."""
    found = look(secret)
    if not links.consume(found.link):
        raise Dead
    # Taken back elsewhere in the meantime: it has no access either way.
    withdrawal.withdraw(user_id=found.user_id, client_id=found.client_id, actor=found.user_id)
    return found


def name_of(client: Client) -> str:
    """The application's name as people may see it."""
    return client_name.shown(client.name) or client.client_id


def _listed(names: tuple[str, ...], types: tuple[str, ...]) -> str:
    words = [scope.description or scope.name for scope in scopes.known() if scope.name in names] + list(types)
    shown = [f"  - {text}" for text in words[:LONGEST_LIST]]
    return "\n".join(shown if len(words) <= LONGEST_LIST else [*shown, "  - …"])
