"""The application: what everybody may see, errors, and the rooms behind the protection.

`flask --app examples.realms_api.app run -p 5001` and `granian --factory examples.realms_api.app:create_app` find
`create_app`; settings come from the environment (README.md).
"""

import os
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from authserver.resource_server import Configuration, Problem, problem_response
from examples.realms_api import people, realms
from examples.realms_api.documents import Invalid
from examples.realms_api.guard import protection
from examples.realms_api.store import Store

PREFIX = "REALMS_API_"
LARGEST_BODY = 128 * 1024


def create_app(configuration: Configuration | None = None, database: str | None = None) -> Flask:
    """The realms API. Without arguments the environment decides."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["realms"] = Store(Path(database or os.environ.get(f"{PREFIX}DATABASE") or "var/realms.db"))
    protection.init_app(app, configuration or configured())
    app.register_blueprint(realms.blueprint)
    app.register_blueprint(people.blueprint)
    app.add_url_rule("/", "index", index)
    app.register_error_handler(HTTPException, refusal)
    app.register_error_handler(Invalid, invalid)
    return app


def configured() -> Configuration:
    """The configuration that the environment names."""
    return Configuration.from_environ({f"{PREFIX}REALM": "RealmKit", **os.environ}, prefix=PREFIX)


def index() -> Response:
    """What there is, without a credential: everything else needs one."""
    return jsonify(
        name="RealmKit realms API",
        realms="/v1/realms",
        stats="/v1/stats",
        profile="/v1/profile",
        scopes=sorted(protection.scopes),
        metadata="/.well-known/oauth-protected-resource",
    )


def refusal(error: HTTPException) -> Response:
    """404, 405, 413 and their like, and 500, with the headers that they ask for."""
    headers: list[tuple[str, Any]] = [pair for pair in error.get_headers() if pair[0].lower() != "content-type"]
    return problem_response(Problem(error.code or 500, error.description or ""), headers)


def invalid(error: Invalid) -> Response:
    """A body or a parameter that cannot be meant."""
    faults = [{"pointer": error.pointer, "detail": error.detail}]
    return problem_response(Problem(400, error.detail, extra={"errors": faults}))
