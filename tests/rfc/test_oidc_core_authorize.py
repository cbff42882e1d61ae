"""OpenID Connect Core section 3.1.2.1: prompt, max_age, id_token_hint, response_mode, request objects (AZ15-AZ20)."""

import socket
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from authserver import clock
from authserver.models.clients import Client
from tests.factories import PASSWORD, make_client
from tests.forms import forms
from tests.relying_party import claims_of, encoded
from tests.rfc.conftest import MakeParty, Party
from tests.rfc.front_channel import ask, assert_page, assert_rejected, parameters_for, unchanged

OK = "https://ok.test/cb"


@pytest.fixture(scope="module")
def client(app: Flask) -> Client:
    return make_client(app.extensions["authserver.house"], redirect_uris=[OK])[0]


def auth_time(rp: Party) -> int:
    """Redeem, and read when the user is said to have signed in."""
    return int(claims_of(rp.redeem().json["id_token"])["auth_time"])


# -- prompt=none -------------------------------------------------------------------------------------------------------


def test_AZ15_none_without_a_session(http: FlaskClient, client: Client) -> None:
    assert_rejected(ask(http, client, prompt="none"), client, "login_required")


def test_AZ15_none_without_consent(party: MakeParty) -> None:
    rp = party(trusted=False)
    answer = rp.authorize(prompt="none").answer
    assert (answer["error"], answer["state"]) == ("consent_required", rp.sent["state"])
    rp.authorize(scope="openid read:realms").consent("allow")
    assert rp.authorize(prompt="none", scope="openid").code
    assert rp.authorize(prompt="none", scope="openid profile").answer["error"] == "consent_required"


def test_AZ15_none_with_everything_there_gives_a_code_without_a_page(party: MakeParty) -> None:
    rp = party()
    rp.authorize(prompt="none")
    assert rp.reply is not None
    assert (rp.reply.status_code, rp.reply.text) == (303, "")
    assert rp.redeem().status_code == 200


def test_AZ15_none_of_a_session_that_is_over(party: MakeParty, frozen: time_machine.Traveller) -> None:
    rp = party()
    frozen.shift(1801)
    assert rp.authorize(prompt="none").answer["error"] == "login_required"


@pytest.mark.parametrize(
    "prompt", ["none login", "login none", "none consent", "none select_account", "junk", "login junk", "NONE", "<b>"]
)
def test_AZ15_none_beside_another_prompt_and_unknown_ones(
    app: Flask, http: FlaskClient, client: Client, prompt: str
) -> None:
    with unchanged(app):
        assert_rejected(ask(http, client, prompt=prompt), client, "invalid_request")


def test_AZ15_none_by_post_is_never_a_page_either(http: FlaskClient, client: Client) -> None:
    http.get("/login?req=x")  # gives the browser its cookie
    begun = http.post("/authorize", data=parameters_for(client, prompt="none"))
    assert_rejected(http.get(begun.headers["Location"]), client, "login_required")


def test_AZ15_none_by_form_post_sends_nothing_but_the_answer(http: FlaskClient, client: Client) -> None:
    page = ask(http, client, prompt="none", response_mode="form_post")
    (form,) = forms(page.text)
    assert (page.status_code, form.action, form.values["error"]) == (200, OK, "login_required")


# -- prompt=login, select_account --------------------------------------------------------------------------------------


def test_AZ16_login_asks_again_and_auth_time_is_new(party: MakeParty, frozen: time_machine.Traveller) -> None:
    rp = party()
    first = auth_time(rp.authorize())
    frozen.shift(100)
    assert auth_time(rp.authorize()) == first
    rp.authorize(prompt="login")
    assert rp.at == "/login"
    rp.sign_in(rp.user, "wrong password")
    assert rp.at == "/login"
    rp.sign_in(rp.user, PASSWORD)
    assert auth_time(rp) == first + 100


def test_AZ16_neither_back_nor_around_the_login(party: MakeParty) -> None:
    rp = party()
    rp.authorize(prompt="login")
    request_id = str(rp.form("/login").values["req"])
    for path in ("/authorize?req=", "/consent?req=", "/login?req=", "/login/select?req=", "/login?reauth=&req="):
        rp._browse("GET", path + request_id)
        assert rp.answer == {}, path
    rp._browse("GET", f"/authorize?req={request_id}")
    assert rp.at == "/login"


def test_AZ16_a_login_for_one_request_does_not_answer_another(party: MakeParty) -> None:
    rp = party()
    rp.authorize(prompt="login")
    other = str(rp.form("/login").values["req"])
    rp.authorize(prompt="login").sign_in(rp.user, PASSWORD)
    assert rp.code
    rp._browse("GET", f"/authorize?req={other}")
    assert rp.at == "/login"


def test_AZ16_the_old_form_cannot_be_sent_again(party: MakeParty) -> None:
    rp = party()
    rp.authorize(prompt="login")
    old = {**rp.form("/login").values, "password": PASSWORD}
    rp.sign_in(rp.user, PASSWORD)
    assert rp.code
    rp._browse("POST", "/login", body=encoded(old))
    assert rp.reply is not None
    assert (rp.reply.status_code, rp.answer) == (400, {})


def test_select_account_asks_until_one_was_chosen(party: MakeParty) -> None:
    rp = party()
    rp.authorize(prompt="select_account")
    assert rp.at == "/login/select"
    rp._submit("/login/select", {"choice": "continue"})
    assert rp.code
    rp.authorize(prompt="select_account")._submit("/login/select", {"choice": "other"})
    assert rp.at == "/login"


# -- max_age -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("age", "asked"), [("0", True), ("99", True), ("100", False), ("999999999", False)])
def test_AZ17_max_age(party: MakeParty, frozen: time_machine.Traveller, age: str, asked: bool) -> None:
    rp = party()
    frozen.shift(100)
    rp.authorize(max_age=age)
    assert (rp.at == "/login") is asked
    if asked:
        assert rp.authorize(max_age=age, prompt="none").answer["error"] == "login_required"
        rp.authorize(max_age=age).sign_in(rp.user, PASSWORD)
    assert clock.now() - auth_time(rp) == (0 if asked else 100)


@pytest.mark.parametrize("age", ["-1", "abc", "1.5", "1e3", "+5", " 5", "0x10", "\u0665", "9" * 10, "9" * 5000])
def test_AZ17_max_age_that_is_no_number_of_seconds(app: Flask, http: FlaskClient, client: Client, age: str) -> None:
    with unchanged(app):
        assert_rejected(ask(http, client, max_age=age), client, "invalid_request")


def test_AZ17_default_max_age_of_the_client(party: MakeParty, frozen: time_machine.Traveller) -> None:
    rp = party(default_max_age=50)
    assert rp.authorize().code
    frozen.shift(51)
    assert rp.authorize().at == "/login"
    assert rp.authorize(max_age=60).code


# -- response_mode -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["fragment", "fragment.jwt", "Jwt", "web_message", "QUERY", "form_post ", "<b>"])
def test_AZ19_unsupported_response_mode(app: Flask, http: FlaskClient, client: Client, mode: str) -> None:
    with unchanged(app):
        assert_rejected(ask(http, client, response_mode=mode), client, "invalid_request")


def test_AZ19_form_post_escapes_and_holds_no_script(party: MakeParty) -> None:
    state = "\"'><script>alert(1)</script><input name=code value=x>"
    rp = party(redirect_uris=[f"{OK}?a='b'&c=d"]).authorize(state=state, response_mode="form_post")
    assert rp.reply is not None
    (form,) = forms(rp.reply.text)
    assert (form.method, form.action, form.values["state"]) == ("post", f"{OK}?a='b'&c=d", state)
    assert set(form.values) == {"code", "state", "iss"}
    assert "<script>alert" not in rp.reply.text
    assert rp.reply.headers["Cache-Control"] == "no-store"
    assert "'unsafe-inline'" not in rp.reply.headers["Content-Security-Policy"]
    assert "form-action" not in rp.reply.headers["Content-Security-Policy"]  # decision 12
    assert rp.redeem().status_code == 200


def test_AZ19_errors_by_form_post_and_no_script_address_ever(http: FlaskClient, client: Client) -> None:
    page = ask(http, client, response_mode="form_post", scope="no:such")
    (form,) = forms(page.text)
    assert (form.action, form.values["error"], form.values["state"]) == (OK, "invalid_scope", "s-1")
    assert_page(ask(http, client, response_mode="form_post", redirect_uri="javascript:alert(1)"))


# -- request objects ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("request", "eyJhbGciOiJub25lIn0.eyJzY29wZSI6ImFkbWluIn0.", "request_not_supported"),
        ("request", "x", "request_not_supported"),
        ("request_uri", "https://ok.test/request.jwt", "request_uri_not_supported"),
        ("request_uri", "http://169.254.169.254/latest/meta-data", "request_uri_not_supported"),
        ("request_uri", "file:///etc/passwd", "request_uri_not_supported"),
        ("request_uri", "urn:example:no-such", "request_uri_not_supported"),
    ],
)
def test_AZ20_request_objects_of_a_client_without_keys_are_refused_and_nothing_is_fetched(
    app: Flask, http: FlaskClient, client: Client, name: str, value: str, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, address: attempts.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **_: attempts.append(address))
    with unchanged(app):
        assert_rejected(ask(http, client, **{name: value}), client, error)
    assert attempts == []
