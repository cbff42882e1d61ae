"""/healthz, /livez and /readyz: for supervisors and proxies."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz"])
def test_answers_while_all_is_well(http: FlaskClient, path: str) -> None:
    answer = http.get(path)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["status"] == "ok"
    assert http.head(path).status_code == 200
    assert http.post(path).status_code == 405


def test_FT2_without_a_database_it_lives_but_is_not_ready(
    app_with: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_with()
    house = app.extensions["authserver.house"]
    monkeypatch.setattr(house.database.engine, "connect", _refuse)
    http = app.test_client()
    assert http.get("/livez").status_code == 200
    answer = http.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def _refuse() -> None:
    from sqlalchemy.exc import OperationalError

    raise OperationalError("SELECT 1", {}, Exception("away"))
