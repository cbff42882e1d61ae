"""The settings of developers: applications, API keys and their use, the session token."""

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from authserver.pages.settings import api_key, api_keys, revocation, session_token, usage
from authserver.pages.settings.apps import (
    advanced,
    code,
    credentials,
    keys,
    listing,
    overview,
    profile,
    redirects,
    registration,
    requests,
    scopes,
)

blueprint = Blueprint("settings", __name__)
for _part in (api_keys, api_key, revocation, session_token, usage):
    blueprint.register_blueprint(_part.blueprint)
for _tab in (listing, registration, overview, redirects, credentials, keys, scopes, requests, code, profile, advanced):
    blueprint.register_blueprint(_tab.blueprint)


@blueprint.get("/settings")
def start() -> ResponseReturnValue:
    return redirect("/settings/api-keys", 303)
