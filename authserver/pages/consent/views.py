"""`/consent`: asks once, records the answer, and leads back to `/authorize` (AZ22-AZ24, decision 12)."""

from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from authserver import clock
from authserver.browser import csrf, headers, transaction
from authserver.browser.consent import answering
from authserver.browser.consent.answering import SignedOut
from authserver.browser.consent.forms import ConsentForm
from authserver.browser.refusals import Stale
from authserver.browser.server import settings
from authserver.oauth import approval, interaction
from authserver.oauth.approval import AlreadyAnswered
from authserver.oauth.errors import OAuth2Error
from authserver.oauth.interaction import Progress
from authserver.pages.consent import disconnect

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
    try:
        obstacle = answering.obstacle(form, progress)
    except SignedOut:  # or another answer was faster
        _undecided(request_id)
        return _back(request_id)
    if obstacle is not None:
        return _page(form, request_id, progress, error=obstacle.error), obstacle.status, dict(obstacle.headers)
    _record(form, progress)
    return _back(request_id)


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


def _back(request_id: str) -> ResponseReturnValue:
    return redirect("/authorize?" + urlencode({"req": request_id}), 303)


def _form() -> ConsentForm:
    return answering.blank(ConsentForm, settings())


def _page(form: ConsentForm, request_id: str, progress: Progress, *, error: str | None = None) -> str:
    asked = answering.compose(form, progress, settings())
    return render_template(
        "consent/consent.html",
        asked=asked,
        client=asked.client,
        user=progress.user,
        req=request_id,
        form=form,
        error=error,
        seconds_open=progress.request.expires_at - clock.now(),
    )
