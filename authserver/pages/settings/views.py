"""The settings of developers: applications, API keys."""

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from authserver.pages.settings import api_keys, apps, secrets

blueprint = Blueprint("settings", __name__)
blueprint.register_blueprint(api_keys.blueprint)
blueprint.register_blueprint(apps.blueprint)
blueprint.register_blueprint(secrets.blueprint)


@blueprint.get("/settings")
def start() -> ResponseReturnValue:
    return redirect("/settings/api-keys", 303)
