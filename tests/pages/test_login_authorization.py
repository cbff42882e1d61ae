"""The login on the way of an authorization: what it records, and where it leads."""

import re

import time_machine
from flask import Flask

from authserver.models import authorization_requests, sessions
from authserver.models.authorization_requests import AuthorizationRequest
from authserver.opaque import digest
from tests.pages.people import PASSWORD, Browser, begin_authorization, commit, person, token_in

WRONG = "not the password of anybody"


def stored(app: Flask, at: Browser, req: str) -> AuthorizationRequest:
    browser = digest("browser", at.cookie("browser") or "")
    found = commit(app, lambda: authorization_requests.find(req, browser=browser))
    assert found is not None
    return found


def test_authorization_login_names_the_client_and_returns(app: Flask, at: Browser) -> None:
    ada = person(app)
    req = begin_authorization(app, at)
    page = at.get(f"/login?req={req}")
    assert "Photo Album" in page.text
    assert "form-action" not in page.headers["Content-Security-Policy"]  # decision 12
    answer = at.post(
        "/login", {"csrf_token": token_in(page.text), "username": ada.username, "password": PASSWORD, "req": req}
    )
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/authorize?req={req}"
    user_sessions = stored(app, at, req).authenticated_sid
    assert user_sessions is not None


def test_authorization_reauthentication_asks_again_and_is_noted(app: Flask, at: Browser) -> None:
    ada = person(app)
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        req = begin_authorization(app, at)
        at.sign_in(ada)
        clock.shift(600)
        page = at.get(f"/login?req={req}&reauth=1")
        assert "again" in page.text
        assert re.search(rf'<input[^>]*readonly[^>]*value="{ada.username}"', page.text)
        fields = {"csrf_token": token_in(page.text), "username": ada.username, "req": req}
        assert at.post("/login", {**fields, "password": WRONG}).status_code == 400
        assert stored(app, at, req).authenticated_sid is None  # AZ16
        page = at.get(f"/login?req={req}&reauth=1")
        fields["csrf_token"] = token_in(page.text)
        assert at.post("/login", {**fields, "password": PASSWORD}).status_code == 303
        (session,) = commit(app, lambda: sessions.of_user(ada.id, idle_ttl=1800))
        assert session.auth_time == 1_800_000_600
        assert stored(app, at, req).authenticated_sid == session.sid


def test_authorization_select_account(app: Flask, at: Browser) -> None:
    ada = person(app)
    req = begin_authorization(app, at)
    assert at.get(f"/login/select?req={req}").headers["Location"] == f"/login?req={req}"
    at.sign_in(ada)
    answer = at.send("/login/select", of=f"/login/select?req={req}", req=req, choice="continue")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/authorize?req={req}")
    (session,) = commit(app, lambda: sessions.of_user(ada.id, idle_ttl=1800))
    assert stored(app, at, req).chosen_sid == session.sid
    answer = at.send("/login/select", of=f"/login/select?req={req}", req=req, choice="other")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/login?req={req}")
    assert commit(app, lambda: sessions.of_user(ada.id, idle_ttl=1800)) == []
    assert at.get(f"/login?req={req}").status_code == 200


def test_authorization_of_another_browser_cannot_be_continued(app: Flask, at: Browser) -> None:
    ada = person(app)
    req = begin_authorization(app, at)
    other = Browser(app)
    page = other.get(f"/login?req={req}")
    assert page.status_code == 400
    assert "Photo Album" in page.text
    answer = other.sign_in(ada, req=req)  # signs in here, and does nothing for the request
    assert answer.headers["Location"] == f"/authorize?req={req}"
    assert other.get(f"/authorize?req={req}").status_code == 400
    assert stored(app, at, req).authenticated_sid is None
