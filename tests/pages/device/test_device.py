"""`/device` (RFC 8628 section 3.3): people type a code, see who asks from where, and answer (DV2, DV6, DV7)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authserver.models import clients, consents, grants, users
from authserver.models.clients import Client
from authserver.oauth.device import GRANT_TYPE, canonical
from tests.factories import make_client
from tests.forms import forms
from tests.pages.people import PASSWORD, Browser, commit, mails, person, token_in
from tests.rfc.front_channel import unchanged
from tests.rfc.parallel import together

SCOPE = "openid read:realms write:realms delete:realms offline_access"
ELSEWHERE = "203.0.113.7"


class Seat(Browser):
    """A browser in which somebody is signed in."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self.user = person(app)
        self.sign_in(self.user)


@dataclass(frozen=True, slots=True)
class Television:
    """A device that has asked, and shows a code."""

    http: FlaskClient
    client: Client
    codes: dict[str, str]

    @property
    def code(self) -> str:
        return self.codes["user_code"]

    def poll(self) -> TestResponse:
        sent = {"client_id": self.client.client_id, "device_code": self.codes["device_code"]}
        return self.http.post("/token", data={"grant_type": GRANT_TYPE, **sent})

    @property
    def error(self) -> str | None:
        return self.poll().json.get("error")  # type: ignore[union-attr]

    @property
    def granted(self) -> str:
        return str(self.poll().json["scope"])  # type: ignore[index]


Begin = Callable[..., Television]


@pytest.fixture
def at(app: Flask) -> Seat:
    """A browser in which somebody is signed in."""
    return Seat(app)


@pytest.fixture
def begin(app: Flask, http: FlaskClient) -> Begin:
    """`begin(scope="openid", address="203.0.113.7", client_name="TV")`: the device of a new application."""

    def ask(
        *, scope: str = "openid read:realms", allowed: str = SCOPE, address: str = ELSEWHERE, **metadata: Any
    ) -> Television:
        registered = {
            "token_endpoint_auth_method": "none",
            "grant_types": [GRANT_TYPE, "refresh_token"],
            "scope": allowed,
        }
        client, _ = make_client(app.extensions["authserver.house"], **{**registered, **metadata})
        sent = {"client_id": client.client_id, "scope": scope}
        answer = http.post("/device_authorization", data=sent, environ_overrides={"REMOTE_ADDR": address})
        return Television(http, client, answer.json)  # type: ignore[arg-type]

    return ask


def type_in(at: Seat, code: str) -> TestResponse:
    return at.send("/device", user_code=code)


def look(at: Seat, code: str) -> TestResponse:
    return at.get("/device", query_string={"user_code": code})


def press(at: Seat, page: TestResponse, decision: str | None, **changes: Any) -> TestResponse:
    """Send the form of the question."""
    (form,) = [form for form in forms(page.text) if form.action == "/device"]
    return at.post("/device", {**form.values, **({"decision": decision} if decision else {}), **changes})


def answer(at: Seat, code: str, decision: str, **changes: Any) -> TestResponse:
    return press(at, look(at, code), decision, **changes)


# -- the code ----------------------------------------------------------------------------------------------------------


def test_the_code_is_typed_and_leads_to_the_question(at: Seat, begin: Begin) -> None:
    tv = begin(client_name="Realm TV")
    page = at.get("/device")
    assert page.status_code == 200
    assert re.search(r'<input[^>]*name="user_code"', page.text)
    answered = type_in(at, tv.code)
    assert (answered.status_code, answered.headers["Location"]) == (303, f"/device?user_code={tv.code}")
    question = at.get(answered.headers["Location"])
    assert question.status_code == 200
    assert "Realm TV" in question.text
    assert tv.code in question.text


@pytest.mark.parametrize(
    "changed",
    [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code[:2]} {code[2:4].lower()} — {code[5:]}. "],
)
def test_s6_1_case_and_punctuation_do_not_matter(at: Seat, begin: Begin, changed: Callable[[str], str]) -> None:
    tv = begin()
    assert type_in(at, changed(tv.code)).headers["Location"] == f"/device?user_code={tv.code}"


@pytest.mark.parametrize("typed", ["", "BCDF", "BCDF-GHJKL", "AEIO-UYYY", "1234-5678", "é" * 8, "x" * 5000])
def test_s6_1_what_is_no_code(typed: str) -> None:
    assert canonical(typed) is None


def test_an_empty_field_says_what_is_missing(at: Seat) -> None:
    page = type_in(at, " ")
    assert page.status_code == 400
    assert "Type the code that your device shows." in page.text


def test_a_wrong_code_is_kept_and_explained(at: Seat) -> None:
    page = type_in(at, "BCDF-BCDF")
    assert page.status_code == 400
    assert 'value="BCDF-BCDF"' in page.text
    assert "There is no such code" in page.text


def test_the_code_survives_the_login(app: Flask, begin: Begin) -> None:
    tv, stranger, ada = begin(), Browser(app), person(app)
    sent_away = look(stranger, tv.code)
    assert (sent_away.status_code, urlsplit(sent_away.headers["Location"]).path) == (303, "/login")
    target = parse_qs(urlsplit(sent_away.headers["Location"]).query)["next"][0]
    back = stranger.send("/login", username=ada.username, password=PASSWORD, next=target).headers["Location"]
    assert back == f"/device?user_code={tv.code}"
    assert stranger.get(back).status_code == 200


def test_the_code_survives_a_session_that_has_ended_meanwhile(at: Seat, begin: Begin) -> None:
    tv = begin()
    question = look(at, tv.code)
    at.client.delete_cookie("sid")
    answered = press(at, question, "allow")
    assert answered.headers["Location"] == f"/login?next=%2Fdevice%3Fuser_code%3D{tv.code}"


# -- the question ------------------------------------------------------------------------------------------------------


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
def test_DV6_an_answer_needs_a_token_of_this_browser(
    app: Flask, at: Seat, begin: Begin, token: str | None
) -> None:
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


# -- the answer --------------------------------------------------------------------------------------------------------


def test_allow_leads_to_a_page_that_sends_back_to_the_device(at: Seat, begin: Begin) -> None:
    tv = begin(client_name="Realm TV")
    done = answer(at, tv.code, "allow")
    assert (done.status_code, done.headers["Location"]) == (303, "/device/done")
    for _ in range(2):  # it can be loaded again
        assert "Go back to your device" in at.get("/device/done").text
    assert tv.granted == "openid read:realms"


def test_deny_is_said_and_told(at: Seat, begin: Begin) -> None:
    tv = begin(client_name="Realm TV")
    assert answer(at, tv.code, "deny").status_code == 303
    assert "got nothing" in at.get("/device/done").text
    assert tv.error == "access_denied"


def test_the_last_page_is_of_an_answer_only(at: Seat) -> None:
    assert at.get("/device/done").headers["Location"] == "/device"


def test_consent_is_recorded_told_and_found_like_any_other(app: Flask, at: Seat, begin: Begin) -> None:
    tv = begin(client_name="Realm TV")
    user = at.user
    answer(at, tv.code, "allow")
    client_id = tv.client.client_id
    kept = commit(app, lambda: consents.find(user_id=user.id, client_id=client_id))
    assert kept is not None
    assert kept.scope == "openid read:realms"
    (grant,) = commit(app, lambda: grants.of_user(user.id))
    assert (grant.kind, grant.client_id, grant.scope) == ("device_code", client_id, "openid read:realms")
    assert "Realm TV" in at.get("/account/apps").text
    assert any("Realm TV" in mail.body and "another device" in mail.body for mail in mails(app, user.email))


def test_a_denial_leaves_no_consent_and_no_grant(app: Flask, at: Seat, begin: Begin) -> None:
    tv = begin()
    answer(at, tv.code, "deny")
    user = at.user
    client_id = tv.client.client_id
    assert commit(app, lambda: consents.find(user_id=user.id, client_id=client_id)) is None
    assert commit(app, lambda: grants.of_user(user.id)) == []


def test_decision_11_scopes_can_be_left_out_where_the_client_lets_them(
    at: Seat, begin: Begin
) -> None:
    tv = begin(allow_scope_deselect=True, scope="openid read:realms write:realms")
    assert answer(at, tv.code, "allow", scope=["read:realms"]).status_code == 303
    assert tv.granted == "openid read:realms"


def test_decision_11_nothing_left_is_a_denial(at: Seat, begin: Begin) -> None:
    tv = begin(allow_scope_deselect=True, scope="read:realms")
    assert answer(at, tv.code, "allow", scope=[]).status_code == 303
    assert tv.error == "access_denied"


def test_AZ22_the_stored_scope_wins(at: Seat, begin: Begin) -> None:
    tv = begin()
    forged = {"scope": ["openid", "read:realms", "delete:realms", "admin"], "client_id": "x", "user_id": "x"}
    answer(at, tv.code, "allow", **forged)
    assert tv.granted == "openid read:realms"


def test_C7_a_scope_that_the_person_does_not_have_is_not_given(at: Seat, begin: Begin) -> None:
    tv = begin(scope="openid admin", allowed="openid admin")
    assert "admin" not in [value for form in forms(look(at, tv.code).text) for value in form.values.values()]
    answer(at, tv.code, "allow")
    assert tv.granted == "openid"


@pytest.mark.parametrize(("scope", "later"), [("openid delete:realms", 601), ("openid", 601)])
def test_C17_after_a_while_the_password_is_asked(
    at: Seat, begin: Begin, frozen: time_machine.Traveller, scope: str, later: int
) -> None:
    frozen.shift(later)
    tv = begin(scope=scope)
    page = look(at, tv.code)
    assert 'name="password"' in page.text
    for wrong in ("", "not it", "x" * 5000):
        assert press(at, page, "allow", password=wrong).status_code == 400
    assert tv.error == "authorization_pending"
    assert press(at, page, "allow", password=PASSWORD).status_code == 303
    assert tv.granted == scope


def test_C17_to_deny_takes_no_password(
    at: Seat, begin: Begin, frozen: time_machine.Traveller
) -> None:
    frozen.shift(601)
    tv = begin()
    assert answer(at, tv.code, "deny").status_code == 303
    assert tv.error == "access_denied"


def test_one_code_has_one_answer(at: Seat, begin: Begin) -> None:
    tv = begin()
    page = look(at, tv.code)
    assert press(at, page, "deny").status_code == 303
    late = press(at, page, "allow")
    assert late.status_code == 400
    assert "has been answered" in late.text
    assert tv.error == "access_denied"


def test_one_code_has_one_answer_of_sixteen_at_once(app: Flask, at: Seat, begin: Begin) -> None:
    tv = begin()
    (form,) = [form for form in forms(look(at, tv.code).text) if form.action == "/device"]

    def press_in_a_tab() -> int:
        tab = app.test_client()  # the test client is not made for threads
        for name in ("sid", "browser", "csrf"):
            tab.set_cookie(name, at.cookie(name) or "")
        return tab.post("/device", data={**form.values, "decision": "allow"}).status_code

    assert sorted(together(16, press_in_a_tab)) == [303] + [400] * 15
    assert len(commit(app, lambda: grants.of_user(at.user.id))) == 1
    assert tv.granted == "openid read:realms"


def test_a_code_that_is_too_old(at: Seat, begin: Begin, frozen: time_machine.Traveller) -> None:
    tv = begin()
    page = look(at, tv.code)
    frozen.shift(600)
    for late in (press(at, page, "allow"), look(at, tv.code), type_in(at, tv.code)):
        assert late.status_code == 400
        assert "too old" in late.text


def test_an_application_that_is_no_more(app: Flask, at: Seat, begin: Begin) -> None:
    tv = begin()
    page = look(at, tv.code)
    commit(app, lambda: clients.change(tv.client.client_id, disabled_at=1))
    assert press(at, page, "allow").status_code == 400


def test_DV7_an_account_that_was_locked_meanwhile_answers_nothing(
    app: Flask, at: Seat, begin: Begin
) -> None:
    tv = begin()
    page = look(at, tv.code)
    commit(app, lambda: users.change(at.user.id, disabled_at=1))
    assert urlsplit(press(at, page, "allow").headers["Location"]).path == "/login"
    assert tv.error == "authorization_pending"


# -- DV2: guessing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [type_in, look])
def test_DV2_ten_wrong_codes_are_enough(
    at: Seat, begin: Begin, way: Callable[[Browser, str], TestResponse], frozen: time_machine.Traveller
) -> None:
    tv = begin()
    for wrong in ("BCDF-BCDF", "AAAA-AAAA", "x") * 4:
        last = way(at, wrong)
    assert last.status_code == 429
    assert 0 < int(last.headers["Retry-After"]) <= 900
    assert "15 minutes" in last.text
    assert way(at, tv.code).status_code == 429  # the right one too
    frozen.shift(900)
    assert way(at, begin().code).status_code in {200, 303}


def test_DV2_nine_wrong_ones_and_used_ones_do_not_lock(at: Seat, begin: Begin) -> None:
    tv = begin()
    answer(at, tv.code, "deny")
    for _ in range(12):
        assert look(at, tv.code).status_code == 400
    for _ in range(9):
        assert type_in(at, "BCDF-BCDF").status_code == 400
    assert type_in(at, begin().code).status_code == 303


def test_DV2_a_new_session_does_not_help(at: Seat, begin: Begin) -> None:
    for _ in range(10):
        type_in(at, "BCDF-BCDF")
    again = Browser(at.client.application, address=at.environ["REMOTE_ADDR"])
    again.sign_in(at.user)
    assert type_in(again, begin().code).status_code == 429


def test_DV2_one_network_is_stopped_after_a_hundred_whoever_signs_in(app: Flask, begin: Begin) -> None:
    first = Browser(app)
    for _ in range(10):
        guesser = Browser(app, address=first.environ["REMOTE_ADDR"])
        guesser.sign_in(person(app))
        assert [type_in(guesser, "BCDF-BCDF").status_code for _ in range(10)] == [400] * 10
    first.sign_in(person(app))
    assert type_in(first, begin().code).status_code == 429


@pytest.mark.parametrize("raw", ["%00", "%ff"])
def test_IJ4_nul_and_bad_utf8(app: Flask, at: Seat, raw: str) -> None:
    form = {"content_type": "application/x-www-form-urlencoded"}
    with unchanged(app):
        for field in ("user_code", "decision", "scope", "seen", "password"):
            assert at.get(f"/device?{field}=a{raw}").status_code == 400
            assert at.post("/device", f"{field}=a{raw}", **form).status_code == 400


def test_pages_of_a_device_have_the_strict_policy(at: Seat, begin: Begin) -> None:
    headers = look(at, begin().code).headers
    assert "form-action 'self'" in headers["Content-Security-Policy"]  # nothing here leads to an application
    assert headers["Cache-Control"] == "no-store"
