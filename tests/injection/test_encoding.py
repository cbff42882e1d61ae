"""IJ4: NUL, bad UTF-8, overlong forms and lone surrogates in every field of every form and every parameter: 400."""

import itertools
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import state
from tests.factories import make_client
from tests.injection.doors import (
    POISONS,
    Door,
    doors,
    machine_doors,
    page_doors,
    parameters_of,
    parameters_of_machines,
    takes_forms,
)
from tests.injection.site import Site, views_with_forms
from tests.relying_party import FORM, basic, encoded
from tests.rfc.front_channel import parameters_for, unchanged

#: Read by the framework's own base classes, or by nobody.
ALSO = ("grant_type", "token_type_hint", "unknown")
#: By an endpoint that takes no forms, before it looks at one.
REFUSED = {400, 401, 403, 404, 405, 410, 415, 429}
#: The same in JSON: as escapes, and raw.
JSON_POISONS = (b"\\u0000", b"\\ud800", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\0", b'"', b"\\")
#: Raw bytes that a header can carry: HTTP itself refuses NUL, CR and LF.
HEADERS = ("Authorization", "Cookie", "Origin", "User-Agent", "Accept-Language", "Content-Type", "DPoP", "Host")
BAD = ("\xff", "\xc0\xaf", "\xed\xa0\x80", "\x80" * 2000)
COOKIES = ("sid=\xff\xfe; browser=\xc0\xaf; csrf=\xff", 'sid="\\377\\000"; browser="\\355\\240\\200"; csrf="\\000"')
BYTES = (*BAD, *COOKIES, "Bearer \xff", "Basic \xff", "Basic /////w==")


def test_every_page_that_takes_a_form_was_found(app: Flask, site: Site) -> None:
    assert sorted(views_with_forms(app) - site.names()) == []
    assert site.names() <= views_with_forms(app)


def test_IJ4_every_field_of_every_form(app: Flask, site: Site) -> None:
    own = [form for form in site.forms.values() if form.action.startswith("/")]
    with unchanged(app):
        for form in own:
            names = {*form.values, *form.choices, "unknown"}
            for name, raw in itertools.product(sorted(names), POISONS):
                rest = encoded({other: value for other, value in form.values.items() if other != name})
                body = f"{rest}&{name}=a{raw}b" if name != "unknown" else f"{rest}&{name}{raw}=x"
                answer = site.at.post(form.action, body, content_type=FORM)
                assert answer.status_code == 400, (form.action, body)


def test_IJ4_every_field_of_every_form_as_multipart(app: Flask, site: Site) -> None:
    own = [form for form in site.forms.values() if form.action.startswith("/")]
    with unchanged(app):
        for form, raw in itertools.product(own, (b"\0", b"\xff", b"\xed\xa0\x80")):
            for name in {*form.values, *form.choices}:
                parts = {**form.values, name: "MARK"}
                body = b"".join(_part(other, value) for other, value in parts.items()) + b"--b--\r\n"
                kind = "multipart/form-data; boundary=b"
                answer = site.at.post(form.action, body.replace(b"MARK", b"a" + raw), content_type=kind)
                assert answer.status_code == 400, (form.action, name, raw)


@pytest.mark.parametrize("door", machine_doors(reading=True), ids=lambda door: " ".join(door))
def test_IJ4_every_parameter_of_every_endpoint(app: Flask, http: FlaskClient, door: Door) -> None:
    client, secret = make_client(app.extensions["authserver.house"])
    headers = {"Authorization": basic(client.client_id, secret)}
    names = [*parameters_of_machines(), *ALSO]
    with unchanged(app):
        for name, raw in itertools.product(names, POISONS):
            answer = http.open(door[1], method=door[0], data=f"{name}=a{raw}&x=y", content_type=FORM, headers=headers)
            assert answer.status_code in ({400} if takes_forms(door[1]) else REFUSED), name
            answer = http.open(door[1], method=door[0], data=f"{name}{raw}=a", content_type=FORM, headers=headers)
            assert answer.status_code in ({400} if takes_forms(door[1]) else REFUSED), name


def test_IJ4_json_of_every_kind(app: Flask, http: FlaskClient, manager: dict[str, str]) -> None:
    shapes = (b'{"name": "a%sb", "scopes": ["read:realms"], "environment": "live"}', b'{"a%sb": 1}', b'["%s"]', b"%s")
    assert http.get("/v1/api-keys", headers=manager).status_code == 200  # the door is open
    with unchanged(app):
        for (method, path), raw in itertools.product(doors(app, reading=True), JSON_POISONS):
            for body, headers in itertools.product([shape % raw for shape in shapes], ({}, manager)):
                answer = http.open(path, method=method, data=body, content_type="application/json", headers=headers)
                assert answer.status_code in {303, *REFUSED}, (method, path, body)


def test_IJ4_every_parameter_of_the_authorization_request(app: Flask, http: FlaskClient) -> None:
    client, _ = make_client(app.extensions["authserver.house"])
    good = parameters_for(client)
    with unchanged(app):
        for name, raw in itertools.product([*parameters_of_machines(), *ALSO], POISONS):
            rest = encoded({**good, name: None})
            answer = http.get(f"/authorize?{rest}&{name}={quote(str(good.get(name, '')))}{raw}")
            assert answer.status_code == 400, (name, raw)
            assert "Location" not in answer.headers


def test_IJ4_every_parameter_of_every_page(app: Flask, site: Site) -> None:
    poisons = itertools.cycle(POISONS)
    with unchanged(app):
        for method, path in page_doors(app):
            for name in parameters_of(app, (method, path)):
                answer = site.at.client.open(f"{path}?{name}=a{next(poisons)}", method=method)
                assert answer.status_code == 400, (method, path, name)


@pytest.mark.parametrize("raw", POISONS)
def test_IJ4_every_part_of_a_path(app: Flask, site: Site, raw: str) -> None:
    variable = {*page_doors(app, f"x{raw}"), *page_doors(app, raw)} - set(page_doors(app))
    with unchanged(app):
        for method, path in [*variable, ("GET", f"/static/{raw}"), ("GET", f"/{raw}")]:
            assert site.at.client.open(method=method, environ_overrides=_at(path)).status_code == 400, (method, path)
        for method, path in machine_doors():
            answer = site.at.client.open(method=method, environ_overrides=_at(path + raw))
            assert 400 <= answer.status_code < 500, (method, path)


@pytest.mark.parametrize("name", HEADERS)
def test_IJ4_every_header(app: Flask, http: FlaskClient, name: str) -> None:
    with unchanged(app):
        for value, (method, path) in itertools.product(BYTES, doors(app)):
            if path == "/authorize" and name == "Content-Type":
                continue  # another kind of body is a page of its own: tested with the authorization endpoint
            answer = http.open(path, method=method, headers={name: value})
            assert answer.status_code < 500, (method, path, value)


@pytest.mark.parametrize("door", machine_doors(), ids=lambda door: " ".join(door))
def test_IJ4_the_query_of_every_endpoint(app: Flask, http: FlaskClient, door: Door) -> None:
    method, path = door
    plain = http.open(path, method=method).status_code
    with unchanged(app):
        for name, raw in itertools.product([*parameters_of_machines(), *ALSO], POISONS[:4]):
            # Endpoints without parameters of their own read no query at all.
            assert http.open(f"{path}?{name}=a{raw}", method=method).status_code in {400, plain}, name


def test_IJ4_good_unicode_is_no_error(app: Flask, site: Site) -> None:
    name = "\u4e16\u754c \U0001f511 \u00e9 \u0627\u0644"
    form = next(form for form in site.forms.values() if form.action == "/account/profile")
    before = state.of(app.extensions["authserver.house"].database)
    answer = site.at.post("/account/profile", {**form.values, "name": name})
    assert answer.status_code == 303
    assert name in site.at.get("/account/profile").text
    assert state.of(app.extensions["authserver.house"].database) != before


def _at(path: str) -> dict[str, str]:
    """As a server passes a path on (PEP 3333): the test client itself would replace what is no UTF-8."""
    return {"PATH_INFO": unquote_to_bytes(path).decode("latin-1")}


def _part(name: str, value: Any) -> bytes:
    values = value if isinstance(value, list) else [value]
    text = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{one}\r\n' for one in values)
    return text.encode()
