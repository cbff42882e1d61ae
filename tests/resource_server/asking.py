"""Calls to the protected API, and its problem documents."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.resource_server.fake_server import GOOD


def ask(api: FlaskClient, path: str, token: str | None = GOOD, **options: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return api.get(path, headers=headers, **options)


def problem(answer: TestResponse) -> dict[str, Any]:
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    document: dict[str, Any] = answer.get_json(force=True)
    assert document["status"] == answer.status_code
    return document
