"""`/docs`: the first token, the endpoints, and how to authenticate at the APIs of this very server."""

from flask import Blueprint, abort, current_app, render_template

from authserver.models import clients, tiers
from authserver.oauth import catalogue, scopes
from authserver.oauth.server import AuthorizationServer
from authserver.pages.docs.samples import samples

blueprint = Blueprint("docs", __name__)

SOME_API = "https://api.example.com"
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
    server = _server()
    endpoints = [(path, WORDS.get(name, name)) for name, path in server.paths.items()]
    return render_template("docs/docs.html", issuer=server.settings.issuer, endpoints=endpoints, scopes=_offered())


@blueprint.get("/docs/authentication")
def authentication() -> str:
    """Which credential to choose and how to use it, with this server's issuer, scopes and tiers."""
    server = _server()
    api = next((client.audience for client in clients.every() if client.enabled and client.audience), SOME_API)
    return render_template(
        "docs/authentication.html",
        issuer=server.settings.issuer,
        api=api,
        scopes=[(name, words) for name, words in _offered() if name not in scopes.NOT_FOR_KEYS],
        tiers=tiers.every(),
        samples=samples(api),
        session_tokens=server.settings.session_tokens == "on",
    )


@blueprint.get("/docs/errors")
def errors() -> str:
    """Every error code that this server sends."""
    return render_template("docs/errors.html", entries=catalogue.ENTRIES)


@blueprint.get("/docs/errors/<code>")
def error(code: str) -> str:
    """One error code and its cases: where `error_uri` leads (RFC 6749 section 5.2)."""
    entry = catalogue.find(code)
    if entry is None:
        abort(404)
    return render_template("docs/errors_code.html", entry=entry)


def _offered() -> list[tuple[str, str]]:
    return [(scope.name, scope.description) for scope in scopes.known() if not scope.reserved]


def _server() -> AuthorizationServer:
    server: AuthorizationServer = current_app.extensions["authserver"]
    return server
