"""The settings of developers: applications, API keys and their use, the session token."""

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from authserver.pages.settings import api_key, api_keys, apps, secrets, session_token, usage

blueprint = Blueprint("settings", __name__)
blueprint.register_blueprint(api_keys.blueprint)
blueprint.register_blueprint(api_key.blueprint)
blueprint.register_blueprint(apps.blueprint)
blueprint.register_blueprint(secrets.blueprint)
blueprint.register_blueprint(session_token.blueprint)
blueprint.register_blueprint(usage.blueprint)


@blueprint.get("/settings")
def start() -> ResponseReturnValue:
    return redirect("/settings/api-keys", 303)
