"""`/end_session`: whoever brings an ID token of the person at this browser signs them out; others make us ask (LG11).

Only this browser's session ends here. What people have allowed their applications goes on, with or without
`offline_access`: that ends in Connected apps.
"""

from urllib.parse import quote

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from authserver.browser import csrf, farewell, headers, identity
from authserver.languages import gettext as _
from authserver.oauth.errors import InvalidRequestError
from authserver.oauth.oidc import logout
from authserver.oauth.oidc.logout import LogoutRequest
from authserver.oauth.request import FORM, Parameters, parse
from authserver.oauth.server import AuthorizationServer
from authserver.pages.end_session.forms import SignOutForm

blueprint = Blueprint("end_session", __name__)
LONGEST_URL = 6000
PAUSE = 3  # seconds for the applications that the browser tells
SAFE_IN_QUERY = "%&=+;:@!$'()*,/?-._~"


@blueprint.get("/end_session")
def begin() -> ResponseReturnValue:
    return _begin(request.query_string)


@blueprint.post("/end_session")
@csrf.from_other_sites
def begin_by_post() -> ResponseReturnValue:
    """The same in a form. Posted from another site it comes without our cookies; a GET of our own has them."""
    body = request.get_data(cache=True)
    if request.mimetype != FORM:
        abort(400, _("Send the parameters as application/x-www-form-urlencoded."))
    if identity.is_known_browser() or not body:
        return _begin(body)
    if len(body) > LONGEST_URL:
        abort(413)
    return "", 303, {"Location": f"/end_session?{quote(body, safe=SAFE_IN_QUERY)}"}


@blueprint.post("/end_session/confirm")
@csrf.checked_by_form
def confirm() -> ResponseReturnValue:
    """The person has pressed "Sign out"."""
    headers.within_authorization()
    form = SignOutForm()
    sent = [(name, str(value)) for name, value in form.data.items() if name != "csrf_token" and value]
    asked = _read(Parameters(sent))
    if form.validate():
        return _signed_out(asked)
    if identity.signed_in() is not None:
        return _question(form, asked), 400
    return render_template("end_session/signed_out.html", asked=asked), 400


def _begin(encoded: bytes) -> ResponseReturnValue:
    headers.within_authorization()
    try:
        asked = _read(parse(encoded))
    except InvalidRequestError as error:
        abort(400, error.description)
    signed_in = identity.signed_in()
    if signed_in is not None and not asked.names(signed_in.user):
        return _question(SignOutForm(formdata=None), asked)
    if signed_in is None and asked.sub is None:
        return render_template("end_session/signed_out.html", asked=asked)  # nothing to end, and nobody to believe
    return _signed_out(asked)


def _signed_out(asked: LogoutRequest) -> ResponseReturnValue:
    """End this browser's session, and go where the application is at home.

    Where others are to be told by the browser, it stays here as long as they need for that.
    """
    frames = farewell.sign_out()
    if frames:
        page = render_template("end_session/signed_out.html", asked=asked, frames=frames)
        return page, 200, {} if asked.target is None else {"Refresh": f"{PAUSE}; url={asked.target}"}
    if asked.target is not None:
        # Not Flask's `redirect`, which would rewrite the URI: it must reach the client as it was registered.
        return "", 303, {"Location": asked.target}
    return render_template("end_session/signed_out.html", asked=asked)


def _question(form: SignOutForm, asked: LogoutRequest) -> str:
    return render_template("end_session/question.html", form=form, asked=asked)


def _read(parameters: Parameters) -> LogoutRequest:
    server: AuthorizationServer = current_app.extensions["authserver"]
    return logout.read(parameters, issuer=server.settings.issuer, keyring=server.keyring)
