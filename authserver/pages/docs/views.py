"""`/docs`: the first token, the endpoints and the scopes of this very server."""

from flask import Blueprint, current_app, render_template

from authserver.oauth import scopes
from authserver.oauth.server import AuthorizationServer

blueprint = Blueprint("docs", __name__)

WORDS = {
    "authorization_endpoint": "Where you send people to sign in and decide",
    "token_endpoint": "Where your program changes a code or its own credentials for tokens",
    "introspection_endpoint": "Where an API asks whether a token or key is good, and for which scopes",
    "revocation_endpoint": "Where your program ends a token",
    "userinfo_endpoint": "Who has signed in",
    "jwks_uri": "The public keys of signed tokens",
}


@blueprint.get("/docs")
def show() -> str:
    """Everything here is derived from what is switched on."""
    server: AuthorizationServer = current_app.extensions["authserver"]
    endpoints = [(path, WORDS.get(name, name)) for name, path in server.paths.items()]
    offered = [(scope.name, scope.description) for scope in scopes.known() if not scope.reserved]
    return render_template("docs/docs.html", issuer=server.settings.issuer, endpoints=endpoints, scopes=offered)
