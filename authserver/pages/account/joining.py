"""Ways into an account: sign-up, set-up of the first administrator, a forgotten password (decision 33, LG8).

A link is only looked at by GET: mail scanners open every link. The button on its page uses it up.
"""

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from authserver.accounts import links, recovery, setup, signup
from authserver.accounts.links import Dead, Purpose
from authserver.accounts.registration import Invalid
from authserver.accounts.throttling import Throttled
from authserver.browser import cookies, csrf, identity
from authserver.browser.cookies import Cookie
from authserver.browser.forms import Form
from authserver.browser.refusals import TooManyAttempts
from authserver.browser.server import settings
from authserver.languages import gettext as _
from authserver.languages import lazy
from authserver.models import authorization_requests, clients
from authserver.pages.account.forms import ConfirmForm, ForgotForm, ResetForm, SignupForm

blueprint = Blueprint("joining", __name__)

#: The button of a dead link's page: a new one is sent to the same mailbox. What the page says never repeats the link.
AGAIN = "again"
CLOSED = lazy("New accounts are made by the administrator here.")


@blueprint.get("/signup")
def signup_page() -> ResponseReturnValue:
    _refuse_if_closed()
    return _signup_page(SignupForm(), request.args.get("req"))


@blueprint.post("/signup")
@csrf.checked_by_form
def sign_up() -> ResponseReturnValue:
    _refuse_if_closed()
    form, req = SignupForm(), request.form.get("req")
    if not form.validate():
        return _signup_page(form, req), 400
    try:
        signup.ask(
            settings(),
            email=form.email.data,
            username=form.username.data,
            name=form.name.data or "",
            password=form.password.data,
            visitor=identity.visitor(),
        )
    except Invalid as error:
        form.show(error.problems)
        return _signup_page(form, req), 400
    except Throttled as error:
        raise TooManyAttempts(error.wait) from None
    _keep_for_later(req)
    return render_template("account/sent.html")


@blueprint.get("/signup/<secret>")
def signup_link(secret: str) -> ResponseReturnValue:
    _refuse_if_closed()
    links.look(Purpose.SIGNUP, secret)
    return _link_page(Purpose.SIGNUP, ConfirmForm())


@blueprint.post("/signup/<secret>")
@csrf.checked_by_form
def confirm(secret: str) -> ResponseReturnValue:
    _refuse_if_closed()
    if _another_is_wanted():
        return _sent(lambda: signup.ask_again(settings(), secret, visitor=identity.visitor()))
    form = ConfirmForm()
    if not form.validate():
        return _link_page(Purpose.SIGNUP, form), 400
    signup.confirm(settings(), secret, visitor=identity.visitor())
    flash(_("Your account is active. Sign in to go on."), "success")
    return redirect(_login_url(), 303)


@blueprint.get("/setup/<secret>")
def setup_link(secret: str) -> ResponseReturnValue:
    setup.works(secret)
    return _link_page(Purpose.SETUP, SignupForm())


@blueprint.post("/setup/<secret>")
@csrf.checked_by_form
def set_up(secret: str) -> ResponseReturnValue:
    form = SignupForm()
    if not form.validate():
        return _link_page(Purpose.SETUP, form), 400
    try:
        setup.finish(
            settings(),
            secret,
            email=form.email.data,
            username=form.username.data,
            name=form.name.data or "",
            password=form.password.data,
            visitor=identity.visitor(),
        )
    except Invalid as error:
        form.show(error.problems)
        return _link_page(Purpose.SETUP, form), 400
    flash(_("The administrator is made. Sign in to go on."), "success")
    return redirect("/login", 303)


@blueprint.get("/forgot")
def forgot_page() -> ResponseReturnValue:
    _keep_for_later(request.args.get("req"))
    return render_template("account/forgot.html", form=ForgotForm())


@blueprint.post("/forgot")
@csrf.checked_by_form
def forgot() -> ResponseReturnValue:
    form = ForgotForm()
    if not form.validate():
        return render_template("account/forgot.html", form=form), 400
    return _sent(lambda: recovery.ask(settings(), login=form.email.data, visitor=identity.visitor()))


@blueprint.get("/reset/<secret>")
def reset_link(secret: str) -> ResponseReturnValue:
    recovery.works(secret)
    return _link_page(Purpose.RESET, ResetForm())


@blueprint.post("/reset/<secret>")
@csrf.checked_by_form
def reset(secret: str) -> ResponseReturnValue:
    if _another_is_wanted():
        return _sent(lambda: recovery.ask_again(settings(), secret, visitor=identity.visitor()))
    form = ResetForm()
    if not form.validate():
        return _link_page(Purpose.RESET, form), 400
    try:
        recovery.finish(settings(), secret, password=form.password.data, visitor=identity.visitor())
    except Invalid as error:
        form.show(error.problems)
        return _link_page(Purpose.RESET, form), 400
    identity.leave()
    flash(_("Your password is changed. Sign in with it."), "success")
    return redirect(_login_url(), 303)


@blueprint.errorhandler(Dead)
def dead(_error: Dead) -> ResponseReturnValue:
    """A link that was used, has expired, or never was: nobody is told which."""
    purpose = request.path.split("/")[1]
    return render_template("account/link_dead.html", purpose=purpose), 410


def _refuse_if_closed() -> None:
    if settings().signup == "closed":
        abort(403, str(CLOSED))


def _another_is_wanted() -> bool:
    """Whether the button of a dead link's page was pressed; a page that was open for too long is shown again."""
    if AGAIN not in request.form:
        return False
    if not ConfirmForm().validate():
        raise Dead
    return True


def _sent(ask: Callable[[], None]) -> ResponseReturnValue:
    """Whatever became of it, the same page."""
    try:
        ask()
    except Throttled as error:
        raise TooManyAttempts(error.wait) from None
    return render_template("account/sent.html")


def _signup_page(form: SignupForm, req: str | None) -> str:
    return render_template("account/signup.html", form=form, req=req, client_name=_client_name(req))


def _link_page(purpose: Purpose, form: Form) -> str:
    return render_template("account/link.html", purpose=purpose.value, form=form)


def _client_name(req: str | None) -> str | None:
    found = authorization_requests.find(req, browser=identity.browser()) if req else None
    client = clients.find(found.client_id) if found is not None else None
    return client.name if client is not None else None


def _keep_for_later(req: str | None) -> None:
    """Remember the authorization that is waiting, so that the link in the mail leads back into it in this browser."""
    if req:
        cookies.keep(Cookie.RESUME, req, lifetime=settings().request_ttl)


def _login_url() -> str:
    req = cookies.read(Cookie.RESUME)
    if not req or authorization_requests.find(req, browser=identity.browser()) is None:
        return "/login"
    cookies.drop(Cookie.RESUME)
    return "/login?" + urlencode({"req": req})
