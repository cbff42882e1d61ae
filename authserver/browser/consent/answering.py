"""From the form to an answer: what must be so before an "Allow" is recorded, wherever it is asked (C10, C17)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from authserver.accounts.throttling import Throttled
from authserver.browser import identity
from authserver.browser.consent import durations, proof, question
from authserver.browser.consent.forms import ConsentForm
from authserver.browser.consent.proof import Refused
from authserver.browser.consent.question import Question
from authserver.browser.refusals import in_words
from authserver.languages import gettext as _
from authserver.oauth import approval, standing_consent
from authserver.oauth.interaction import Progress
from authserver.settings import Settings

F = TypeVar("F", bound=ConsentForm)


class SignedOut(Exception):
    """The session has ended elsewhere while the password was looked at."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why it cannot be recorded yet. The page comes back, with this above its form or with the error of a field."""

    status: int
    error: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def blank(kind: type[F], settings: Settings) -> F:
    """The form of a question, with what may be chosen in it."""
    offered = durations.offered(settings)
    form = kind(ttl=offered[0].seconds)
    form.ttl.choices = [(duration.seconds, duration.text) for duration in offered]
    return form


def compose(form: ConsentForm, progress: Progress, settings: Settings) -> Question:
    """The question that this form answers. The form loses the fields that are not asked for."""
    user = progress.user
    assert user is not None  # otherwise the login is awaited
    chosen = frozenset(form.scope.data or ()) if form.is_submitted() else None
    asked = question.compose(progress, user, settings, chosen=chosen)
    if asked.proof is None:
        del form.password
    if len(asked.durations) < 2:
        del form.ttl
    return asked


def obstacle(form: ConsentForm, progress: Progress) -> Obstacle | None:
    """What keeps "Allow" from being recorded. Raises SignedOut."""
    if form.seen.data and form.seen.data != standing_consent.fingerprint(progress.client):
        return Obstacle(409, _("The app has changed while this page was open. Please look at it again."))
    user = progress.user
    assert user is not None  # otherwise the login is awaited
    scope = approval.granted(progress, user, tuple(form.scope.data))
    if not approval.is_something(progress, scope) or proof.expected(progress, scope) is None:
        return None
    try:
        proof.give(progress, form.password.data or "")
    except Refused as refused:
        if identity.signed_in() is None:
            raise SignedOut from None
        form.password.errors = [str(refused)]
        return Obstacle(400)
    except Throttled as error:
        says = _("Too many attempts. Please try again in %(time)s.", time=in_words(error.wait))
        return Obstacle(429, says, {"Retry-After": str(error.wait)})
    return None
