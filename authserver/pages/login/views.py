"""Signing in, alone or on the way of an authorization; choosing an account; signing out (LG1-LG7, decision 12).

Nothing that goes wrong here loses the application or the user name: whoever is signed in already, by now or all the
time, may go on with one click; a form that comes too late is answered with itself; and a login for an authorization
that is over signs in all the same, and leads to the page that starts it anew.
"""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from authserver.accounts import sessions
from authserver.accounts.authentication import Wrong, authenticate
from authserver.accounts.sessions import Started
from authserver.accounts.throttling import Throttled
from authserver.browser import cookies, csrf, farewell, identity, typed
from authserver.browser.refusals import Stale, in_words
from authserver.browser.server import settings
from authserver.languages import gettext as _
from authserver.models import authorization_requests
from authserver.models.users import User
from authserver.pages.login import destinations
from authserver.pages.login.destinations import Destination
from authserver.pages.login.forms import ChoiceForm, LoginForm

blueprint = Blueprint("login", __name__)


@blueprint.get("/login")
def show() -> ResponseReturnValue:
    destination = destinations.of(request.args)
    if destination.stale:
        raise Stale
    form, again = LoginForm(), "reauth" in request.args and identity.signed_in() is not None
    form.username.data = typed.take() or destination.login_hint
    return _page(form, destination, reauthenticate=again)


@blueprint.post("/login")
@csrf.checked_by_form
def sign_in() -> ResponseReturnValue:
    form, destination = LoginForm(), destinations.of(request.form)
    again = "reauth" in request.form and identity.signed_in() is not None
    if not form.validate():
        return _page(form, destination, reauthenticate=again, error=_why_late(form, again=again)), 400
    try:
        user = authenticate(
            settings(), login=form.username.data, password=form.password.data, visitor=identity.visitor()
        )
    except Wrong:
        return _page(form, destination, reauthenticate=again, error=_("Wrong user name or password.")), 400
    except Throttled as error:
        page = _page(form, destination, reauthenticate=again, wait=in_words(error.wait))
        return page, 429, {"Retry-After": str(error.wait)}
    _begin(user, destination)
    return redirect(destination.url, 303)


@blueprint.get("/login/select")
def select() -> ResponseReturnValue:
    destination = destinations.of(request.args)
    if destination.request is None:
        raise Stale
    if identity.signed_in() is None:
        return redirect(destination.login_url, 303)
    return _choice(ChoiceForm(), destination)


@blueprint.post("/login/select")
@csrf.checked_by_form
def selected() -> ResponseReturnValue:
    form, destination, signed_in = ChoiceForm(), destinations.of(request.form), identity.signed_in()
    if destination.stale:
        raise Stale
    if not form.validate():
        nobody = LoginForm(formdata=None)
        page = _choice(form, destination) if signed_in else _page(nobody, destination, reauthenticate=False)
        return page, 400
    if signed_in is None:
        return redirect(destination.login_url, 303)
    if request.form.get("choice") == "continue":
        if destination.request is not None:
            authorization_requests.note(destination.request, chosen_sid=signed_in.session.sid)
        return redirect(destination.url, 303)
    sessions.end(signed_in, visitor=identity.visitor())
    identity.leave()
    return redirect(destination.login_url, 303)


@blueprint.get("/logout")
def ask_to_sign_out() -> ResponseReturnValue:
    if identity.signed_in() is None:
        return redirect("/", 303)
    return render_template("login/logout.html", form=ChoiceForm())


@blueprint.post("/logout")
@csrf.checked_by_form
def sign_out() -> ResponseReturnValue:
    signed_in, form = identity.signed_in(), ChoiceForm()
    if not form.validate():
        page = "login/logout.html" if signed_in is not None else "login/signed_out.html"
        return render_template(page, form=form), 400
    if frames := farewell.sign_out():
        return render_template("login/signed_out.html", frames=frames)
    flash(_("You are signed out."), "success")
    return redirect("/", 303)


def _begin(user: User, destination: Destination) -> None:
    started = _renewed(user) or sessions.start(settings(), user=user, visitor=identity.visitor())
    if destination.request is not None:
        authorization_requests.note(destination.request, authenticated_sid=started.session.sid)
    identity.begin(user, started)


def _renewed(user: User) -> Started | None:
    """The present session under a new secret, if it is the same person's; another person's ends here (LG3)."""
    present = identity.signed_in()
    if present is None:
        return None
    if present.user.id == user.id:
        return sessions.reauthenticate(settings(), present, visitor=identity.visitor())
    sessions.end(present, visitor=identity.visitor())
    return None


def _why_late(form: LoginForm, *, again: bool) -> str | None:
    """Why the form was not accepted, where more is known of it than that it was open for too long."""
    if not form.stale or again:
        return None
    if cookies.none_came():
        form.csrf_token.errors = ()
        return _(
            "Your browser has sent no cookies, and without them nobody can stay signed in. Allow cookies for this "
            "site, then sign in again: your user name is still here."
        )
    if identity.signed_in() is not None:
        form.csrf_token.errors = ()
        return _("Meanwhile you have signed in in another tab. Go on with that account, or sign in to another one.")
    return None


def _page(
    form: LoginForm,
    destination: Destination,
    *,
    reauthenticate: bool,
    error: str | None = None,
    wait: str | None = None,
) -> str:
    return render_template(
        "login/login.html",
        form=form,
        destination=destination,
        next=None if destination.next == "/" else destination.next,
        error=error,
        wait=wait,
        reauthenticate=reauthenticate,
        signup_open=settings().signup == "open",
    )


def _choice(form: ChoiceForm, destination: Destination) -> str:
    name = destination.client_name
    return render_template("login/select_account.html", form=form, client_name=name, req=destination.req)
