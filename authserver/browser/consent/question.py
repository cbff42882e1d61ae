"""What the consent page says: who asks, why now, and each permission in plain words (C1-C13)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from authserver import languages
from authserver.browser.consent import asker, beside, durations, proof
from authserver.browser.consent.asker import Asker
from authserver.browser.consent.beside import Described
from authserver.browser.consent.durations import Duration
from authserver.browser.consent.proof import Proof
from authserver.languages import gettext as _
from authserver.models.scopes import Scope
from authserver.models.users import User
from authserver.oauth import approval, beside_scope, client_name, interaction, scopes, standing_consent
from authserver.oauth.authorization_details import Detail
from authserver.oauth.interaction import Progress
from authserver.oauth.standing_consent import Changes, StandingConsent
from authserver.settings import Settings

ALWAYS_REQUIRED = "openid"
MOST_SHOWN, LONGEST_SHOWN = 5, 200


class Reason(StrEnum):
    """Why the person sees the page (the surprise is worse than the question)."""

    FIRST = "first"
    CHANGED = "changed"
    LAPSED = "lapsed"
    MORE = "more"
    ASKED = "asked"


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
    reason: Reason
    changes: Changes
    wider: tuple[Scope, ...]  # what the application may ask for since then
    groups: tuple[Group, ...]
    already: tuple[Permission, ...]
    details: tuple[Described, ...]
    durations: tuple[Duration, ...]  # none where access ends with the access token, in minutes
    proof: Proof | None
    seen: str


@dataclass(frozen=True, slots=True)
class _Row:
    """How one permission is drawn on this page."""

    deselect: bool
    returning: bool
    given: frozenset[str]
    chosen: frozenset[str] | None
    settings: Settings

    def draw(self, scope: Scope, *, kept: bool = False) -> Permission:
        name, danger = scope.name, proof.is_dangerous(scope)
        start = kept or scopes.kind(name) != "delete"  # C6: what deletes begins unchecked
        return Permission(
            name=name,
            description=_described(scope, self.settings),
            required=not self.deselect or name == ALWAYS_REQUIRED,
            checked=start if self.chosen is None else name in self.chosen,
            is_new=self.returning and name not in self.given,
            danger=danger,
        )

    def draw_claim(self, name: str, *, is_new: bool) -> Permission:
        """A fact about the person that no scope of the request carries: theirs to give or not with all the rest."""
        words = beside.claims().get(name, "")
        return Permission(name, words, required=True, checked=True, is_new=self.returning and is_new, danger=False)


def compose(progress: Progress, user: User, settings: Settings, *, chosen: frozenset[str] | None = None) -> Question:
    """The question to this user. `chosen`: what was checked when the form came back to be sent again."""
    client, standing = progress.client, interaction.standing(progress)
    asked = interaction.grantable(progress, user)  # C7: never one that the user cannot grant
    before, given = frozenset(standing.scope) & frozenset(asked), frozenset(standing.given)
    new_claims, new_details = _new(progress, standing)
    again = before == frozenset(asked) and not new_claims and not new_details
    if again:  # asked again on purpose (`prompt=consent`): all of it is to be decided
        before = frozenset()
    everything = scopes.known()
    known = [scope for scope in everything if scope.name in asked]
    row = _Row(client.allow_scope_deselect, bool(given), given, chosen, settings)
    fresh = scopes.by_kind(scope for scope in known if scope.name not in before)
    groups = (Group(kind, tuple(row.draw(scope) for scope in members)) for kind, members in fresh)
    claims = beside_scope.claims(progress.parameters)
    facts = tuple(row.draw_claim(name, is_new=name in new_claims) for name in claims)
    old_facts = () if again else tuple(fact for fact in facts if fact.name not in new_claims)
    return Question(
        client=asker.describe(client, target=progress.parameters.redirect_uri, user=user),
        reason=_reason(progress, standing, asked, more=bool(new_claims or new_details)),
        changes=_readable(standing.changes),
        wider=tuple(scope for scope in everything if scope.name in standing.changes.scope_added),
        groups=_with_facts(groups, tuple(fact for fact in facts if fact not in old_facts)),
        already=(*(row.draw(scope, kept=True) for scope in known if scope.name in before), *old_facts),
        details=beside.describe(progress.parameters, standing),
        durations=durations.offered(settings) if approval.refreshable(progress, asked) else (),
        proof=proof.expected(progress, asked),
        seen=standing_consent.fingerprint(client),
    )


def _new(progress: Progress, standing: StandingConsent) -> tuple[tuple[str, ...], tuple[Detail, ...]]:
    """Claims and details that the person has not allowed before."""
    asked = progress.parameters
    return beside_scope.new_claims(asked, standing), beside_scope.new_details(asked, standing)


def _with_facts(groups: Iterable[Group], facts: tuple[Permission, ...]) -> tuple[Group, ...]:
    """The facts stand with the scopes about the person, which come first."""
    every = tuple(groups)
    about = (*(scope for group in every if group.kind == "identity" for scope in group.scopes), *facts)
    others = tuple(group for group in every if group.kind != "identity")
    return (Group("identity", about), *others) if about else others


def _reason(progress: Progress, standing: StandingConsent, asked: tuple[str, ...], *, more: bool) -> Reason:
    if standing.consent is None:
        return Reason.ASKED if progress.client.trusted else Reason.FIRST
    if standing.suspended:
        return Reason.CHANGED
    if standing.lapsed:
        return Reason.LAPSED
    return Reason.ASKED if set(asked) <= set(standing.scope) and not more else Reason.MORE


def _described(scope: Scope, settings: Settings) -> str:
    if scope.name != "offline_access":
        return scope.description
    longest = languages.duration(settings.refresh_absolute_ttl)  # C9
    return _("Keep access when you are not here, for up to %(duration)s", duration=longest)


def _readable(changes: Changes) -> Changes:
    """Old against new, in a size that can be read."""
    return replace(
        changes,
        name=(client_name.shown(changes.name[0]), client_name.shown(changes.name[1])) if changes.name else None,
        redirect_uris_added=_shortened(changes.redirect_uris_added),
        redirect_uris_gone=_shortened(changes.redirect_uris_gone),
    )


def _shortened(uris: tuple[str, ...]) -> tuple[str, ...]:
    shown = tuple(uri if len(uri) <= LONGEST_SHOWN else f"{uri[:LONGEST_SHOWN]}…" for uri in uris[:MOST_SHOWN])
    return shown if len(uris) <= MOST_SHOWN else (*shown, "…")
