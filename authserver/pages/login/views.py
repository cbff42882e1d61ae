"""Signing in, alone or on the way of an authorization; choosing an account; signing out (LG1-LG7, decision 12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from authserver.accounts import sessions
from authserver.accounts.authentication import Wrong, authenticate
from authserver.accounts.sessions import Started
from authserver.accounts.throttling import Throttled
from authserver.browser import csrf, headers, identity, targets
from authserver.browser.refusals import Stale
from authserver.browser.server import settings
from authserver.models import authorization_requests, clients
from authserver.models.authorization_requests import AuthorizationRequest
from authserver.models.users import User
from authserver.pages.login.forms import LoginForm

blueprint = Blueprint("login", __name__)

STALE = (
    "The request of the application was finished already, or has expired. "
    "Go back to the application and sign in from there; or sign in here to reach your account."
)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the login leads: back into a stored authorization request, or to a page of ours."""

    req: str | None
    request: AuthorizationRequest | None
    next: str

    @property
    def stale(self) -> bool:
        return self.req is not None and self.request is None

    @property
    def url(self) -> str:
        return "/authorize?" + urlencode({"req": self.req}) if self.req else self.next

    @property
    def login_url(self) -> str:
        return "/login?" + urlencode({"req": self.req} if self.req else {"next": self.next})


@blueprint.get("/login")
def show() -> ResponseReturnValue:
    destination = _destination(request.args)
    if destination.stale:
        raise Stale
    signed_in = identity.signed_in()
    if signed_in is None:
        form = LoginForm()
        form.username.data = _login_hint(destination)
        return _page(form, destination)
    if "reauth" not in request.args:
        return redirect(destination.url, 303)
    return _page(LoginForm(), destination, reauthenticate=True)


@blueprint.post("/login")
@csrf.checked_by_form
def sign_in() -> ResponseReturnValue:
    form, destination = LoginForm(), _destination(request.form)
    if destination.stale:
        elsewhere = Destination(None, None, "/")
        return _page(form, elsewhere, error=STALE), 400
    again = _is_reauthentication(form)
    if not form.validate():
        return _page(form, destination, reauthenticate=again), 400
    try:
        user = authenticate(
            settings(), login=form.username.data, password=form.password.data, visitor=identity.visitor()
        )
    except Wrong as error:
        return _page(form, destination, reauthenticate=again, error=str(error)), 400
    except Throttled as error:
        page = _page(form, destination, reauthenticate=again, wait_seconds=error.wait)
        return page, 429, {"Retry-After": str(error.wait)}
    _begin(user, destination)
    return redirect(destination.url, 303)


@blueprint.get("/login/select")
def select() -> ResponseReturnValue:
    destination = _destination(request.args)
    if destination.request is None:
        raise Stale
    if identity.signed_in() is None:
        return redirect(destination.login_url, 303)
    name = _client_name(destination)
    return render_template("login/select_account.html", client_name=name, req=destination.req)


@blueprint.post("/login/select")
def selected() -> ResponseReturnValue:
    destination, signed_in = _destination(request.form), identity.signed_in()
    if destination.stale:
        raise Stale
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
    return render_template("login/logout.html")


@blueprint.post("/logout")
def sign_out() -> ResponseReturnValue:
    signed_in = identity.signed_in()
    if signed_in is not None:
        sessions.end(signed_in, visitor=identity.visitor())
    identity.leave()
    flash("You are signed out.", "success")
    return redirect("/", 303)


def _destination(values: Mapping[str, str]) -> Destination:
    req, target = values.get("req") or None, targets.own(values.get("next"))
    if req is None:
        return Destination(None, None, target)
    headers.within_authorization()
    found = authorization_requests.find(req, browser=identity.browser())
    return Destination(req, found if found is not None and found.spent_at is None else None, target)


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


def _is_reauthentication(form: LoginForm) -> bool:
    signed_in, typed = identity.signed_in(), (form.username.data or "").strip().lower()
    return signed_in is not None and typed in {signed_in.user.username, signed_in.user.email}


def _page(
    form: LoginForm,
    destination: Destination,
    *,
    reauthenticate: bool = False,
    error: str | None = None,
    wait_seconds: int | None = None,
) -> str:
    return render_template(
        "login/login.html",
        form=form,
        client_name=_client_name(destination),
        req=destination.req,
        next=None if destination.next == "/" else destination.next,
        error=error,
        wait_seconds=wait_seconds,
        reauthenticate=reauthenticate,
        signup_open=settings().signup == "open",
    )


def _login_hint(destination: Destination) -> str | None:
    """What the application knows of the person (OpenID Connect Core section 3.1.2.1, `login_hint`)."""
    hint = destination.request.parameters.get("login_hint") if destination.request is not None else None
    return hint if isinstance(hint, str) else None


def _client_name(destination: Destination) -> str | None:
    if destination.request is None:
        return None
    client = clients.find(destination.request.client_id)
    return client.name if client is not None else None
