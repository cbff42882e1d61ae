"""`/settings/apps/<client_id>`: the names and addresses that a program needs, and whether it does things well."""

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue

from authserver.browser.identity import login_required
from authserver.models.clients import Client
from authserver.oauth.server import AuthorizationServer
from authserver.pages.settings import words
from authserver.pages.settings.apps import setup_check
from authserver.pages.settings.apps.activity import last_requests
from authserver.pages.settings.apps.forms import RESOURCE_SERVER
from authserver.pages.settings.apps.frame import OVERVIEW, page, signs_people_in
from authserver.pages.settings.ownership import own_client

blueprint = Blueprint("overview", __name__)
#: Member of the metadata document -> its text here, in this order.
PEOPLE = {"authorization_endpoint": "Authorization", "token_endpoint": "Token", "userinfo_endpoint": "User info"}
TOKENS = {"token_endpoint": "Token", "revocation_endpoint": "Revocation", "jwks_uri": "Signing keys"}
ASKING = {"introspection_endpoint": "Introspection", "jwks_uri": "Signing keys"}


@blueprint.get("/settings/apps/<client_id>")
@login_required
def show(client_id: str) -> ResponseReturnValue:
    client = own_client(client_id)
    last = last_requests([client.client_id]).get(client.client_id)
    return page(
        client,
        OVERVIEW,
        endpoints=_endpoints(client),
        last_at=last,
        ago=None if last is None else words.since(last),
        setup=setup_check.of(client),
    )


def _endpoints(client: Client) -> list[tuple[str, str, str]]:
    """Id, text and address of those that this type uses."""
    server: AuthorizationServer = current_app.extensions["authserver"]
    used = ASKING if client.type == RESOURCE_SERVER else {**PEOPLE, **TOKENS} if signs_people_in(client) else TOKENS
    return [(name, text, server.settings.issuer + server.paths[name]) for name, text in used.items()]
