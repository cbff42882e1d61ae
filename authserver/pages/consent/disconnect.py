"""`/disconnect/<secret>`: the link in the mail about a new application puts it out again, without a login (C19).

It is only looked at by GET: mail scanners open every link. The button on its page uses it up.
"""

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from authserver.browser import csrf
from authserver.languages import gettext as _
from authserver.oauth import connection
from authserver.oauth.connection import Dead
from authserver.pages.consent.forms import EndForm

blueprint = Blueprint("disconnect", __name__)


@blueprint.get("/disconnect/<secret>")
def ask(secret: str) -> ResponseReturnValue:
    return _page(EndForm(), connection.look(secret).name)


@blueprint.post("/disconnect/<secret>")
@csrf.checked_by_form
def end(secret: str) -> ResponseReturnValue:
    form, found = EndForm(), connection.look(secret)
    if not form.validate():
        return _page(form, found.name), 400
    connection.end(secret)
    flash(_("%(app)s has no access any more.", app=found.name), "success")
    return redirect("/disconnect", 303)


@blueprint.get("/disconnect")
def ended() -> ResponseReturnValue:
    """What may be next for somebody who has just ended access."""
    return render_template("consent/disconnected.html", dead=False)


@blueprint.errorhandler(Dead)
def dead(_error: Dead) -> ResponseReturnValue:
    """A link that was used, has expired, or never was: nobody is told which."""
    return render_template("consent/disconnected.html", dead=True), 410


def _page(form: EndForm, name: str) -> str:
    return render_template("consent/disconnect.html", form=form, app=name)
