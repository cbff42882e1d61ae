"""Which applications have access to an account, to what, since when and until when, and how they use it."""

from collections.abc import Sequence
from dataclasses import dataclass

from authserver import clock
from authserver.browser.consent import beside
from authserver.browser.consent.asker import Trust, trust_in
from authserver.browser.consent.beside import Described
from authserver.models import clients, consents, grants
from authserver.models.clients import Client
from authserver.models.consents import Consent
from authserver.models.grants import Grant
from authserver.models.scopes import Scope
from authserver.models.users import User
from authserver.oauth import (
    authorization_details,
    beside_scope,
    connection,
    redirect_uri,
    scopes,
    standing_consent,
    withdrawal,
)
from authserver.oauth.standing_consent import Changes
from authserver.pages.connected_apps import live_tokens
from authserver.pages.connected_apps.live_tokens import LiveTokens

MOST_DETAILS = 20


@dataclass(frozen=True, slots=True)
class Connection:
    """One application, as the person sees it who let it in. Times are epoch seconds."""

    client_id: str
    name: str
    trust: Trust
    verified_at: int | None
    is_first_party: bool  # also where it was verified besides
    host: str | None
    groups: tuple[tuple[str, tuple[Scope, ...]], ...]  # the scopes under their kinds
    granted_at: int
    last_used_at: int | None
    asks_again_at: int | None  # the end that the person has chosen
    ends_at: int | None  # of what it has now; None: it has nothing that works by itself
    live: LiveTokens
    format: str  # of its access tokens
    changes: Changes
    facts: tuple[tuple[str, str], ...] = ()  # claims that no scope of it carries: name, and in words
    details: tuple[Described, ...] = ()  # of what is alive

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return tuple(scope for _kind, members in self.groups for scope in members)

    def scope(self, name: str) -> Scope | None:
        """One of its scopes."""
        return next((scope for scope in self.scopes if scope.name == name), None)

    def is_last(self, name: str) -> bool:
        """Whether without this scope nothing is left that it could do."""
        return withdrawal.IDLE.issuperset(scope.name for scope in self.scopes if scope.name != name)


def of_user(user: User, *, access_token_ttl: int) -> list[Connection]:
    """Every application with a consent or a live grant, the latest first."""
    consented = {consent.client_id: consent for consent in consents.of_user(user.id)}
    granted: dict[str, list[Grant]] = {}
    for grant in grants.of_user(user.id):
        granted.setdefault(grant.client_id, []).append(grant)
    words = {scope.name: scope for scope in scopes.known()}
    found = [
        _connection(client, user, consented.get(client_id), granted.get(client_id, []), words, access_token_ttl)
        for client_id in {**consented, **granted}
        if (client := clients.find(client_id)) is not None
    ]
    return sorted(found, key=lambda one: (-one.granted_at, one.name))


def find(user: User, client_id: str, *, access_token_ttl: int) -> Connection | None:
    """One of them."""
    client = clients.find(client_id)
    consent = consents.find(user_id=user.id, client_id=client_id)
    own = _grants(user, client_id)
    if client is None or (consent is None and not own):
        return None
    return _connection(client, user, consent, own, {scope.name: scope for scope in scopes.known()}, access_token_ttl)


def carrying(user: User, client_id: str, scope: str, *, access_token_ttl: int) -> LiveTokens:
    """The live tokens of an application that carry this scope."""
    client = clients.find(client_id)
    if client is None:
        return LiveTokens(0, exact=True)
    return live_tokens.count(client, _grants(user, client_id), ttl=access_token_ttl, scope=scope)


def _grants(user: User, client_id: str) -> list[Grant]:
    return [grant for grant in grants.of_user(user.id) if grant.client_id == client_id]


def _connection(
    client: Client, user: User, consent: Consent | None, own: Sequence[Grant], words: dict[str, Scope], ttl: int
) -> Connection:
    allowed = consent.scope.split() if consent else []
    names = dict.fromkeys((*allowed, *(name for grant in own for name in grant.scope_left)))
    return Connection(
        client_id=client.client_id,
        name=connection.name_of(client),
        trust=trust_in(client, user),
        verified_at=client.verified_at,
        is_first_party=client.trusted,
        host=redirect_uri.destination(client.redirect_uris[0]) if client.redirect_uris else None,
        groups=scopes.by_kind(words.get(name) or Scope(name, "", reserved=False, position=0) for name in names),
        granted_at=consent.created_at if consent else min(grant.created_at for grant in own),
        last_used_at=max((grant.last_used_at for grant in own if grant.last_used_at), default=None),
        asks_again_at=consent.until if consent else None,
        ends_at=_end(own, ttl),
        live=live_tokens.count(client, own, ttl=ttl),
        format=client.access_token_format,
        changes=standing_consent.changes(consent, client) if consent else Changes(),
        facts=_facts(own),
        details=_details(own),
    )


def _facts(own: Sequence[Grant]) -> tuple[tuple[str, str], ...]:
    """What was allowed to be known one by one, by what is alive."""
    words = beside.claims()
    names = (name for grant in own for name in beside_scope.claims_of(grant))
    return tuple((name, words.get(name, name)) for name in dict.fromkeys(names))


def _details(own: Sequence[Grant]) -> tuple[Described, ...]:
    """Each of them once, the latest first."""
    found = {authorization_details.digest(one): one for grant in own for one in beside_scope.details_of(grant)}
    return beside.described(list(found.values())[:MOST_DETAILS])


def _end(own: Sequence[Grant], ttl: int) -> int | None:
    """When the last of its tokens ends, refreshed as long as that may be."""
    latest = max((max(grant.refresh_expires_at or 0, (grant.last_used_at or 0) + ttl) for grant in own), default=0)
    return latest if latest > clock.now() else None
