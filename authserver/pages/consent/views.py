"""`/consent`: asks once, records the answer, and leads back to `/authorize` (AZ22-AZ24, decision 12)."""

from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from authserver import clock
from authserver.accounts.throttling import Throttled
from authserver.browser import csrf, headers, identity, transaction
from authserver.browser.refusals import Stale, in_words
from authserver.browser.server import settings
from authserver.languages import gettext as _
from authserver.models.users import User
from authserver.oauth import approval, interaction, standing_consent
from authserver.oauth.approval import AlreadyAnswered
from authserver.oauth.errors import OAuth2Error
from authserver.oauth.interaction import Progress
from authserver.pages.consent import disconnect, durations, proof, question
from authserver.pages.consent.forms import ConsentForm
from authserver.pages.consent.proof import Refused

blueprint = Blueprint("consent", __name__)
blueprint.register_blueprint(disconnect.blueprint)


@blueprint.get("/consent")
def ask() -> ResponseReturnValue:
    headers.within_authorization()
    request_id = request.args.get("req", "")
    progress = _undecided(request_id)
    if _awaited(progress) != "consent":
        return _back(request_id)
    return _page(_form(), request_id, progress)


@blueprint.post("/consent")
@csrf.checked_by_form
def answer() -> ResponseReturnValue:
    headers.within_authorization()
    request_id = request.form.get("req", "")
    progress = _undecided(request_id)
    # An answer that is no longer needed still counts: a denial must never become a code.
    if _awaited(progress) not in {"consent", None}:
        return _back(request_id)
    form = _form()
    if not form.validate():
        return _page(form, request_id, progress), 400
    return _denied(form, request_id, progress) if not form.allows else _allowed(form, request_id, progress)


def _denied(form: ConsentForm, request_id: str, progress: Progress) -> ResponseReturnValue:
    _record(form, progress)
    return _back(request_id)


def _allowed(form: ConsentForm, request_id: str, progress: Progress) -> ResponseReturnValue:
    if form.seen.data and form.seen.data != standing_consent.fingerprint(progress.client):
        text = _("The app has changed while this page was open. Please look at it again.")
        return _page(form, request_id, progress, error=text), 409
    scope = approval.granted(progress, _person(progress), tuple(form.scope.data))
    if scope and proof.expected(progress, scope) is not None:
        try:
            proof.give(progress, form.password.data or "")
        except Refused as refused:
            return _refused(form, request_id, progress, str(refused))
        except Throttled as error:
            text = _("Too many attempts. Please try again in %(time)s.", time=in_words(error.wait))
            return _page(form, request_id, progress, error=text), 429, {"Retry-After": str(error.wait)}
    _record(form, progress)
    return _back(request_id)


def _refused(form: ConsentForm, request_id: str, progress: Progress, says: str) -> ResponseReturnValue:
    if identity.signed_in() is None:  # the session has ended elsewhere, or another answer was faster
        _undecided(request_id)
        return _back(request_id)
    form.password.errors = [says]
    return _page(form, request_id, progress), 400


def _record(form: ConsentForm, progress: Progress) -> None:
    try:
        approval.decide(
            progress, allow=form.allows, chosen=tuple(form.scope.data), ttl=form.ttl.data, settings=settings()
        )
    except AlreadyAnswered:
        raise Stale from None


def _undecided(request_id: str) -> Progress:
    """The request of this browser that waits for an answer. Raises Stale."""
    progress = transaction.progress(request_id)
    if progress.request.decision is not None:
        raise Stale
    return progress


def _awaited(progress: Progress) -> str | None:
    """The step that the person is to take now; `/authorize` answers an error."""
    try:
        step = interaction.next_step(progress)
    except OAuth2Error:
        return "error"
    return step.name if step is not None else None


def _person(progress: Progress) -> User:
    user = progress.user
    assert user is not None  # otherwise the login is awaited
    return user


def _back(request_id: str) -> ResponseReturnValue:
    return redirect("/authorize?" + urlencode({"req": request_id}), 303)


def _form() -> ConsentForm:
    offered = durations.offered(settings())
    form = ConsentForm(ttl=offered[0].seconds)
    form.ttl.choices = [(duration.seconds, duration.text) for duration in offered]
    return form


def _page(form: ConsentForm, request_id: str, progress: Progress, *, error: str | None = None) -> str:
    user, chosen = _person(progress), frozenset(form.scope.data or ()) if form.is_submitted() else None
    asked = question.compose(progress, user, settings(), chosen=chosen)
    if asked.proof is None:
        del form.password
    if len(asked.durations) < 2:
        del form.ttl
    return render_template(
        "consent/consent.html",
        asked=asked,
        client=asked.client,
        user=user,
        req=request_id,
        form=form,
        error=error,
        seconds_open=progress.request.expires_at - clock.now(),
    )
