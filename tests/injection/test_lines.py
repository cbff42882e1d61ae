"""IJ2 and IJ5: a line break in any input splits no header and begins no line of the log. XS3: texts of errors."""

import itertools
import json
import logging
import re
from importlib import import_module
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authserver.endpoints import introspect
from authserver.logs import JsonFormatter, LineFormatter
from authserver.oauth.grants import GRANT_TYPES
from tests.factories import make_client, make_resource_server, make_user
from tests.injection.doors import doors, machine_doors, page_doors, parameters_of, parameters_of_machines
from tests.injection.site import Site
from tests.pages.people import Browser
from tests.relying_party import FORM, basic, encoded
from tests.rfc.front_channel import ask, parameters_for

SPLIT = "a\r\nX-Injected: 1\r\n\r\n<html>"
LINES = ("a\nINFO forged", "a\r\nforged", "\x1b[2Kforged", "\x1b]0;x\x07", "\u2028forged", "\x85forged", "\x08")
HOSTILE = ('"\\', '"><script>\u00e9\x7f\x1f\x80\r\n\t\U0001f511</script>', "x" * 10_000)
#: RFC 6749 section 5.2.
DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def assert_whole(answer: TestResponse) -> None:
    """No header came of the input."""
    assert answer.status_code < 500
    assert "X-Injected" not in answer.headers
    for name, value in answer.headers:
        assert not set("\r\n") & set(name + value), name


def test_IJ2_no_parameter_splits_a_header(app: Flask, site: Site) -> None:
    for method, path in page_doors(app):
        for name in parameters_of(app, (method, path)):
            body = encoded({name: SPLIT})
            if method == "GET":
                assert_whole(site.at.client.get(f"{path}?{body}"))
            else:
                assert_whole(site.at.client.open(path, method=method, data=body, content_type=FORM))
    for (method, path), name in itertools.product(machine_doors(), parameters_of_machines()):
        if method != "GET":
            assert_whole(site.at.client.open(path, method=method, data=encoded({name: SPLIT}), content_type=FORM))


def test_IJ2_no_parameter_of_the_authorization_request_splits_a_header(app: Flask, http: FlaskClient) -> None:
    client, _ = make_client(app.extensions["authserver.house"])
    for name in (*parameters_of_machines(), "unknown"):
        for extra in ({}, {"scope": "no:such"}):
            parameters = {**parameters_for(client), **extra, name: SPLIT}
            assert_whole(http.get(f"/authorize?{encoded(parameters)}"))
            assert_whole(app.test_client().post("/authorize", data=encoded(parameters), content_type=FORM))


def test_IJ2_no_path_splits_a_header(app: Flask, site: Site) -> None:
    for method, path in page_doors(app, "a%0d%0aX-Injected:%201"):
        assert_whole(site.at.client.open(path, method=method))
        assert_whole(app.test_client().open(path, method=method))


# -- log lines ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", LINES)
def test_IJ5_every_event_is_one_line(
    app: Flask, http: FlaskClient, caplog: pytest.LogCaptureFixture, value: str
) -> None:
    house = app.extensions["authserver.house"]
    user, _ = make_user(house)
    client, _ = make_client(house)
    agent = value.translate({10: None, 13: None}).encode().decode("latin-1")  # HTTP lets no line break into a header
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="authserver")
    at = Browser(app)
    at.client.environ_base["HTTP_USER_AGENT"] = agent
    at.sign_in(value, "wrong password")
    at.sign_in(user.username + value, "wrong password")
    at.sign_in(user, "wrong password")
    at.sign_in(user, "correct-horse-battery-42")
    for extra in ({"client_id": value}, {"redirect_uri": value}, {"scope": value}, {"state": value}):
        ask(http, client, **extra)
    for method, path in doors(app):
        http.open(path, method=method, headers={"User-Agent": agent, "Authorization": basic(value, value)})
        http.open(path, method=method, data=dict.fromkeys(("client_id", "username", "token", "grant_type"), value))
        http.open(path, method=method, headers={"Authorization": basic(client.client_id, value)})
    assert any("sign_in_failed" in record.getMessage() for record in caplog.records)
    assert_lines(caplog.records)


@pytest.mark.parametrize("value", LINES)
def test_IJ5_the_unexpected_is_one_line_too(
    http: FlaskClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(value)

    monkeypatch.setattr(introspect, "introspect", broken)
    assert http.post("/introspect", data={"token": "x"}).status_code == 500
    monkeypatch.setattr(import_module("authserver.pages.authorize.views"), "_parsed", broken)
    assert http.get("/authorize?client_id=x").status_code == 500
    assert len([record for record in caplog.records if record.exc_info]) == 2
    assert_lines(caplog.records)


def assert_lines(records: list[logging.LogRecord]) -> None:
    """As it is written: one line of JSON, or one line of text."""
    for record in records:
        line = JsonFormatter().format(record)
        assert CONTROL.search(line) is None
        assert json.loads(line)["level"] == record.levelname.lower()
        assert CONTROL.search(LineFormatter().format(record)) is None


# -- texts of errors ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:12])
def test_XS3_error_description_of_every_endpoint(app: Flask, http: FlaskClient, value: str) -> None:
    house = app.extensions["authserver.house"]
    callers = [make_client(house, grant_types=list(GRANT_TYPES)), make_resource_server(house)]
    posts = machine_doors(reading=True)
    for (method, path), (client, secret) in itertools.product(posts, callers):
        headers = {"Authorization": basic(client.client_id, secret)}
        for name, grant in itertools.product(parameters_of_machines(), GRANT_TYPES if path == "/token" else ("x",)):
            good = {"grant_type": grant, "token": "x", "code": "x", "refresh_token": "x"}
            for parameters in ({**good, name: value}, {name + value: ["x", "y"]}):
                answer = http.open(path, method=method, data=encoded(parameters), content_type=FORM, headers=headers)
                assert_description(answer)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:12])
def test_XS3_error_description_of_the_authorization_endpoint(app: Flask, http: FlaskClient, value: str) -> None:
    client, _ = make_client(app.extensions["authserver.house"])
    seen = set()
    for name in parameters_of_machines():
        for extra in ({name: value}, {name: [value, "y"]}, {name + value[:50]: ["x", "y"]}):
            answer = ask(http, client, **extra)
            query = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
            for text in query.get("error_description", ()):
                seen.add(name)
                assert DESCRIPTION.fullmatch(text), text
                assert len(text) < 400
    assert {"prompt", "scope", "resource"} <= seen


def assert_description(answer: TestResponse) -> None:
    """Of a JSON error, and of the challenge beside it."""
    assert answer.status_code < 500, answer.request.path
    if answer.status_code >= 400:
        body = answer.json
        text = body.get("error_description", body.get("detail", ""))  # RFC 6749, RFC 9457
        assert DESCRIPTION.fullmatch(text), text
        assert len(text) < 400
        assert DESCRIPTION.fullmatch(body.get("error", ""))
        assert answer.headers.get("WWW-Authenticate", "").isascii()
