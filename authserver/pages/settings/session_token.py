"""`/settings/session-token`: one's session token, shown, and served to the script that keeps it fresh (decision 32)."""

from flask import Blueprint, abort, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from authserver import clock
from authserver.accounts.sessions import SignedIn
from authserver.browser import identity
from authserver.browser.identity import login_required
from authserver.browser.server import settings
from authserver.oauth.server import AuthorizationServer
from authserver.oauth.session_tokens import SessionToken

blueprint = Blueprint("session_token", __name__)


@blueprint.before_request
def refuse_where_switched_off() -> None:
    if settings().session_tokens == "off":
        abort(404)


@blueprint.get("/settings/session-token")
@login_required
def show() -> ResponseReturnValue:
    signed_in = identity.signed_in()
    assert signed_in is not None  # login_required
    return render_template("settings/session_token.html", token=_minted(signed_in), issuer=settings().issuer)


@blueprint.get("/settings/session-token/current")
def renew() -> ResponseReturnValue:
    """For `session_token.js`, and for no other site. It changes nothing, and is no activity of a person."""
    identity.idly()
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        abort(403)
    signed_in = identity.signed_in()
    if signed_in is None:
        return jsonify(error="login_required"), 401
    token = _minted(signed_in)
    return jsonify(
        session_token=token.value, expires_at=token.expires_at, expires_in=max(0, token.expires_at - clock.now())
    )


def _minted(signed_in: SignedIn) -> SessionToken:
    server: AuthorizationServer = current_app.extensions["authserver"]
    return server.issuer.session_token(signed_in.user, signed_in.session)
