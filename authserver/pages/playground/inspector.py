"""`/playground/inspector`: a token or key, verified here. What is pasted is neither stored nor put into an address."""

import json

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from authserver.browser import csrf, identity
from authserver.browser.forms import Form
from authserver.browser.identity import login_required
from authserver.oauth import inspection
from authserver.oauth.inspection import Inspection

blueprint = Blueprint("inspector", __name__)


class InspectorForm(Form):
    """What to look at."""

    value = TextAreaField(
        validators=[DataRequired("Paste a token or a key."), Length(max=20_000, message="It is too long for a token.")]
    )


@blueprint.get("/playground/inspector")
@login_required
def ask() -> ResponseReturnValue:
    return _page(InspectorForm(), None)


@blueprint.post("/playground/inspector")
@csrf.checked_by_form
@login_required
def inspect() -> ResponseReturnValue:
    form = InspectorForm()
    if not form.validate():
        return _page(form, None), 400
    value = "".join((form.value.data or "").split()).removeprefix("Bearer")
    verifier = current_app.extensions["authserver"].verifier
    return _page(form, inspection.inspect(value, user=identity.account(), verifier=verifier))


def _page(form: InspectorForm, found: Inspection | None) -> str:
    parts = []
    if found is not None:
        both = (("Header", found.header), ("Claims", found.claims))
        parts = [(name, json.dumps(part, indent=2, ensure_ascii=False)) for name, part in both if part is not None]
    return render_template("playground/inspector.html", form=form, found=found, parts=parts)
