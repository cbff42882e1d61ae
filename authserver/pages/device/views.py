"""`/device`: type the code, look who asks from where, allow or deny (DV2, DV6).

Whoever shows somebody a code or the complete URI wants their account, if it is not their own device. So the page always
asks, says from which network the device has asked, and what to do if the code came from somebody else (section 5.4).
"""

from collections.abc import Mapping
from urllib.parse import urlencode

import flask
from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from authserver import clock, languages
from authserver.browser import csrf, identity
from authserver.browser.consent import answering
from authserver.browser.consent.answering import SignedOut
from authserver.browser.identity import login_required
from authserver.browser.refusals import in_words
from authserver.browser.server import settings
from authserver.languages import gettext as _
from authserver.limits.addresses import network
from authserver.models.device_codes import DeviceCode
from authserver.oauth import connection, device, device_approval
from authserver.oauth.approval import AlreadyAnswered
from authserver.oauth.interaction import Progress
from authserver.pages.device.forms import AnswerForm, CodeForm

blueprint = Blueprint("device", __name__)
RESULT = "device"


class Refused(Exception):
    """The code cannot be used, in words for the person."""

    def __init__(self, says: str, status: int = 400, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(says)
        self.status = status
        self.headers = dict(headers or {})


@blueprint.get("/device")
@login_required
def show() -> ResponseReturnValue:
    typed = request.args.get("user_code", "").strip()
    if not typed:
        return _code_page(CodeForm())
    code, progress = _look(typed)
    return _question(answering.blank(AnswerForm, settings()), code, progress)


@blueprint.post("/device")
@csrf.checked_by_form
def answer() -> ResponseReturnValue:
    typed = request.form.get("user_code", "").strip()
    if identity.signed_in() is None:
        return _to_login(typed)
    if "decision" in request.form:
        return _decide(typed)
    form = CodeForm()
    if not form.validate():
        return _code_page(form), 400
    _look(typed)
    return redirect(_page_of(typed), 303)


@blueprint.get("/device/done")
@login_required
def done() -> ResponseReturnValue:
    result = flask.session.get(RESULT)
    return render_template("device/done.html", **result) if result else redirect("/device", 303)


@blueprint.errorhandler(Refused)
def refused(error: Refused) -> ResponseReturnValue:
    form = CodeForm()
    form.user_code.data = request.values.get("user_code", "")[:40]
    form.user_code.errors = [str(error)]
    return _code_page(form), error.status, error.headers


def _look(typed: str) -> tuple[DeviceCode, Progress]:
    """The code, and what its device asks for. Raises Refused."""
    signed_in = identity.signed_in()
    assert signed_in is not None  # both views have seen to that
    try:
        code = device.look(typed, user_id=signed_in.user.id, address=identity.visitor().address)
    except device.Unknown:
        raise Refused(_("There is no such code. Look at your device again, and type all eight letters.")) from None
    except device.Over:
        raise _over() from None
    except device.TooManyGuesses as error:
        says = _("Too many wrong codes. Please try again in %(time)s.", time=in_words(error.wait))
        raise Refused(says, 429, {"Retry-After": str(error.wait)}) from None
    progress = device_approval.progress(code, signed_in.user, signed_in.session)
    if progress is None:
        raise _over()
    return code, progress


def _over() -> Refused:
    return Refused(_("This code has been answered, or it is too old. Begin again on your device: it shows a new one."))


def _decide(typed: str) -> ResponseReturnValue:
    code, progress = _look(typed)
    form = answering.blank(AnswerForm, settings())
    if not form.validate():
        return _question(form, code, progress), 400
    if form.allows:
        try:
            obstacle = answering.obstacle(form, progress)
        except SignedOut:
            return _to_login(typed)
        if obstacle is not None:
            return _question(form, code, progress, error=obstacle.error), obstacle.status, obstacle.headers
    try:
        allowed = device_approval.decide(
            code, progress, allow=form.allows, chosen=tuple(form.scope.data), ttl=form.ttl.data, settings=settings()
        )
    except AlreadyAnswered:
        raise _over() from None
    flask.session[RESULT] = {"app": connection.name_of(progress.client), "allowed": allowed}
    return redirect("/device/done", 303)


def _code_page(form: CodeForm) -> str:
    return render_template("device/code.html", form=form)


def _question(form: AnswerForm, code: DeviceCode, progress: Progress, *, error: str | None = None) -> str:
    typed = request.values.get("user_code", "")
    asked = answering.compose(form, progress, settings())
    return render_template(
        "device/question.html",
        form=form,
        asked=asked,
        client=asked.client,
        user_code=device.shown(device.canonical(typed) or ""),
        address=code.address,
        is_near=network(code.address) == network(identity.visitor().address),
        since=languages.duration(max(1, clock.now() - code.created_at)),
        error=error,
    )


def _page_of(typed: str) -> str:
    code = device.canonical(typed)
    return "/device?" + urlencode({"user_code": device.shown(code)}) if code else "/device"


def _to_login(typed: str) -> ResponseReturnValue:
    """The session has ended meanwhile: what was typed goes on behind the login."""
    return redirect("/login?" + urlencode({"next": _page_of(typed)}), 303)
