"""Which applications have access to an account, and how they use it."""

from collections.abc import Sequence
from dataclasses import dataclass

from authserver import clock
from authserver.models import access_tokens, clients, consents, grants, refresh_tokens
from authserver.models.clients import Client
from authserver.models.consents import Consent
from authserver.models.grants import Grant
from authserver.models.users import User
from authserver.oauth import redirect_uri, scopes


@dataclass(frozen=True, slots=True)
class Connection:
    """One application. `scopes` are names and descriptions."""

    client_id: str
    name: str
    host: str | None
    scopes: tuple[tuple[str, str], ...]
    granted_at: int
    last_used_at: int | None
    live_tokens: int


def of_user(user: User, *, access_token_ttl: int) -> list[Connection]:
    """Every application with a consent or a live grant, the latest first."""
    consented = {consent.client_id: consent for consent in consents.of_user(user.id)}
    granted: dict[str, list[Grant]] = {}
    for grant in grants.of_user(user.id):
        granted.setdefault(grant.client_id, []).append(grant)
    words = {scope.name: scope.description for scope in scopes.known()}
    found = [
        _connection(client, consented.get(client_id), granted.get(client_id, []), words, access_token_ttl)
        for client_id in {**consented, **granted}
        if (client := clients.find(client_id)) is not None
    ]
    return sorted(found, key=lambda one: (-one.granted_at, one.name))


def _connection(
    client: Client, consent: Consent | None, own: Sequence[Grant], words: dict[str, str], ttl: int
) -> Connection:
    texts = [consent.scope] if consent else []
    names = dict.fromkeys(name for text in (*texts, *(grant.scope for grant in own)) for name in text.split())
    return Connection(
        client_id=client.client_id,
        name=client.name,
        host=redirect_uri.destination(client.redirect_uris[0]) if client.redirect_uris else None,
        scopes=tuple((name, words.get(name, "")) for name in names),
        granted_at=consent.updated_at if consent else min(grant.created_at for grant in own),
        last_used_at=max((grant.last_used_at for grant in own if grant.last_used_at), default=None),
        live_tokens=_live_tokens(client, own, ttl),
    )


def _live_tokens(client: Client, own: Sequence[Grant], ttl: int) -> int:
    """How many stop working when access is taken back; a JWT leaves no row: one for each grant used within its life."""
    ids, now = [grant.id for grant in own], clock.now()
    counted = refresh_tokens.live_count(ids) + access_tokens.live_count(ids)
    if client.access_token_format != "jwt":
        return counted
    return counted + sum(grant.last_used_at is not None and grant.last_used_at + ttl > now for grant in own)
