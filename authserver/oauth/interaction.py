"""STEPS: what a person must still do before a code can be issued (OpenID Connect Core section 3.1.2).

Login, choice of account, re-authentication and consent never lead to each other. Each records a fact in the stored
request and returns to `/authorize`, which asks `next_step` again. A new step is one page and one line in the list.
"""

from collections.abc import Callable
from dataclasses import dataclass

from authserver import clock
from authserver.models.authorization_requests import AuthorizationRequest
from authserver.models.clients import Client
from authserver.models.sessions import Session
from authserver.models.users import User
from authserver.oauth import beside_scope, redirect_uri, scopes, standing_consent, step_checks
from authserver.oauth.authorization_parameters import AuthorizationParameters
from authserver.oauth.errors import Cause, ConsentRequiredError, LoginRequiredError, Refusal
from authserver.oauth.oidc import requested_claims, subject
from authserver.oauth.standing_consent import StandingConsent


@dataclass(frozen=True, slots=True)
class Progress:
    """A stored request, and who sits at the browser."""

    request: AuthorizationRequest
    parameters: AuthorizationParameters
    client: Client
    user: User | None
    session: Session | None

    @property
    def just_authenticated(self) -> bool:
        """Whether the present session proved itself for this very request."""
        return self.session is not None and self.session.sid == self.request.authenticated_sid

    @property
    def decided(self) -> bool:
        """Whether the present user has answered."""
        return self.request.decision is not None and self.user is not None and self.request.decided_by == self.user.id


@dataclass(frozen=True, slots=True)
class Step:
    """A page that is needed under a condition; `error` answers `prompt=none` instead of it."""

    name: str
    path: str
    needed: Callable[[Progress], bool]
    error: type[Refusal]


def next_step(progress: Progress) -> Step | None:
    """The first step that is still needed.

    Raises the error of a step that `prompt=none` forbids, or of a wrong user.
    """
    if progress.user and not _is_hinted(progress, progress.user) and progress.just_authenticated:
        cause = Cause("another_user", "Session")
        raise LoginRequiredError("Another user has signed in than the request names.", cause)
    for step in STEPS:
        if step.needed(progress):
            if "none" in progress.parameters.prompt:
                raise step.error(f"prompt=none, but the step {step.name} is needed.", step_checks.forbidden(step.name))
            step_checks.ahead(step.name)
            return step
        step_checks.behind(step.name)
    return None


def standing(progress: Progress) -> StandingConsent:
    """What the present user has allowed this client before."""
    if progress.user is None:
        return StandingConsent(None)
    return standing_consent.recall(progress.user.id, progress.client)


def grantable(progress: Progress, user: User) -> tuple[str, ...]:
    """The asked scopes that this user has to give (C7)."""
    own = {scope.name for scope in scopes.own(user)}
    return tuple(name for name in progress.parameters.scope if name in own)


def _is_hinted(progress: Progress, user: User) -> bool:
    """Whether it is the user whom id_token_hint and the claim `sub` name; whoever it is, when there is neither."""
    hinted, claimed = progress.parameters.hinted_sub, requested_claims.values_of(progress.parameters.claims, "sub")
    if hinted is not None and not subject.is_named(user, hinted, client=progress.client):
        return False
    return not claimed or any(subject.is_named(user, sub, client=progress.client) for sub in claimed)


def _login(progress: Progress) -> bool:
    return progress.user is None


def _select_account(progress: Progress) -> bool:
    if "select_account" not in progress.parameters.prompt or progress.session is None:
        return False
    return not progress.just_authenticated and progress.request.chosen_sid != progress.session.sid


def _reauthenticate(progress: Progress) -> bool:
    if progress.just_authenticated or progress.session is None or progress.user is None:
        return False
    parameters = progress.parameters
    if "login" in parameters.prompt or parameters.max_age == 0:
        return True
    if not _is_hinted(progress, progress.user):
        return True
    return parameters.max_age is not None and clock.now() - progress.session.auth_time > parameters.max_age


def _consent(progress: Progress) -> bool:
    if progress.decided:
        return False
    parameters = progress.parameters
    if "consent" in parameters.prompt:
        return True
    if parameters.authorization_details and beside_scope.new_details(parameters, standing(progress)):
        return True
    if progress.client.trusted:
        return False
    # RFC 8252 section 8.6: any program may pose as a native client, so nothing is granted silently (AZ25).
    on_this_computer = redirect_uri.kind(parameters.redirect_uri) != "web"
    if progress.client.public and on_this_computer and "none" in parameters.prompt:
        return True
    asked = grantable(progress, progress.user) if progress.user else ()
    if not asked and not parameters.authorization_details:
        return True
    given = standing(progress)
    return not set(asked) <= set(given.scope) or bool(beside_scope.new_claims(parameters, given))


STEPS = [
    Step("login", "/login", _login, LoginRequiredError),
    Step("select_account", "/login/select", _select_account, LoginRequiredError),
    Step("reauthenticate", "/login?reauth=1", _reauthenticate, LoginRequiredError),
    Step("consent", "/consent", _consent, ConsentRequiredError),
]
