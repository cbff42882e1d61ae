"""Standing consent (decision 46): what a user has allowed an application before, and whether that still stands.

It does not once the application is no longer the one that the user saw: another name, further redirect URIs, a longer
list of scopes. Nor when the time is over for which the user allowed it. This is the only place that compares.
"""

import json
from dataclasses import dataclass
from typing import Any

from authserver import clock, opaque
from authserver.models import consents
from authserver.models.clients import Client
from authserver.models.consents import CLAIMS, DETAILS, Consent
from authserver.oauth import scopes


@dataclass(frozen=True, slots=True)
class Changes:
    """How an application differs from what the user saw when they allowed it."""

    name: tuple[str, str] | None = None  # before, now
    redirect_uris_added: tuple[str, ...] = ()
    redirect_uris_gone: tuple[str, ...] = ()
    scope_added: tuple[str, ...] = ()

    @property
    def matter(self) -> bool:
        """Whether the user must be asked again. To give up an address, or a scope, is no reason to ask."""
        return bool(self.name or self.redirect_uris_added or self.scope_added)


@dataclass(frozen=True, slots=True)
class StandingConsent:
    """What one user has allowed one application."""

    consent: Consent | None
    changes: Changes = Changes()

    @property
    def given(self) -> tuple[str, ...]:
        """The scopes that were allowed, whether or not they still go without a question."""
        return tuple(self.consent.scope.split()) if self.consent else ()

    @property
    def suspended(self) -> bool:
        """Whether the application has changed since."""
        return self.changes.matter

    @property
    def lapsed(self) -> bool:
        """Whether the time is over for which it was allowed."""
        return self.consent is not None and self.consent.until is not None and self.consent.until <= clock.now()

    @property
    def scope(self) -> tuple[str, ...]:
        """The scopes that need no question now."""
        return () if self.suspended or self.lapsed else self.given

    @property
    def claims(self) -> tuple[str, ...]:
        """The claims beside the scopes that need no question now."""
        return self._kept(CLAIMS)

    @property
    def details(self) -> tuple[str, ...]:
        """The digests of the authorization details that need no question now."""
        return self._kept(DETAILS)

    def _kept(self, name: str) -> tuple[str, ...]:
        if self.consent is None or self.suspended or self.lapsed:
            return ()
        return tuple(self.consent.seen.get(name, ()))

    @property
    def until(self) -> int | None:
        """When a consent that stands ends; None: no end was chosen."""
        return self.consent.until if self.consent and not self.suspended and not self.lapsed else None


def recall(user_id: str, client: Client, *, locked: bool = False) -> StandingConsent:
    """What this user has allowed this application, compared with what it is now. `locked`: to be changed next."""
    consent = consents.find(user_id=user_id, client_id=client.client_id, locked=locked)
    return StandingConsent(consent, changes(consent, client)) if consent else StandingConsent(None)


def changes(consent: Consent, client: Client) -> Changes:
    """What is different now. None for our own applications, and where nothing was kept to compare with."""
    seen = consent.seen
    if client.trusted or not seen:
        return Changes()
    before, now = tuple(seen["redirect_uris"]), client.redirect_uris
    return Changes(
        name=(seen["name"], client.name) if seen["name"] != client.name else None,
        redirect_uris_added=tuple(uri for uri in now if uri not in before),
        redirect_uris_gone=tuple(uri for uri in before if uri not in now),
        scope_added=_scope_added(seen["scope"], client),
    )


def snapshot(client: Client) -> dict[str, Any]:
    """What is kept of an application when a user decides about it."""
    return {"name": client.name, "redirect_uris": list(client.redirect_uris), "scope": client.scope}


def fingerprint(client: Client) -> str:
    """Stands for what a page shows of an application, so that an answer to an outdated page is noticed."""
    return opaque.digest("client_seen", json.dumps(snapshot(client)))


def _scope_added(before: str, client: Client) -> tuple[str, ...]:
    """No list means all that are not reserved; that this server has gained a scope adds nothing to it."""
    if before == client.scope:
        return ()
    known = scopes.known()
    everything = tuple(scope.name for scope in known if not scope.reserved)
    old = before.split() or everything
    new = client.scope.split() or everything
    return tuple(name for name in new if name not in old)
