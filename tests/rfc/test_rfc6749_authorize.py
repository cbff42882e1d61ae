"""The authorization request (RFC 6749 sections 3.1, 4.1.1): what is refused, and who hears of it (AZ1-9, 13, 21)."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from authserver.models.clients import Client
from authserver.oauth import clients as registry
from authserver.oauth.errors import InvalidRedirectUriError
from tests.factories import ACTOR, make_client, make_resource_server, within
from tests.rfc.conftest import MakeParty
from tests.rfc.front_channel import ask, assert_page, assert_rejected, parameters_for, unchanged

OK = "https://ok.test/cb"
_MUTANTS = """
http://ok.test/cb            https://OK.test/cb           HTTPS://ok.test/cb          https://ok.test/CB
https://ok.test/cb/          https://ok.test/cb?          https://ok.test/cb?x=1      https://ok.test/cb;x=1
https://ok.test/             https://ok.test              https://ok.test//cb         https://ok.test/./cb
https://ok.test/x/../cb      https://ok.test/cb/../cb     https://ok.test/cb/..       https://ok.test/cb%2F..
https://ok.test/cb%252f..    https://ok.test/cb%2e%2e     https://ok.test/%63b        https://ok.test/..;/cb
https://ok.test/cb..;/       https://ok.test/cb%00        https://ok.test/cb%0d%0a    https://ok.test/cb%20
https://ok.test:443/cb       https://ok.test:8443/cb      https://ok.test:/cb         https://ok.test./cb
https://okXtest/cb           https://ok-test/cb           https://ok.test.evil.test/cb https://evil.test/cb
https://evil.test/ok.test/cb https://xok.test/cb          https://sub.ok.test/cb      https://ok.test\\cb
https:\\\\ok.test/cb         https:/ok.test/cb            https:///ok.test/cb         //ok.test/cb
https://ok.test/cb\\..       https://evil.test\\@ok.test/cb https://ok.test/cb#        javascript:alert(1)
/cb                          cb                           data:text/html,x            https://ok.test%2f@evil.test/cb
"""
MUTANTS = _MUTANTS.split()
# What stands only in URL-encoded form above would be part of the value; these hold the characters themselves.
SPACED = [f"{OK}\t", f"\t{OK}", f" {OK}", f"{OK} ", f"{OK}\n", "https://ok.t\test/cb", f"{OK} {OK}"]
RAW_MUTANTS = [*SPACED, "https://ok.test/c\u0431", f"{OK},{OK}"]
#: One for each other thing that can be wrong with a request.
OTHER_FAULTS: list[dict[str, Any]] = [
    {"response_type": None},
    {"response_type": "token"},
    {"scope": "no:such"},
    {"scope": 'read:realms"'},
    {"scope": "read:realms"},  # openid is missing
    {"code_challenge": None},
    {"code_challenge_method": "plain"},
    {"request": "eyJhbGciOiJub25lIn0.e30."},
    {"request_uri": "https://ok.test/request"},
    {"prompt": "none login"},
    {"max_age": "-1"},
    {"state": ["a", "b"]},
    {"response_mode": "form_post"},
    {"resource": "https://nowhere.test"},
]


UNKNOWN = ["no:such", "admin", "openid no:such", "OPENID", "openid,profile", "x" * 2001]
MALFORMED = ['read:realms"', "read:realms\\", "read:r\u00e9alms", "read:realms\u200b", "\x7f"]
SPACES = ["openid  profile", "openid\tprofile", "openid\nprofile", " openid", "openid "]
BAD_SCOPES = [*UNKNOWN, *MALFORMED, *SPACES]


@pytest.fixture(scope="module")
def client(app: Flask) -> Client:
    return make_client(app.extensions["authserver.house"], redirect_uris=[OK])[0]


@pytest.mark.parametrize("uri", [*MUTANTS, *RAW_MUTANTS])
def test_AZ1_redirect_uri_is_compared_as_a_string(app: Flask, http: FlaskClient, client: Client, uri: str) -> None:
    with unchanged(app):
        assert_page(ask(http, client, redirect_uri=uri))


def test_AZ1_there_are_at_least_forty_mutants_and_the_original_is_good(http: FlaskClient, client: Client) -> None:
    assert len({*MUTANTS, *RAW_MUTANTS} - {OK}) >= 40
    assert ask(http, client).headers["Location"].startswith("/login?req=")


@pytest.mark.parametrize(
    "uri",
    ["https://ok.test@evil.test/cb", "https://ok.test:x@evil.test/cb", "https://a@ok.test/cb", "https://@ok.test/cb"],
)
def test_AZ2_user_part_in_redirect_uri(app: Flask, http: FlaskClient, client: Client, uri: str) -> None:
    with unchanged(app):
        assert_page(ask(http, client, redirect_uri=uri))
        with pytest.raises(InvalidRedirectUriError):
            _register(app, [uri])


@pytest.mark.parametrize("fault", OTHER_FAULTS, ids=str)
def test_AZ3_bad_redirect_uri_is_a_page_whatever_else_is_wrong(
    app: Flask, http: FlaskClient, client: Client, fault: dict[str, Any]
) -> None:
    with unchanged(app):
        response = ask(http, client, **{"redirect_uri": "https://evil.test/cb", **fault})
        assert_page(response)
        assert '<form method="post" action="https://evil.test' not in response.text


def test_AZ5_another_port_is_another_uri(http: FlaskClient, app: Flask) -> None:
    client, _ = make_client(app.extensions["authserver.house"], redirect_uris=["https://ok.test:8443/cb"])
    for uri in ("https://ok.test:8444/cb", "https://ok.test/cb", "https://ok.test:08443/cb"):
        assert_page(ask(http, client, redirect_uri=uri))


@pytest.mark.parametrize("uri", [f"{OK}#", f"{OK}#x", f"{OK}#https://evil.test"])
def test_AZ6_fragment(app: Flask, http: FlaskClient, client: Client, uri: str) -> None:
    with unchanged(app):
        assert_page(ask(http, client, redirect_uri=uri))
        with pytest.raises(InvalidRedirectUriError):
            _register(app, [uri])


def test_AZ7_absent_redirect_uri_needs_exactly_one_and_no_openid(app: Flask, http: FlaskClient) -> None:
    house = app.extensions["authserver.house"]
    one, _ = make_client(house, redirect_uris=[OK], scope="openid read:realms")
    two, _ = make_client(house, redirect_uris=[OK, f"{OK}2"])
    none, _ = make_client(house, type="machine")
    with unchanged(app):
        assert_page(ask(http, one, redirect_uri=None))
        assert_page(ask(http, one, redirect_uri="", scope="read:realms openid"))
        assert_page(ask(http, one, redirect_uri=None, scope=None))  # the scope it has by default holds openid
        assert_page(ask(http, two, redirect_uri=None, scope="read:realms"))
        assert_page(http.get(f"/authorize?response_type=code&client_id={none.client_id}&scope=read:realms"))


def test_AZ7_the_single_redirect_uri_is_used(party: MakeParty) -> None:
    rp = party(redirect_uris=[OK])
    rp.authorize(redirect_uri=None, scope="read:realms")
    assert rp.reply is not None
    assert rp.reply.location.startswith(f"{OK}?code=")
    assert rp.redeem(redirect_uri=OK).error == "invalid_grant"  # decision 19: what was not sent is not sent again
    assert rp.redeem(redirect_uri=None).status_code == 200


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_AZ8_duplicated_client_or_redirect_uri(app: Flask, http: FlaskClient, client: Client, name: str) -> None:
    good = parameters_for(client)[name]
    with unchanged(app):
        for values in ([good, good], [good, "https://evil.test/cb"], ["https://evil.test/cb", good]):
            assert_page(ask(http, client, **{name: values}))


@pytest.mark.parametrize(
    "name",
    [
        "response_type",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "prompt",
        "max_age",
        "response_mode",
        "login_hint",
        "id_token_hint",
        "ui_locales",
        "claims",
        "unknown",
    ],
)
def test_AZ8_any_other_duplicate(app: Flask, http: FlaskClient, client: Client, name: str) -> None:
    value = parameters_for(client).get(name, "1")
    with unchanged(app):
        assert_rejected(ask(http, client, **{name: [value, value]}), client, "invalid_request")


def test_AZ8_resource_may_be_repeated(app: Flask, http: FlaskClient, client: Client) -> None:
    house = app.extensions["authserver.house"]
    audiences = [make_resource_server(house)[0].audience for _ in range(2)]
    assert ask(http, client, resource=audiences).headers["Location"].startswith("/login?req=")


def test_AZ9_unknown_disabled_and_script_get_the_same_page(app: Flask, http: FlaskClient) -> None:
    house = app.extensions["authserver.house"]
    disabled, _ = make_client(house, redirect_uris=[OK])
    with within(house):
        registry.set_enabled(disabled, False, actor=ACTOR)
    with unchanged(app):
        pages = []
        for client_id in ("no-such-client", disabled.client_id, "<script>alert(1)</script>", "' OR 1=1 --", "x" * 5000):
            response = ask(http, disabled, client_id=client_id)
            assert_page(response)
            assert "<script>alert" not in response.text
            pages.append(_without_trace(response.text))
        assert len(set(pages)) == 1


def test_AZ9_absent_client_id(app: Flask, http: FlaskClient, client: Client) -> None:
    with unchanged(app):
        assert_page(ask(http, client, client_id=None))
        assert_page(ask(http, client, client_id=""))


@pytest.mark.parametrize(
    ("response_type", "error"),
    [
        (None, "invalid_request"),
        ("", "invalid_request"),
        ("token", "unsupported_response_type"),
        ("id_token", "unsupported_response_type"),
        ("id_token token", "unsupported_response_type"),
        ("code token", "unsupported_response_type"),
        ("code id_token", "unsupported_response_type"),
        ("code code", "unsupported_response_type"),
        ("CODE", "unsupported_response_type"),
        (" code", "unsupported_response_type"),
        ("none", "unsupported_response_type"),
        ("<script>", "unsupported_response_type"),
    ],
)
def test_AZ13_response_type(
    app: Flask, http: FlaskClient, client: Client, response_type: str | None, error: str
) -> None:
    with unchanged(app):
        assert_rejected(ask(http, client, response_type=response_type), client, error)


def test_s4_1_2_1_client_without_the_code_grant(app: Flask, http: FlaskClient) -> None:
    client, _ = make_client(app.extensions["authserver.house"], redirect_uris=[OK], grant_types=["refresh_token"])
    assert_rejected(ask(http, client), client, "unauthorized_client")


@pytest.mark.parametrize("scope", BAD_SCOPES)
def test_AZ21_scope_unknown_reserved_or_malformed(app: Flask, http: FlaskClient, client: Client, scope: str) -> None:
    with unchanged(app):
        assert_rejected(ask(http, client, scope=scope), client, "invalid_scope")


def test_AZ21_scope_beyond_the_registered_ones(app: Flask, http: FlaskClient) -> None:
    client, _ = make_client(app.extensions["authserver.house"], redirect_uris=[OK], scope="openid read:realms")
    for scope in ("openid write:realms", "read:realms delete:realms", "openid profile"):
        assert_rejected(ask(http, client, scope=scope), client, "invalid_scope")


def _register(app: Flask, uris: list[str]) -> None:
    house = app.extensions["authserver.house"]
    with within(house):
        registry.register({"client_name": "x", "redirect_uris": uris}, owner_id=None, privileged=False, actor=ACTOR)


def _without_trace(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "Trace" not in line and "/login?next=" not in line)
