"""Native applications (RFC 8252): loopback with any port, schemes of their own, no silent grant (AZ4, AZ25)."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from authserver.models.clients import Client
from authserver.oauth.errors import InvalidRedirectUriError
from tests.factories import make_client
from tests.rfc.conftest import MakeParty, Party
from tests.rfc.front_channel import ask, assert_page, unchanged

LOOPBACK = ("http://127.0.0.1/cb", "http://[::1]/cb")
GOOD = {
    "http://127.0.0.1/cb": ["http://127.0.0.1:51234/cb", "http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb"],
    "http://[::1]/cb": ["http://[::1]:51234/cb", "http://[::1]:80/cb"],
}
BAD = [
    "http://127.0.0.1:51234/other",
    "http://127.0.0.1:51234/cb/",
    "http://127.0.0.1:51234/cb?x=1",
    "http://127.0.0.1:51234/cb#x",
    "http://127.0.0.1:51234/CB",
    "http://127.0.0.1:51234",
    "https://127.0.0.1:51234/cb",
    "http://localhost:51234/cb",
    "http://localhost/cb",
    "http://127.0.0.2:51234/cb",
    "http://127.1:51234/cb",
    "http://0x7f000001:51234/cb",
    "http://2130706433:51234/cb",
    "http://127.0.0.1.evil.test:51234/cb",
    "http://127.0.0.1:51234@evil.test/cb",
    "http://evil.test@127.0.0.1:51234/cb",
    "http://[::ffff:127.0.0.1]:51234/cb",
    "http://[::1%25lo]:51234/cb",
    "http://[0:0:0:0:0:0:0:1]:51234/cb",
    "http://127.0.0.1:0/cb",
    "http://127.0.0.1:65536/cb",
    "http://127.0.0.1:999999/cb",
    "http://127.0.0.1:-1/cb",
    "http://127.0.0.1:+80/cb",
    "http://127.0.0.1:5 1/cb",
    "http://127.0.0.1:/cb",
    "http://127.0.0.1:51234:80/cb",
    "http://127.0.0.1:\u0665\u0661\u0662\u0663\u0664/cb",  # digits of another script
    "http://127.0.0.1:\uff15\uff11/cb",
    "HTTP://127.0.0.1:51234/cb",
    "http:127.0.0.1:51234/cb",
]


@pytest.fixture(scope="module")
def client(app: Flask) -> Client:
    return make_client(app.extensions["authserver.house"], type="native", redirect_uris=list(LOOPBACK))[0]


@pytest.mark.parametrize("uri", [uri for uris in GOOD.values() for uri in uris])
def test_AZ4_the_port_of_a_loopback_address_is_free(app: Flask, party: MakeParty, uri: str) -> None:
    rp = party(type="native", method="none", redirect_uris=list(LOOPBACK))
    rp.authorize(redirect_uri=uri)
    assert rp.reply is not None
    assert rp.reply.location.startswith(f"{uri}?code=")
    assert rp.redeem(redirect_uri=uri.replace("/cb", "/")).error == "invalid_grant"
    assert rp.redeem().status_code == 200


@pytest.mark.parametrize("uri", BAD)
def test_AZ4_nothing_but_the_port_is_free(app: Flask, http: FlaskClient, client: Client, uri: str) -> None:
    with unchanged(app):
        assert_page(ask(http, client, redirect_uri=uri))


def test_AZ4_the_port_at_redemption_is_the_one_that_was_asked_with(party: MakeParty) -> None:
    rp = party(type="native", method="none", redirect_uris=list(LOOPBACK))
    rp.authorize(redirect_uri="http://127.0.0.1:51234/cb")
    assert rp.redeem(redirect_uri="http://127.0.0.1:51235/cb").error == "invalid_grant"
    assert rp.redeem(redirect_uri="http://127.0.0.1/cb").error == "invalid_grant"
    assert rp.redeem().status_code == 200


def test_AZ4_localhost_is_a_name_and_its_port_counts(app: Flask, http: FlaskClient) -> None:
    house = app.extensions["authserver.house"]
    client, _ = make_client(house, type="native", redirect_uris=["http://localhost:8080/cb"])
    assert ask(http, client).headers["Location"].startswith("/login?req=")
    assert_page(ask(http, client, redirect_uri="http://localhost:8081/cb"))
    assert_page(ask(http, client, redirect_uri="http://127.0.0.1:8080/cb"))


def test_s7_1_a_scheme_of_its_own_is_compared_as_a_string(app: Flask, http: FlaskClient) -> None:
    house = app.extensions["authserver.house"]
    client, _ = make_client(house, type="native", redirect_uris=["com.example.app:/cb"])
    assert ask(http, client).headers["Location"].startswith("/login?req=")
    for uri in ("com.example.app:/CB", "com.example.app://cb", "com.example.app:/cb/", "com.example.app2:/cb"):
        assert_page(ask(http, client, redirect_uri=uri))


@pytest.mark.parametrize(
    "uri", ["app:/cb", "javascript:alert(1)", "data:text/html,x", "file:///cb", "http://app.test/cb"]
)
def test_s7_1_schemes_that_may_not_be_registered(app: Flask, uri: str) -> None:
    with pytest.raises(InvalidRedirectUriError):
        make_client(app.extensions["authserver.house"], type="native", redirect_uris=[uri])


@pytest.fixture(params=["http://127.0.0.1/cb", "http://[::1]/cb", "http://localhost:8080/cb", "com.example.app:/cb"])
def native(request: pytest.FixtureRequest, party: MakeParty) -> Party:
    """A program on the user's own computer, allowed by its user before."""
    rp = party(type="native", method="none", trusted=False, redirect_uris=[request.param], scope="openid read:realms")
    rp.authorize().consent("allow")
    assert rp.code
    return rp


def test_AZ25_nothing_is_granted_silently_to_a_native_client(native: Party) -> None:
    answer = native.authorize(prompt="none").answer
    assert (answer["error"], answer["state"]) == ("consent_required", native.sent["state"])
    assert native.authorize(prompt="none", scope="openid").answer["error"] == "consent_required"


def test_AZ25_a_visible_request_may_use_the_consent_given_before(native: Party) -> None:
    assert native.authorize().code  # decision 10: only prompt=none is excepted


def test_AZ25_a_web_client_is_granted_silently(party: MakeParty) -> None:
    for method in ("none", "client_secret_basic"):
        rp = party(trusted=False, method=method)
        rp.authorize().consent("allow")
        assert rp.authorize(prompt="none").code
