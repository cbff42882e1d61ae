"""IJ1: whatever host a request names, issuer, links and discovery are those of the settings, or it is refused."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.conftest import ISSUER
from tests.factories import PASSWORD, make_client, make_user, unique
from tests.injection.doors import doors, machine_doors
from tests.pages.people import Browser, mails
from tests.relying_party import Local, RelyingParty, Reply, claims_of
from tests.rfc.front_channel import answer_of, ask

EVIL = "evil.test"
SPOOFS: list[Mapping[str, str]] = [
    {"Host": EVIL},
    {"Host": f"{EVIL}:1234"},
    {"Host": f"localhost:8000@{EVIL}"},
    {"X-Forwarded-Host": EVIL},
    {"X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443"},
    {"X-Forwarded-Prefix": f"/{EVIL}", "X-Script-Name": f"/{EVIL}"},
    {"X-Forwarded-Server": EVIL, "X-Host": EVIL, "X-HTTP-Host-Override": EVIL},
    {"Forwarded": f"for=1.2.3.4;host={EVIL};proto=https"},
    {"X-Original-URL": f"//{EVIL}/", "X-Rewrite-URL": f"//{EVIL}/", "X-Original-Host": EVIL},
    {"Origin": f"https://{EVIL}", "Referer": f"https://{EVIL}/"},
]
NO_NAMES = ["", " ", "a b", "\xff", "-", ".", "..", "a..b", "a" * 64, "a" * 5000, "xn--a", "<script>"]
BROKEN = [*NO_NAMES, "[::1", "[::1]x", "localhost:99999999", "localhost:x", f"{EVIL}/path", f"{EVIL}?x"]
OVERRIDES = {"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "DELETE", "X-Method-Override": "DELETE"}


class Spoofing(Local):
    """A browser behind something that adds headers."""

    def __init__(self, http: FlaskClient, spoof: Mapping[str, str]) -> None:
        super().__init__(http)
        self.spoof = spoof

    def send(self, method: str, path: str, *, body: str | None, headers: Mapping[str, str]) -> Reply:
        reply = super().send(method, path, body=body, headers={**headers, **self.spoof})
        assert EVIL not in reply.text
        assert EVIL not in str(dict(reply.headers))
        return reply


@pytest.mark.parametrize("spoof", SPOOFS, ids=str)
def test_IJ1_no_answer_names_the_host_that_was_asked(app: Flask, spoof: Mapping[str, str]) -> None:
    for method, path in doors(app):
        plain = app.test_client().open(path, method=method)
        answer = app.test_client().open(path, method=method, headers=spoof)
        assert answer.status_code in {plain.status_code, 400, 403}, path
        assert EVIL not in answer.text, path
        assert EVIL not in str(answer.headers), path
        location = urlsplit(answer.headers.get("Location", ""))
        assert (location.scheme, location.netloc) == ("", ""), path


@pytest.mark.parametrize("spoof", SPOOFS, ids=str)
def test_IJ1_documents_are_the_same_bytes(http: FlaskClient, spoof: Mapping[str, str]) -> None:
    for method, path in machine_doors():
        if method == "GET" and path.startswith("/.well-known/"):
            assert http.get(path, headers=spoof).data == http.get(path).data
    document = http.get("/.well-known/openid-configuration", headers=spoof).json
    assert document is not None
    assert document["issuer"] == ISSUER
    assert all(str(value).startswith(f"{ISSUER}/") for name, value in document.items() if name.endswith("_endpoint"))


@pytest.mark.parametrize("spoof", SPOOFS, ids=str)
def test_IJ1_a_whole_flow_keeps_its_issuer(app: Flask, spoof: Mapping[str, str]) -> None:
    house = app.extensions["authserver.house"]
    client, secret = make_client(house, trusted=True, scope="openid offline_access")
    rp = RelyingParty(Spoofing(app.test_client(), spoof), client, secret)
    rp.sign_in(*make_user(house)).authorize()
    assert rp.answer["iss"] == ISSUER
    tokens = rp.redeem().json
    assert claims_of(tokens["access_token"])["iss"] == claims_of(tokens["id_token"])["iss"] == ISSUER
    assert claims_of(tokens["access_token"])["aud"] == ISSUER
    assert rp.introspect().json["iss"] == ISSUER
    assert claims_of(rp.refresh().json["id_token"])["iss"] == ISSUER
    error = ask(app.test_client(), client, scope="no:such")
    assert answer_of(error)["iss"] == ISSUER


@pytest.mark.parametrize("spoof", SPOOFS, ids=str)
def test_IJ1_links_in_mail(app: Flask, spoof: Mapping[str, str]) -> None:
    user, _ = make_user(app.extensions["authserver.house"])
    email = f"{unique('new')}@people.test"
    at = Browser(app)
    at.client.environ_base.update({f"HTTP_{name.upper().replace('-', '_')}": value for name, value in spoof.items()})
    at.send("/forgot", email=user.email)
    at.send("/signup", email=email, username=unique("new"), name="New", password=PASSWORD)
    for address in (user.email, email):
        body = mails(app, address)[-1].body
        assert f"{ISSUER}/" in body
        assert EVIL not in body


@pytest.mark.parametrize("host", BROKEN)
def test_IJ1_a_host_that_is_none_is_no_error_of_ours(app: Flask, host: str) -> None:
    for method, path in doors(app):
        environ = {**EnvironBuilder(path, method=method).get_environ(), "HTTP_HOST": host}
        _body, status, headers = run_wsgi_app(app.wsgi_app, environ, buffered=True)  # the test client would stumble
        assert int(status.split()[0]) < 500, (method, path)
        assert "<script>" not in headers.get("Location", "")


def test_IJ1_no_header_changes_the_method(app: Flask, http: FlaskClient) -> None:
    for method, path in doors(app):
        plain = http.open(path, method=method).status_code
        assert http.open(path, method=method, headers=OVERRIDES).status_code == plain
        assert http.open(f"{path}?_method=DELETE", method=method).status_code in {plain, 400}
