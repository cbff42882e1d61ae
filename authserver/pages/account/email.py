"""Another e-mail address: asked for with the password, in force once the link that was sent there is opened.

The link is only looked at by GET: mail scanners open every link. The button on its page uses it up.
"""

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from authserver.accounts import email_change
from authserver.accounts.links import Dead, Purpose
from authserver.accounts.registration import Invalid
from authserver.accounts.throttling import Throttled
from authserver.browser import csrf, freshness, identity
from authserver.browser.identity import login_required
from authserver.browser.refusals import TooManyAttempts
from authserver.browser.server import settings
from authserver.languages import gettext as _
from authserver.pages.account import overview
from authserver.pages.account.forms import ConfirmForm, email_form

blueprint = Blueprint("email", __name__)


@blueprint.post("/account/profile/email")
@csrf.checked_by_form
@login_required
def ask() -> ResponseReturnValue:
    form = email_form()
    if not form.validate():
        return overview.page(email=form), 400
    if (refusal := freshness.refused(form, wrong=_("This is not your present password."))) is not None:
        return overview.page(email=form), *refusal
    try:
        email_change.ask(settings(), identity.account(), email=form.email.data or "", visitor=identity.visitor())
    except Invalid as error:
        form.show(error.problems)
        return overview.page(email=form), 400
    except Throttled as error:
        raise TooManyAttempts(error.wait) from None
    return redirect("/account/profile/email/sent", 303)


@blueprint.get("/account/profile/email/sent")
@login_required
def sent() -> ResponseReturnValue:
    """The same words whether or not the address can be had."""
    return render_template("account/email_sent.html")


@blueprint.get("/confirm-email/<secret>")
def look(secret: str) -> ResponseReturnValue:
    return _page(ConfirmForm(), email_change.look(secret))


@blueprint.post("/confirm-email/<secret>")
@csrf.checked_by_form
def confirm(secret: str) -> ResponseReturnValue:
    form = ConfirmForm()
    if not form.validate():
        return _stale(form, secret), 400
    address = email_change.look(secret)
    owner, present = email_change.confirm(settings(), secret, visitor=identity.visitor()), identity.user()
    flash(_("%(address)s is the address of your account now.", address=address), "success")
    return redirect("/account/profile" if present is not None and present.id == owner.id else "/login", 303)


@blueprint.errorhandler(Dead)
def dead(_error: Dead) -> ResponseReturnValue:
    """A link that was used, has expired, or never was: nobody is told which."""
    return render_template("account/link_dead.html", purpose=Purpose.EMAIL.value), 410


def _stale(form: ConfirmForm, secret: str) -> str:
    """A form that is not ours, or was open for too long; whether the link lives makes no other status of it."""
    try:
        return _page(form, email_change.look(secret))
    except Dead:
        return render_template("account/link_dead.html", purpose=Purpose.EMAIL.value)


def _page(form: ConfirmForm, address: str) -> str:
    return render_template("account/link.html", purpose=Purpose.EMAIL.value, form=form, address=address)
