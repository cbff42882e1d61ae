"""`/consent`: asks once, records the answer, and leads back to `/authorize` (AZ22-AZ24, decision 12)."""

from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from authserver.browser import csrf, headers, transaction
from authserver.browser.refusals import Stale
from authserver.browser.server import settings
from authserver.oauth import approval, interaction
from authserver.oauth.approval import AlreadyAnswered
from authserver.oauth.errors import OAuth2Error
from authserver.oauth.interaction import Progress
from authserver.pages.consent import question
from authserver.pages.consent.forms import ALLOW, ConsentForm

blueprint = Blueprint("consent", __name__)


@blueprint.get("/consent")
def ask() -> ResponseReturnValue:
    headers.within_authorization()
    request_id = request.args.get("req", "")
    progress = _undecided(request_id)
    if _awaited(progress) != "consent":
        return _back(request_id)
    return _page(ConsentForm(), request_id, progress)


@blueprint.post("/consent")
@csrf.checked_by_form
def answer() -> ResponseReturnValue:
    headers.within_authorization()
    request_id, form = request.form.get("req", ""), ConsentForm()
    progress = _undecided(request_id)
    # An answer that is no longer needed still counts: a denial must never become a code.
    if _awaited(progress) not in {"consent", None}:
        return _back(request_id)
    if not form.validate():
        return _page(form, request_id, progress), 400
    try:
        approval.decide(progress, allow=form.decision.data == ALLOW, chosen=tuple(form.scope.data))
    except AlreadyAnswered:
        raise Stale from None
    return _back(request_id)


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


def _page(form: ConsentForm, request_id: str, progress: Progress) -> str:
    user = progress.user
    assert user is not None  # otherwise the login is awaited
    chosen = frozenset(form.scope.data or ()) if form.is_submitted() else None
    asked = question.compose(progress, user, settings(), chosen=chosen)
    return render_template(
        "consent/consent.html",
        client=asked.client,
        groups=asked.groups,
        already=asked.already,
        expires_at=asked.expires_at,
        user=user,
        req=request_id,
        form=form,
    )
