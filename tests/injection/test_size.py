"""IJ3: bodies, numbers of parameters and depths beyond all measure are refused at once, and nothing is changed."""

import base64
import io
import json
import time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import make_client, make_resource_server
from tests.injection.doors import doors, machine_doors, page_doors, takes_forms
from tests.injection.site import Site
from tests.relying_party import FORM, RelyingParty, encoded
from tests.rfc.answers import is_inactive
from tests.rfc.front_channel import answer_of, ask, unchanged

TEN_MEGABYTES = 10 * 1024 * 1024
MANY, DEEP = 10_000, 10_000


@pytest.mark.parametrize("kind", [FORM, "application/json", "multipart/form-data; boundary=b", "text/plain"])
def test_IJ3_ten_megabytes(app: Flask, http: FlaskClient, kind: str) -> None:
    body = b"x=" + b"a" * TEN_MEGABYTES
    with unchanged(app):
        for method, path in doors(app, reading=True):
            assert http.open(path, method=method, data=body, content_type=kind).status_code == 413, path


def test_IJ3_ten_megabytes_of_unknown_length(app: Flask, http: FlaskClient) -> None:
    with unchanged(app):
        for method, path in doors(app, reading=True):
            answer = http.open(
                path,
                method=method,
                input_stream=io.BytesIO(b"a" * TEN_MEGABYTES),
                content_type=FORM,
                headers={"Transfer-Encoding": "chunked"},
                environ_overrides={"wsgi.input_terminated": True},
            )
            assert answer.status_code == 413, path


@pytest.mark.parametrize("length", ["-1", "x", "1.5", "\u00b2", "0x10", " ", "99999999999999999999", "9" * 5000])
def test_IJ3_a_length_that_is_none(app: Flask, http: FlaskClient, length: str) -> None:
    with unchanged(app):
        for method, path in doors(app, reading=True):
            answer = http.open(path, method=method, data=b"x=y", environ_overrides={"CONTENT_LENGTH": length})
            _refused(answer, path)


def test_IJ3_ten_thousand_parameters(app: Flask, http: FlaskClient, site: Site) -> None:
    many = {"different": "&".join(f"x{number}=y" for number in range(MANY)), "same": "&".join(["x=y"] * MANY)}
    with unchanged(app):
        for body in [*many.values(), "&" * MANY, "=" * MANY + "&" * MANY]:
            for method, path in doors(app, reading=True):
                begun = time.perf_counter()
                answer = site.at.client.open(path, method=method, data=body, content_type=FORM)
                strict = takes_forms(path) or (method, path) in page_doors(app)
                assert answer.status_code in ({400, 413} if strict else range(400, 500)), path
                assert time.perf_counter() - begun < 5
            for method, path in page_doors(app):
                assert site.at.client.open(f"{path}?{body}", method=method).status_code == 400, path


def test_IJ3_the_same_in_a_session_with_a_good_token(app: Flask, site: Site) -> None:
    more = "&".join(f"x{number}=y" for number in range(MANY))
    with unchanged(app):
        for form in site.forms.values():
            if form.action.startswith("/"):
                body = f"{encoded(form.values)}&{more}"
                assert site.at.post(form.action, body, content_type=FORM).status_code in {400, 413}, form.action


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_IJ3_json_of_any_depth(app: Flask, http: FlaskClient, opening: str, manager: dict[str, str]) -> None:
    with unchanged(app):
        for method, path in doors(app, reading=True):
            body = opening * (DEEP if opening == "[" else 5000)
            for headers in ({}, manager):
                kind = "application/json"
                _refused(http.open(path, method=method, data=body, content_type=kind, headers=headers), path)


@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_IJ3_a_jwt_of_any_depth_is_no_token(app: Flask, http: FlaskClient, part: int, opening: str) -> None:
    server, secret = make_resource_server(app.extensions["authserver.house"])
    rp = RelyingParty(http, server, secret)
    for depth in (100, 2000, DEEP):
        parts = [_base64(json.dumps({"alg": "ES256", "typ": "at+jwt", "kid": "x"}))] * 2
        parts[part] = _base64(('{"a":' + opening * depth)[:DEEP])
        token = f"{parts[0]}.{parts[1]}.AAAA"
        assert token.startswith("eyJ")
        is_inactive(rp.introspect(token))
        assert http.get("/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_IJ3_numbers_of_any_length(app: Flask, http: FlaskClient) -> None:
    client, _ = make_client(app.extensions["authserver.house"])
    server = make_resource_server(app.extensions["authserver.house"])
    rp = RelyingParty(http, client)
    digits = "9" * 5000
    with unchanged(app):
        assert rp.introspect("x", as_=server, cost=digits).status_code == 400
        assert rp.introspect("x", as_=server, ip=digits).status_code == 400
        assert answer_of(ask(http, client, max_age=digits))["error"] == "invalid_request"


def test_IJ3_the_longest_line_of_a_request_is_no_error_of_ours(app: Flask, http: FlaskClient) -> None:
    with unchanged(app):
        for method, path in [*machine_doors(), *page_doors(app, "x" * 5000)]:
            answer = http.open(f"{path}?x={'y' * 60000}", method=method, headers={"Cookie": f"sid={'z' * 60000}"})
            assert answer.status_code < 500, path


def _base64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _refused(answer: TestResponse, path: str) -> None:
    """By an error; or by the way to the login, which a page gives to strangers whatever they send."""
    to_login = answer.status_code == 303 and answer.headers["Location"].startswith("/login")
    assert to_login or 400 <= answer.status_code < 500, path
