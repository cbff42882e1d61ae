"""`POST /language`: the switch at the foot of every page that is translated."""

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue

from authserver.browser import language, targets
from authserver.languages import OFFERED
from authserver.languages import gettext as _

blueprint = Blueprint("language", __name__)


@blueprint.post("/language")
def choose() -> ResponseReturnValue:
    code = request.form.get("language", "")
    if code not in OFFERED:
        abort(400, _("This language is not offered here."))
    language.choose(code)
    return redirect(targets.page(request.form.get("next")) or "/", 303)
