"""One's own account: profile, password, sessions."""

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from authserver.accounts import credentials, device, profile, sessions
from authserver.accounts.authentication import Wrong
from authserver.accounts.registration import Invalid, Problem
from authserver.accounts.sessions import SignedIn
from authserver.accounts.throttling import Throttled
from authserver.browser import csrf, identity
from authserver.browser.identity import login_required
from authserver.browser.refusals import in_words
from authserver.browser.server import settings
from authserver.languages import gettext as _
from authserver.models import sessions as stored_sessions
from authserver.pages.account import about, activity, email, joining, overview
from authserver.pages.account.forms import PasswordForm, ProfileForm

blueprint = Blueprint("account", __name__)
for part in (joining, email, about, activity):
    blueprint.register_blueprint(part.blueprint)


@dataclass(frozen=True, slots=True)
class Seat:
    """A browser in which the person is signed in; `device` in words."""

    id: str
    address: str
    device: str
    created_at: int
    last_seen_at: int
    current: bool


@blueprint.get("/account")
def start() -> ResponseReturnValue:
    return redirect("/account/profile", 303)


@blueprint.get("/.well-known/change-password")
def change_password_address() -> ResponseReturnValue:
    """Where password managers look (W3C: A Well-Known URL for Changing Passwords)."""
    return redirect("/account/security#password", 302)


@blueprint.get("/account/profile")
@login_required
def profile_page() -> ResponseReturnValue:
    return overview.page()


@blueprint.post("/account/profile")
@csrf.checked_by_form
@login_required
def change_profile() -> ResponseReturnValue:
    form = ProfileForm(obj=identity.account())
    if not form.validate():
        return overview.page(form=form), 400
    try:
        profile.change(
            _signed_in().user,
            name=form.name.data or "",
            username=form.username.data,
            locale=form.locale.data or None,
            visitor=identity.visitor(),
        )
    except Invalid as error:
        form.show(error.problems)
        return overview.page(form=form), 400
    flash(_("Your profile is saved."), "success")
    return redirect("/account/profile", 303)


@blueprint.get("/account/security")
@login_required
def security_page() -> ResponseReturnValue:
    return _security_page(PasswordForm())


@blueprint.post("/account/security")
@csrf.checked_by_form
@login_required
def change_password() -> ResponseReturnValue:
    form = PasswordForm()
    if not form.validate():
        return _security_page(form), 400
    try:
        credentials.change_password(
            settings(),
            _signed_in(),
            current=form.current_password.data,
            new=form.new_password.data,
            visitor=identity.visitor(),
        )
    except Invalid as error:
        form.show(error.problems)
        return _security_page(form), 400
    except Wrong:
        form.show([Problem("current_password", _("This is not your present password."))])
        return _security_page(form), 400
    except Throttled as error:
        says = _("Too many attempts. Please try again in %(time)s.", time=in_words(error.wait))
        form.show([Problem("current_password", says)])
        return _security_page(form), 429, {"Retry-After": str(error.wait)}
    _go_on_signed_in()
    flash(_("Your password is changed. Your other sessions are signed out."), "success")
    return redirect("/account/security", 303)


@blueprint.post("/account/security/sessions/<sid>/end")
@login_required
def end_session(sid: str) -> ResponseReturnValue:
    if not sessions.end_one(_signed_in(), sid, visitor=identity.visitor()):
        abort(404)
    flash(_("That browser is signed out."), "success")
    return redirect("/account/security#sessions", 303)


@blueprint.post("/account/security/sessions/end-others")
@login_required
def end_other_sessions() -> ResponseReturnValue:
    sessions.end_others(_signed_in(), visitor=identity.visitor())
    flash(_("All other browsers are signed out."), "success")
    return redirect("/account/security#sessions", 303)


def _go_on_signed_in() -> None:
    """Under a new cookie: what was known of the old one, cookie and session tokens, is worth nothing now (LG4)."""
    started = sessions.reauthenticate(settings(), _signed_in(), visitor=identity.visitor())
    if started is None:
        identity.leave()
    else:
        identity.begin(_signed_in().user, started)


def _signed_in() -> SignedIn:
    found = identity.signed_in()
    assert found is not None  # login_required
    return found


def _security_page(form: PasswordForm) -> str:
    own = _signed_in()
    alive = stored_sessions.of_user(own.user.id, idle_ttl=settings().session_idle_ttl)
    seats = [
        Seat(
            id=one.sid,
            address=one.address,
            device=device.recognised(one.user_agent).in_words,
            created_at=one.created_at,
            last_seen_at=one.last_seen_at,
            current=one.sid == own.session.sid,
        )
        for one in alive
    ]
    seats.sort(key=lambda seat: not seat.current)
    has_password = own.user.password_hash is not None
    return render_template("account/security.html", form=form, sessions=seats, has_password=has_password)
