"""`/device`: who asks for what, and from where; looking allows nothing (RFC 8628 section 3.3, DV6)."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.forms import forms
from tests.pages.device.televisions import ELSEWHERE, SCOPE, Begin, Seat, answer, look, press
from tests.pages.people import Browser, token_in
from tests.rfc.front_channel import unchanged


def test_the_question_says_who_asks_for_what_in_plain_words(at: Seat, begin: Begin) -> None:
    text = look(at, begin(scope=SCOPE).code).text
    for words in ("Know who you are", "See your realms", "Delete", "High risk", "Not verified", at.user.email):
        assert words in text


@pytest.mark.parametrize(
    ("address", "says"), [(ELSEWHERE, "another network than yours"), (None, "from the network that you are in")]
)
def test_the_question_says_from_where(at: Seat, begin: Begin, address: str | None, says: str) -> None:
    text = look(at, begin(address=address or at.environ["REMOTE_ADDR"]).code).text
    assert says in text
    assert (ELSEWHERE in text) is (address is not None)
    assert "Has somebody sent you this code" in text


def test_s5_4_our_own_and_what_was_allowed_before_is_asked_too(at: Seat, begin: Begin, http: FlaskClient) -> None:
    tv = begin(trusted=True)
    assert answer(at, tv.code, "allow").status_code == 303
    assert tv.poll().status_code == 200
    again = http.post("/device_authorization", data={"client_id": tv.client.client_id, "scope": "openid"})
    assert 'value="allow"' in look(at, again.json["user_code"]).text


def test_DV6_looking_at_the_complete_uri_allows_nothing(app: Flask, at: Seat, begin: Begin) -> None:
    tv = begin()
    with unchanged(app):
        assert look(at, tv.code).status_code == 200
        assert at.get("/device", query_string={"user_code": tv.code, "decision": "allow"}).status_code == 200
    assert tv.error == "authorization_pending"


@pytest.mark.parametrize("token", [None, "", "forged", "of another browser"])
def test_DV6_an_answer_needs_a_token_of_this_browser(app: Flask, at: Seat, begin: Begin, token: str | None) -> None:
    tv = begin()
    page = look(at, tv.code)
    if token == "of another browser":
        token = token_in(Browser(app).get("/login").text)
    with unchanged(app):
        refused = press(at, page, "allow", csrf_token=token or "")
        assert refused.status_code == 400
    assert tv.error == "authorization_pending"
    assert press(at, refused, "allow").status_code == 303  # what came back can be sent


def test_DV6_an_answer_from_another_site(app: Flask, at: Seat, begin: Begin) -> None:
    (form,) = [form for form in forms(look(at, begin().code).text) if form.action == "/device"]
    with unchanged(app):
        sent = {**form.values, "decision": "allow"}
        assert at.post("/device", sent, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_an_answer_that_is_neither_changes_nothing(app: Flask, at: Seat, begin: Begin) -> None:
    page = look(at, begin().code)
    with unchanged(app):
        assert press(at, page, "yes").status_code == 400
