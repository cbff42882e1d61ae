"""What people tell of themselves beside their name: the second form of the profile page."""

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue

from authserver.accounts import about
from authserver.accounts.registration import Invalid
from authserver.browser import csrf, identity
from authserver.browser.identity import login_required
from authserver.languages import gettext as _
from authserver.pages.account import overview
from authserver.pages.account.forms import AboutForm

blueprint = Blueprint("about", __name__)


@blueprint.post("/account/profile/about")
@csrf.checked_by_form
@login_required
def change() -> ResponseReturnValue:
    form = AboutForm(data=about.told_by(identity.account()))  # a form without a field leaves it as it was
    if not form.validate():
        return overview.page(about=form), 400
    told = {name: str(value or "") for name, value in form.data.items()}
    try:
        about.keep(identity.account(), told, visitor=identity.visitor())
    except Invalid as error:
        form.show(error.problems)
        return overview.page(about=form), 400
    flash(_("Your profile is saved."), "success")
    return redirect("/account/profile", 303)
